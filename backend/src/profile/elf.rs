//! Where the addresses of a program's debug information begin in memory.

use std::{fs::File, io::Read, path::Path};

use super::Mapping;

/// What to subtract from an address in memory to find it in the file's debug information: the start of the file's
/// first mapping, or nothing for a program that is linked to stand where it stands. `path` is how the mappings call the
/// file, and `file` is where it can be read.
pub(super) fn base(mappings: &[Mapping], path: &str, file: &Path) -> u64 {
    if is_fixed(file) {
        return 0;
    }
    let of_file = mappings.iter().filter(|mapping| mapping.path == path);
    of_file.map(|mapping| mapping.start.saturating_sub(mapping.offset)).min().unwrap_or(0)
}

/// Whether it is an ELF file of type `ET_EXEC`.
fn is_fixed(path: &Path) -> bool {
    const TYPE: usize = 16; // of two bytes, after the identification
    const EXECUTABLE: u8 = 2;
    let mut header = [0; TYPE + 2];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    let little_endian = header[5] == 1;
    let kind = if little_endian { header[TYPE] } else { header[TYPE + 1] };
    read.is_ok() && header.starts_with(b"\x7fELF") && kind == EXECUTABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_where_the_file_begins() {
        let mapping =
            |start, offset, path: &str| Mapping { start, end: start + 1, offset, path: path.into() };
        let mappings = [mapping(0x7000, 0, "/b"), mapping(0x5000, 0, "/a"), mapping(0x6000, 0x1000, "/a")];
        let base = |path: &str| base(&mappings, path, Path::new(path));
        assert_eq!((base("/a"), base("/b"), base("/c")), (0x5000, 0x7000, 0));
    }

    #[test]
    fn a_file_of_this_type_stands_where_it_stands() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut header = *b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0";
        std::fs::write(file.path(), header).unwrap();
        assert!(is_fixed(file.path()));
        header[16] = 3; // position-independent
        std::fs::write(file.path(), header).unwrap();
        assert!(!is_fixed(file.path()));
        assert!(!is_fixed(Path::new("/no/such/file")));
    }
}
