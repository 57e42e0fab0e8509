//! Files and folders that their owner locks: those of a process that was killed are told from those in use.

use std::{
    fs::{File, TryLockError},
    io,
    path::Path,
};

/// Another process may remove what is made before it is locked, so a second try is needed at times.
const MAX_TRIES: u32 = 10;

/// Calls `make` until it has made something, has locked it, and then has found it still there.
///
/// # Errors
/// That of `make`, and when another process removed it each time.
pub(crate) fn create<T>(make: impl Fn() -> io::Result<Option<T>>) -> io::Result<T> {
    for _ in 0..MAX_TRIES {
        if let Some(made) = make()? {
            return Ok(made);
        }
    }
    Err(io::Error::other("another process removed the temporary file each time"))
}

/// Removes what is at `path` with `remove`, unless its owner lives.
///
/// # Errors
/// When it cannot be opened, locked or removed. That it is gone already is no error.
pub(crate) fn remove_abandoned(path: &Path, remove: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    // Held until it is removed: whoever just made it then sees that it is gone.
    let lock = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    match lock.try_lock() {
        Ok(()) => remove(path),
        Err(TryLockError::WouldBlock) => Ok(()),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
