//! The program that children are started from: this program itself, even when its file was removed or replaced.

use std::{
    fs, io,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;

/// The running program on Linux, whatever became of its file.
const RUNNING: &str = "/proc/self/exe";
/// What Linux appends to the path of a running program whose file is gone.
const DELETED: &str = " (deleted)";
/// The name of a child in lists of processes. By itself it would be the last part of [`RUNNING`].
const NAME: &str = "heapgym";

/// The program that children are started from.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    path: PathBuf,
    /// Device and inode of the file; `None` when it was not found, and for a name that is looked up in `PATH`.
    file: Option<(u64, u64)>,
}

impl Program {
    /// This program.
    ///
    /// # Errors
    /// When the system does not say which program this is.
    pub(crate) fn this() -> anyhow::Result<Self> {
        if fs::metadata(RUNNING).is_ok() {
            return Ok(Self::at(RUNNING.into()));
        }
        Ok(Self::at(std::env::current_exe().context("failed to find this program")?))
    }

    /// The program at a path.
    pub(crate) fn at(path: PathBuf) -> Self {
        let file = identity(&path);
        Self { path, file }
    }

    /// A command that starts it.
    ///
    /// # Errors
    /// When another file lies where it was, or none: children of another version would not be understood.
    pub(crate) fn command(&self) -> io::Result<Command> {
        if self.file.is_some() && identity(&self.path) != self.file {
            return Err(io::Error::other("heapgym was replaced: restart it"));
        }
        let mut command = Command::new(&self.path);
        if self.path == Path::new(RUNNING) {
            command.arg0(NAME);
        }
        Ok(command)
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    let file = fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

/// Gives this process its name in lists of processes if it was started as [`RUNNING`].
pub(crate) fn take_name() {
    const COMM: &str = "/proc/self/comm";
    if fs::read_to_string(COMM).is_ok_and(|name| name.trim_end() == "exe") {
        let _ = fs::write(COMM, NAME); // a matter of looks
    }
}

/// Whether `path`, as `/proc/self/maps` shows it, is the file of this program.
pub(crate) fn is_this_program(path: &str) -> bool {
    let file = |path: &str| path.strip_suffix(DELETED).unwrap_or(path).to_owned();
    fs::read_link(RUNNING).is_ok_and(|running| file(&running.to_string_lossy()) == file(path))
}

/// This program's file and its debug information as a folder of links, for readers that want a path. They work even
/// when the program's file was removed or replaced.
///
/// # Errors
/// When there is no place for links.
pub(crate) fn links_in(folder: &Path, path: &str) -> io::Result<PathBuf> {
    let (program, package) = (folder.join("program"), folder.join("program.dwp"));
    std::os::unix::fs::symlink(RUNNING, &program)?;
    let path = path.strip_suffix(DELETED).unwrap_or(path);
    std::os::unix::fs::symlink(format!("{path}.dwp"), package)?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_replaced_or_removed_is_not_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("program");
        fs::write(&path, "one").unwrap();
        let program = Program::at(path.clone());
        assert!(program.command().is_ok());
        fs::rename(&path, folder.path().join("before")).unwrap();
        fs::write(&path, "other").unwrap();
        assert_eq!(program.command().unwrap_err().to_string(), "heapgym was replaced: restart it");
        fs::remove_file(&path).unwrap();
        assert!(program.command().is_err());
    }

    #[test]
    fn this_program_is_known_by_its_path_in_the_map_of_memory() {
        let own = std::env::current_exe().unwrap().display().to_string();
        assert!(is_this_program(&own) && is_this_program(&format!("{own}{DELETED}")));
        assert!(!is_this_program("/lib/libc.so.6"));
    }
}
