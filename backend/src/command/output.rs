//! Where a command's result goes: text to stdout, JSON to a file, or JSON to stdout instead of the text.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde::Serialize;

use super::print;

/// What `--json` asked for.
#[derive(Debug)]
pub(super) struct Output {
    json: Option<JsonPlace>,
}

#[derive(Debug)]
enum JsonPlace {
    Stdout,
    File(File),
}

impl Output {
    /// Opens the file that was asked for; `-` stands for stdout. To be called before the work, not after it: a
    /// place that cannot be written to would cost its result.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(super) fn open(json: Option<&PathBuf>) -> anyhow::Result<Self> {
        let json = match json {
            Some(path) if path.as_os_str() == "-" => Some(JsonPlace::Stdout),
            Some(path) => Some(JsonPlace::File(create(path, "--json")?)),
            None => None,
        };
        Ok(Self { json })
    }

    /// Prints a result or a part of it for people, unless JSON has the place.
    pub(super) fn text(&self, text: &str) {
        if !matches!(self.json, Some(JsonPlace::Stdout)) {
            print::result(text);
        }
    }

    /// Writes the result as JSON, if that was asked for.
    ///
    /// # Errors
    /// When the file cannot be written any more.
    pub(super) fn json(self, result: &impl Serialize) -> anyhow::Result<()> {
        match self.json {
            None => {}
            Some(JsonPlace::Stdout) => print::result(&serde_json::to_string_pretty(result)?),
            Some(JsonPlace::File(mut file)) => {
                let json = serde_json::to_string_pretty(result)?;
                writeln!(file, "{json}").context("--json: cannot write")?;
            }
        }
        Ok(())
    }
}

/// Makes the file that a flag names, or empties it.
///
/// # Errors
/// When it cannot be written.
pub(super) fn create(path: &Path, flag: &str) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("{flag}: cannot write `{}`", path.display()))
}
