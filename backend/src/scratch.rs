//! Folders in the temporary directory that are removed with their owner, or after a kill by the next start.

use std::{
    env,
    fs::{self, File},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;
use tempfile::TempDir;

use crate::owned;

const PREFIX: &str = "heapgym-";

/// A folder `heapgym-PID-RANDOM`, locked by its owner. It is removed when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// Ends with the process, however that ends. The process id would not do: it may be given to another process.
    _lock: File,
}

impl Scratch {
    /// Makes an empty folder in the temporary directory.
    ///
    /// # Errors
    /// When it cannot be made or locked.
    pub fn new() -> io::Result<Self> {
        Self::new_in(&temporary_directory())
    }

    fn new_in(parent: &Path) -> io::Result<Self> {
        let prefix = format!("{PREFIX}{}-", std::process::id());
        owned::create(|| {
            let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(parent)?;
            let Ok(lock) = File::open(folder.path()) else { return Ok(None) };
            lock.lock()?;
            Ok(folder.path().exists().then_some(Self { folder, _lock: lock }))
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders of this user whose owners have ended without removing them.
pub fn remove_abandoned() {
    remove_abandoned_in(&temporary_directory());
}

fn remove_abandoned_in(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(is_scratch)
            && entry.metadata().is_ok_and(|found| found.is_dir() && found.uid() == geteuid().as_raw())
            && let Err(error) = owned::remove_abandoned(&entry.path(), |folder| fs::remove_dir_all(folder))
        {
            tracing::warn!(%error, folder = %entry.path().display(), "an abandoned folder stays");
        }
    }
}

/// Whether a folder is called `heapgym-PID-RANDOM`.
fn is_scratch(name: &str) -> bool {
    let Some((pid, random)) = name.strip_prefix(PREFIX).and_then(|rest| rest.split_once('-')) else {
        return false;
    };
    let is_number = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
    is_number && !random.is_empty() && random.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// The temporary directory. An empty `TMPDIR` counts as unset.
fn temporary_directory() -> PathBuf {
    let directory = env::temp_dir();
    if directory.as_os_str().is_empty() { "/tmp".into() } else { directory }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_without_a_living_owner_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = |name: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join("0.heap"), "x").unwrap();
            path
        };
        // The owner's id is given to a process that lives: to this one.
        let abandoned =
            [folder("heapgym-4194304-AbCdEf"), folder(&format!("heapgym-{}-AbCdEf", std::process::id()))];
        let others = [folder("heapgym-notes"), folder("heapgym-12-my-notes"), folder("heapgym-1")];
        let file = parent.path().join("heapgym-4194304-xyzxyz");
        fs::write(&file, "x").unwrap();
        let live = Scratch::new_in(parent.path()).unwrap();
        remove_abandoned_in(parent.path());
        assert!(abandoned.iter().all(|path| !path.exists()));
        assert!(others.iter().all(|path| path.exists()) && file.exists() && live.path().exists());
    }

    #[test]
    fn a_folder_is_removed_with_its_owner() {
        let scratch = Scratch::new().unwrap();
        let path = scratch.path().to_owned();
        assert!(path.is_dir());
        drop(scratch);
        assert!(!path.exists());
    }
}
