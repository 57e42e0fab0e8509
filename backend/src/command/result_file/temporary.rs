//! Temporary files beside results. One that a killed process left is removed by the next write to the same place.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, Permissions},
    io,
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{MetadataExt, PermissionsExt},
    },
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

use crate::owned;

const SUFFIX: &str = ".tmp";
/// How much of the result's name is in the temporary one, in bytes: a name has 255 at most.
const LONGEST_NAME: usize = 200;

/// Makes `.NAME.heapgym-RANDOM.tmp` beside `target`, and removes what killed processes left there. It is locked as long
/// as it is open, which tells others that it is in use, and removed when it is dropped.
///
/// # Errors
/// When no file can be made in that folder.
pub(super) fn create(target: &Path) -> io::Result<NamedTempFile> {
    let folder = target.parent().ok_or(io::ErrorKind::IsADirectory)?;
    let prefix = prefix(target.file_name().unwrap_or_default());
    remove_abandoned(folder, &prefix);
    owned::create(|| {
        let file = Builder::new()
            .prefix(&prefix)
            .suffix(SUFFIX)
            .permissions(Permissions::from_mode(0o666)) // less what the umask takes away
            .tempfile_in(folder)
            .map_err(io_error)?;
        // Best effort: some network file systems have no locks, and then nothing is ever removed.
        let _ = file.as_file().lock();
        let is_there = file.as_file().metadata()?.nlink() > 0;
        Ok(is_there.then_some(file))
    })
}

/// Without tempfile's own words, which name a file that the user does not know.
fn io_error(error: io::Error) -> io::Error {
    match error
        .get_ref()
        .and_then(|inner| inner.source())
        .and_then(|source| source.downcast_ref::<io::Error>())
    {
        Some(cause) => cause.raw_os_error().map_or_else(|| cause.kind().into(), io::Error::from_raw_os_error),
        None => error,
    }
}

fn prefix(name: &OsStr) -> OsString {
    let name = &name.as_bytes()[..name.len().min(LONGEST_NAME)];
    OsString::from_vec([b".", name, b".heapgym-"].concat())
}

fn remove_abandoned(folder: &Path, prefix: &OsStr) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_bytes();
        let is_temporary = name.starts_with(prefix.as_bytes()) && name.ends_with(SUFFIX.as_bytes());
        if is_temporary && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let _ = owned::remove_abandoned(&entry.path(), |file| fs::remove_file(file));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_is_removed_with_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = create(&folder.path().join("a.json")).unwrap();
        let names_now = names(folder.path());
        assert!(
            names_now[0].starts_with(".a.json.heapgym-") && names_now[0].ends_with(SUFFIX),
            "{names_now:?}"
        );
        drop(file);
        assert_eq!(names(folder.path()), [""; 0]);
    }

    #[test]
    fn only_abandoned_files_of_the_same_result_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let other = ".b.json.heapgym-AAAAAA.tmp";
        for name in [".a.json.heapgym-AAAAAA.tmp", other] {
            fs::write(folder.path().join(name), "half a re").unwrap();
        }
        let in_use = create(&folder.path().join("a.json")).unwrap();
        let _second = create(&folder.path().join("a.json")).unwrap();
        assert!(in_use.path().exists());
        let names = names(folder.path());
        assert_eq!(names.len(), 3, "two in use, and that of another result: {names:?}");
        assert!(names.iter().any(|name| name == other), "{names:?}");
    }

    #[test]
    fn the_longest_name_has_room_for_more() {
        let folder = tempfile::tempdir().unwrap();
        create(&folder.path().join("x".repeat(255))).unwrap();
    }
}
