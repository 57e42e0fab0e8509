//! jemalloc's heap profiler: switched on and off while the process runs, and dumped to a file.
//!
//! What a dump means, and the names in it, are for another process to find: here nothing is read and next to
//! nothing is allocated.

#![expect(unsafe_code, reason = "jemalloc's profiler is controlled by name; each block says why it is sound")]

use std::{ffi::CString, io, os::unix::ffi::OsStrExt, path::Path};

use tikv_jemalloc_ctl::{profiling, raw};

/// Why the profiler did not do what it was told.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// jemalloc was started without it, or built without it.
    #[error(
        "jemalloc's profiler is not there: the process was started without `prof:true` in _RJEM_MALLOC_CONF"
    )]
    NotThere,
    /// The file could not be written whole.
    #[error("the heap profile could not be written to `{path}`: {error}")]
    NotWritten {
        /// The file.
        path: String,
        /// What the system said, where it can be asked.
        error: io::Error,
    },
}

/// Whether this process was started with the profiler.
pub fn is_there() -> bool {
    profiling::prof::read().unwrap_or(false)
}

/// Switches the counting of allocations on or off. What was counted before is kept, and what of it is freed
/// is noticed at any time.
///
/// # Errors
/// When this process was started without the profiler.
pub fn set_active(on: bool) -> Result<(), Refused> {
    // Without `prof:true` the name is refused too, but with a number that says less.
    if !is_there() {
        return Err(Refused::NotThere);
    }
    // SAFETY: `prof.active` is of type `bool` in jemalloc's manual, and the name ends in NUL.
    unsafe { raw::write(b"prof.active\0", on) }.map_err(|_| Refused::NotThere)
}

/// Writes what was counted since the profiler was first switched on to a new file at `path`, in jemalloc's own
/// format. Allocations of all threads wait for it in part: it takes some milliseconds.
///
/// # Errors
/// When this process was started without the profiler, or the file cannot be made or written.
pub fn dump(path: &Path) -> Result<(), Refused> {
    if !is_there() {
        return Err(Refused::NotThere);
    }
    let refused = |error| Refused::NotWritten { path: path.display().to_string(), error };
    // jemalloc does not tell why it could not write: this does for most reasons, a folder that is gone and a
    // file that is there already among them. What remains is a full disk.
    let file = std::fs::File::options().write(true).create_new(true).open(path).map_err(refused)?;
    let name = CString::new(path.as_os_str().as_bytes()).map_err(|error| refused(error.into()))?;
    // SAFETY: `prof.dump` takes a `const char *`, a text that ends in NUL; it lives until the call returns, and
    // jemalloc keeps no reference to it. The name of the control ends in NUL.
    let dumped = unsafe { raw::write(b"prof.dump\0", name.as_ptr()) };
    drop(file);
    dumped.map_err(|_| {
        let _ = std::fs::remove_file(path); // half a profile is none
        refused(io::Error::other("jemalloc wrote only a part of it; the disk may be full"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // Tests run without `prof:true`. With it, heapgym's own tests take profiles of a whole process.
    #[test]
    fn a_process_without_the_profiler_says_so() {
        assert!(!is_there());
        assert!(matches!(set_active(true), Err(Refused::NotThere)));
        let words = dump(Path::new("/no/such/folder/x")).unwrap_err().to_string();
        assert!(words.contains("prof:true"), "{words}");
    }
}
