//! Where a command's results go: text to stdout, and the files that its flags name.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

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

    /// Prints a part of the result for people now, unless another result has stdout.
    pub(super) fn text(&self, text: &str) {
        if !self.stdout_is_taken() {
            print::result(text);
        }
    }

    /// The result as `text` for people, unless another result has stdout, and as JSON, if that was asked for.
    pub(super) fn results<'a>(self, text: String, result: &'a impl Serialize) -> Results<'a> {
        let mut results = Results::default();
        if !self.stdout_is_taken() {
            results.streams.push(Box::new(move || {
                print::result(&text);
                Ok(())
            }));
        }
        results.add(self.json, |out| {
            serde_json::to_writer_pretty(&mut *out, result)?;
            Ok(writeln!(out)?)
        });
        results
    }

    fn stdout_is_taken(&self) -> bool {
        self.taken.iter().any(|(_, place)| place.as_os_str() == "-")
    }
}

/// Results that are written together. Those that go to files come first: whoever reads stdout or a pipe may stop reading,
/// and that must cost no file.
#[derive(Default)]
pub(super) struct Results<'a> {
    files: Vec<Writing<'a>>,
    streams: Vec<Writing<'a>>,
}

type Writing<'a> = Box<dyn FnOnce() -> anyhow::Result<()> + 'a>;

impl<'a> Results<'a> {
    /// Adds a result, if its flag was given.
    pub(super) fn add(
        &mut self,
        file: Option<ResultFile>,
        fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()> + 'a,
    ) {
        let Some(file) = file else { return };
        let results = if file.is_stream() { &mut self.streams } else { &mut self.files };
        results.push(Box::new(|| file.write(fill)));
    }

    /// Writes all of them. One that fails does not keep the others from being written. `signals` is dropped once the
    /// files are written, so that from then on a signal ends the command.
    ///
    /// # Errors
    /// The first error; the others are printed.
    pub(super) fn write(self, signals: impl Sized) -> anyhow::Result<()> {
        let mut errors: Vec<_> = self.files.into_iter().filter_map(|write| write().err()).collect();
        drop(signals);
        errors.extend(self.streams.into_iter().filter_map(|write| write().err()));
        let mut errors = errors.into_iter();
        let first = errors.next();
        errors.for_each(|error| print::error(&error));
        first.map_or(Ok(()), Err)
    }
}
