//! Where a command's results go: text to stdout, and the files that its flags name.

use std::path::{Path, PathBuf};

use heapgym_shared::Rejection;
use serde::Serialize;

use super::{print, result_file::ResultFile};

/// The results of one command. Open all of them after the inputs are read, and before the work.
#[derive(Debug, Default)]
pub(super) struct Output {
    json: Option<ResultFile>,
    /// The places that are taken, each with its flag.
    taken: Vec<(&'static str, PathBuf)>,
}

impl Output {
    /// Opens the file of `--json`; `-` stands for stdout.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn open(json: Option<&PathBuf>) -> anyhow::Result<Self> {
        let mut output = Self::default();
        output.json = output.file("--json", json.map(PathBuf::as_path))?;
        Ok(output)
    }

    /// Opens the file of another flag, if that was given.
    ///
    /// # Errors
    /// When it cannot be written, or another flag names the same place.
    pub(super) fn file(
        &mut self,
        flag: &'static str,
        path: Option<&Path>,
    ) -> anyhow::Result<Option<ResultFile>> {
        let Some(path) = path else { return Ok(None) };
        let file = ResultFile::open(flag, path)?;
        if let Some(place) = file.place() {
            if let Some((other, _)) = self.taken.iter().find(|(_, taken)| taken == place) {
                let reason = format!("is `{}`, where {other} writes", path.display());
                return Err(Rejection::new(flag, reason, "another file").into());
            }
            self.taken.push((flag, place.to_owned()));
        }
        Ok(Some(file))
    }

    /// Prints a result or a part of it for people, unless another result has stdout.
    pub(super) fn text(&self, text: &str) {
        if !self.taken.iter().any(|(_, place)| place.as_os_str() == "-") {
            print::result(text);
        }
    }

    /// Writes the result as JSON, if that was asked for.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn json(self, result: &impl Serialize) -> anyhow::Result<()> {
        write(self.json, |out| {
            serde_json::to_writer_pretty(&mut *out, result)?;
            Ok(writeln!(out)?)
        })
    }
}

/// Writes a result, if its flag was given.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(
    file: Option<ResultFile>,
    fill: impl FnOnce(&mut dyn std::io::Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    file.map_or(Ok(()), |file| file.write(fill))
}

/// Whether every result was written. One that fails does not keep the others from being written.
///
/// # Errors
/// The first error; the others are printed.
pub(super) fn all(written: impl IntoIterator<Item = anyhow::Result<()>>) -> anyhow::Result<()> {
    let mut errors = written.into_iter().filter_map(Result::err);
    let first = errors.next();
    errors.for_each(|error| print::error(&error));
    first.map_or(Ok(()), Err)
}
