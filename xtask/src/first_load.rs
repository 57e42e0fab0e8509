//! What a browser fetches before the page is there, and what it fetches later: each file plain and as it is sent.

use std::{fmt, path::Path};

use anyhow::{Context, Result};

use crate::page::{SENT, files, shipped};

/// The goal for the bytes that are sent. Every build reports how far the page is from it.
pub(crate) const GOAL: u64 = 600_000;

/// The files of the page, by when they are fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstLoad {
    first: Vec<File>,
    later: Vec<File>,
}

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

    /// The page in a folder, its files in the order of their names. Scripts import each other at once; of the modules,
    /// only the one that index.html names is fetched with it.
    ///
    /// # Errors
    /// When the folder or one of its files cannot be read.
    pub(crate) fn of(folder: &Path) -> Result<Self> {
        let there = files(folder).context("there is no page: build it with `cargo xtask page`")?;
        let index = there.get(Path::new("index.html")).context("the page has no index.html")?;
        let index = String::from_utf8_lossy(index);
        let is = |path: &Path, what: &str| path.extension().is_some_and(|extension| extension == what);
        let mut page = Self::default();
        for (path, content) in there.iter().filter(|(path, _)| !is(path, SENT)) {
            let sent = there
                .get(&path.with_added_extension(SENT))
                .context("a file of the page is not compressed")?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let is_later = is(path, "wasm") && !index.contains(&*name);
            let file =
                File { name: without_hash(&name), plain: content.len() as u64, sent: sent.len() as u64 };
            if is_later { &mut page.later } else { &mut page.first }.push(file);
        }
        page.first.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        page.later.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        Ok(page)
    }

    /// Bytes that are sent before the page is there.
    pub(crate) fn sent(&self) -> u64 {
        self.first.iter().map(|file| file.sent).sum()
    }
}

impl fmt::Display for FirstLoad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "first load: {} bytes sent, goal {GOAL}", self.sent())?;
        self.first.iter().try_for_each(|file| write!(f, ", {} {}", file.name, file.sent))?;
        write!(f, "; later")?;
        self.later.iter().try_for_each(|file| write!(f, ", {} {}", file.name, file.sent))
    }
}

/// A file's name without the sixteen digits of its hash.
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
    fn each_file_counts_as_it_is_sent_and_when() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("snippets")).unwrap();
        for (name, content) in [
            ("index.html", "/a_bg-0123456789abcdef.wasm"),
            ("index.html.br", "i"),
            ("a_bg-0123456789abcdef.wasm", "long"),
            ("a_bg-0123456789abcdef.wasm.br", "br"),
            ("split_c-0123456789abcdef.wasm", "much longer"),
            ("split_c-0123456789abcdef.wasm.br", "brotli"),
            ("snippets/b.js", "longer"),
            ("snippets/b.js.br", "b"),
        ] {
            fs::write(folder.path().join(name), content).unwrap();
        }
        let page = FirstLoad::of(folder.path()).unwrap();
        let file = |name: &str, plain, sent| File { name: name.to_owned(), plain, sent };
        assert_eq!(page.first, [file("a_bg.wasm", 4, 2), file("b.js", 6, 1), file("index.html", 27, 1)]);
        assert_eq!(page.later, [file("split_c.wasm", 11, 6)]);
        assert_eq!(page.sent(), 4);
        assert!(page.to_string().starts_with("first load: 4 bytes sent, goal 600000"), "{page}");
    }

    #[test]
    fn only_a_hash_is_left_out_of_a_name() {
        assert_eq!(without_hash("style-d9ffaaa663f05854.css"), "style.css");
        assert_eq!(without_hash("heapgym-frontend_bg.wasm"), "heapgym-frontend_bg.wasm");
    }
}
