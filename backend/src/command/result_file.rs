//! A file for a result: written beside its place under a temporary name, and renamed when it is complete.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, BufWriter, Seek, Write},
    os::unix::fs::{MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::print::{self, UntilClosed};

mod temporary;

/// Links that are followed from a name to its file, as many as the kernel follows.
const MOST_LINKS: u32 = 40;

/// A result that is to be written. Until it is complete, an earlier file of this name stays as it is.
#[derive(Debug)]
pub(super) struct ResultFile {
    flag: &'static str,
    path: PathBuf,
    kind: Kind,
}

/// What stands behind a name.
#[derive(Debug)]
enum Kind {
    /// `-`.
    Stdout,
    /// A pipe, a device, or a descriptor that is already open, such as `/dev/stdout`.
    Stream(File),
    /// A file or a free name, with symbolic links resolved.
    Replaced(PathBuf),
    /// The same where no new file can be made beside it; open for writing.
    InPlace(PathBuf, File),
}

impl ResultFile {
    /// Checks that a result can be written here, and changes nothing. Call it after all inputs are read, and before the
    /// work: a place that cannot be written to would cost the result.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn open(flag: &'static str, path: &Path) -> anyhow::Result<Self> {
        let kind = find(path).with_context(|| cannot_write(flag, path))?;
        if matches!(kind, Kind::InPlace(..)) {
            print::remark(&format!(
                "{flag}: no new file can be made beside `{}`, so it is written in place: ending heapgym \
                 while it writes leaves it incomplete",
                path.display()
            ));
        }
        Ok(Self { flag, path: path.to_owned(), kind })
    }

    /// The file that is written, or `-` for stdout. `None` for a stream.
    pub(super) fn place(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Stdout => Some(Path::new("-")),
            Kind::Stream(_) => None,
            Kind::Replaced(target) | Kind::InPlace(target, _) => Some(target),
        }
    }

    /// Whether it is written to somebody who reads it, and may stop doing so.
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.kind, Kind::Stdout | Kind::Stream(_))
    }

    /// Writes the whole result with `fill`. A stream whose reader has gone is no error.
    ///
    /// # Errors
    /// When it cannot be written; then an earlier file is still there, unless it had to be written in place.
    pub(super) fn write(self, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
        let written = match self.kind {
            Kind::Stdout => write_stream(io::stdout().lock(), fill),
            Kind::Stream(file) => write_stream(file, fill),
            Kind::Replaced(target) => replace(&target, fill),
            Kind::InPlace(_, file) => write_in_place(file, fill),
        };
        written.with_context(|| cannot_write(self.flag, &self.path))
    }
}

fn cannot_write(flag: &str, path: &Path) -> String {
    match path.to_str() {
        Some("-") => format!("{flag}: cannot write to stdout"),
        _ => format!("{flag}: cannot write `{}`", path.display()),
    }
}

fn find(path: &Path) -> io::Result<Kind> {
    if path.as_os_str() == "-" {
        return Ok(Kind::Stdout);
    }
    // Appended to, not emptied: a shell may have sent other output to the same file.
    let stream = || OpenOptions::new().append(true).open(path).map(Kind::Stream);
    let Some(target) = resolve(path)? else { return stream() };
    match fs::metadata(&target) {
        Ok(found) if found.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(found) if !found.is_file() => stream(),
        Ok(_) => {
            // A file that the user may not write to is not replaced either.
            let file = OpenOptions::new().write(true).open(&target)?;
            match temporary::create(&target) {
                Ok(_removed_at_once) => Ok(Kind::Replaced(target)),
                Err(error) if cannot_add_files(&error) => Ok(Kind::InPlace(target, file)),
                Err(error) => Err(error),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            temporary::create(&target)?;
            Ok(Kind::Replaced(target))
        }
        Err(error) => Err(error),
    }
}

fn cannot_add_files(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// The file that a name leads to, which need not exist; `None` for a descriptor that is open, such as `/dev/stdout`.
fn resolve(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let folder = folder.canonicalize()?;
        if folder.starts_with("/proc") || folder == Path::new("/dev/fd") {
            return Ok(None);
        }
        let file = folder.join(name);
        match fs::read_link(&file) {
            Ok(target) => path = folder.join(target),
            Err(_) => return Ok(Some(file)),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn write_stream(
    stream: impl Write,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::new(UntilClosed(stream));
    fill(&mut out)?;
    Ok(out.flush()?)
}

fn write_in_place(file: File, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut out = BufWriter::new(file);
    fill(&mut out)?;
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    let end = file.stream_position()?;
    file.set_len(end)?; // an earlier file may have been longer
    Ok(file.sync_all()?)
}

fn replace(target: &Path, fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let mut file = temporary::create(target)?;
    let mut out = BufWriter::new(file.as_file_mut());
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    if let Ok(earlier) = fs::metadata(target) {
        // Best effort: only root may give a file away.
        let _ = fchown(file.as_file(), Some(earlier.uid()), Some(earlier.gid()));
        file.as_file().set_permissions(Permissions::from_mode(earlier.mode()))?;
    }
    file.as_file().sync_all()?; // else a crash of the system could leave an empty file under the name
    match file.persist(target) {
        Ok(_) => Ok(()),
        // A file that is a mount of its own, as containers have them, cannot be replaced.
        Err(refused) if refused.error.kind() == io::ErrorKind::ResourceBusy => {
            let mut complete = refused.file.reopen()?;
            write_in_place(OpenOptions::new().write(true).open(target)?, |out| {
                io::copy(&mut complete, out)?;
                Ok(())
            })
        }
        Err(refused) => Err(refused.error.into()),
    }
}

#[cfg(test)]
mod tests;
