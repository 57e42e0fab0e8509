//! What a browser fetches before the page is there: every file of the built page, plain and as it is sent.

use std::{fmt, path::Path};

use anyhow::{Context, Result};

use crate::page::{SENT, files, shipped};

/// Most bytes that may be sent: DESIGN's 110 KB, read strictly.
pub(crate) const BUDGET: u64 = 110_000;

/// The files of the first load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstLoad(Vec<File>);

/// One file of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its name, without the hash of its content.
    pub(crate) name: String,
    /// Its bytes as they are used.
    pub(crate) plain: u64,
    /// Its bytes as they are sent.
    pub(crate) sent: u64,
}

impl FirstLoad {
    /// The page that was built last.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn measure() -> Result<Self> {
        Self::of(&shipped())
    }

    /// The page in a folder, its files in the order of their names.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let there = files(folder).context("there is no page: build it with `cargo xtask page`")?;
        let is_sent = |path: &Path| path.extension().is_some_and(|extension| extension == SENT);
        let mut files = Vec::new();
        for (path, content) in there.iter().filter(|(path, _)| !is_sent(path)) {
            let sent = there
                .get(&path.with_added_extension(SENT))
                .context("a file of the page is not compressed")?;
            let name = without_hash(&path.file_name().unwrap_or_default().to_string_lossy());
            files.push(File { name, plain: content.len() as u64, sent: sent.len() as u64 });
        }
        files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(Self(files))
    }

    /// The files.
    pub(crate) fn files(&self) -> &[File] {
        &self.0
    }

    /// Bytes that are sent, in all.
    pub(crate) fn sent(&self) -> u64 {
        self.0.iter().map(|file| file.sent).sum()
    }
}

impl fmt::Display for FirstLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "first load: {} bytes sent, of at most {BUDGET}", self.sent())?;
        self.files().iter().try_for_each(|file| write!(f, ", {} {}", file.name, file.sent))
    }
}

/// A file's name without the sixteen digits that trunk puts into it.
fn without_hash(name: &str) -> String {
    let is_hash = |part: &&str| part.len() >= 16 && part[..16].bytes().all(|digit| digit.is_ascii_hexdigit());
    match name.rsplit_once('-').filter(|(_, rest)| is_hash(rest)) {
        Some((start, rest)) => format!("{start}{}", &rest[16..]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn each_file_counts_as_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("snippets")).unwrap();
        for (name, content) in [
            ("a-0123456789abcdef_bg.wasm", "long"),
            ("a-0123456789abcdef_bg.wasm.br", "br"),
            ("snippets/b.js", "longer"),
            ("snippets/b.js.br", "b"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let first_load = FirstLoad::of(folder.path()).unwrap();
        let file = |name: &str, plain, sent| File { name: name.to_owned(), plain, sent };
        assert_eq!(first_load.files(), [file("a_bg.wasm", 4, 2), file("b.js", 6, 1)]);
        assert_eq!(first_load.sent(), 3);
    }

    #[test]
    fn only_a_hash_is_left_out_of_a_name() {
        assert_eq!(without_hash("style-d9ffaaa663f05854.css"), "style.css");
        assert_eq!(without_hash("heapgym-frontend_bg.wasm"), "heapgym-frontend_bg.wasm");
    }
}
