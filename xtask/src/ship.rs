//! `cargo xtask ship`, which trunk calls once it has built the page: puts it where the server takes it in, each file
//! with its compressed copy.

use std::{
    collections::BTreeMap,
    env, fmt, fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use crate::shell::root;

/// Where the server's build finds the page, from the root.
const SHIPPED: &str = "frontend/dist";

/// What is added to the name of a file for its compressed copy.
const COMPRESSED: &str = "br";

/// The goal for the bytes that a first visit fetches. Every build reports how far the page is from it.
const GOAL: u64 = 600_000;

/// Ships what trunk has built for others. What it builds while somebody works on the page is not shipped.
///
/// # Errors
/// When trunk did not call it, or a file cannot be read or written.
pub(crate) fn ship() -> Result<()> {
    let variable =
        |name| env::var_os(name).with_context(|| format!("{name} is not set: trunk calls this task"));
    if variable("TRUNK_PROFILE")? != "release" {
        return Ok(());
    }
    let built = PathBuf::from(variable("TRUNK_STAGING_DIR")?);
    ship_to(&built, &root().join(SHIPPED)).with_context(|| format!("{SHIPPED} cannot be written"))
}

/// Makes `shipped` hold exactly what was `built` and a compressed copy of each file. Touches nothing when it already
/// does: trunk rewrites every file, and each new date would recompile the server.
fn ship_to(built: &Path, shipped: &Path) -> io::Result<()> {
    let page = files(built)?;
    if !shipped.exists() {
        fs::create_dir_all(shipped)?;
    } else if is_shipped(&page, &files(shipped)?) {
        return Ok(());
    } else {
        fs::remove_dir_all(shipped)?;
    }
    for (name, content) in page {
        let file = shipped.join(name);
        fs::create_dir_all(file.parent().unwrap_or(shipped))?;
        fs::write(file.with_added_extension(COMPRESSED), compress(&content)?)?;
        fs::write(file, content)?;
    }
    Ok(())
}

/// Whether `shipped` is the page with a compressed copy of each file.
fn is_shipped(page: &Files, shipped: &Files) -> bool {
    let has_copy = |name: &PathBuf| shipped.contains_key(&name.with_added_extension(COMPRESSED));
    shipped.len() == 2 * page.len()
        && page.iter().all(|(name, content)| shipped.get(name) == Some(content) && has_copy(name))
}

/// As small as brotli makes it: this is done once, and read by everybody.
fn compress(content: &[u8]) -> io::Result<Vec<u8>> {
    let best = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &best)?;
    Ok(compressed)
}

/// The names and contents of a folder's files.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Every file under `folder`: its name, from there, and its content.
fn files(folder: &Path) -> io::Result<Files> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = PathBuf::from(path.file_name().unwrap_or_default());
        if path.is_dir() {
            files.extend(self::files(&path)?.into_iter().map(|(below, content)| (name.join(below), content)));
        } else {
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(files)
}

/// The page that is shipped: its files, and the bytes of their compressed copies, which a first visit fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shipped(Vec<(String, u64)>);

impl Shipped {
    /// The page that was built last.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn measure() -> Result<Self> {
        let files =
            files(&root().join(SHIPPED)).context("there is no page: build it with `cargo xtask page`")?;
        Ok(Self::of(&files))
    }

    fn of(files: &Files) -> Self {
        let compressed = |(name, content): (&PathBuf, &Vec<u8>)| {
            let is_copy = name.extension().is_some_and(|extension| extension == COMPRESSED);
            is_copy.then(|| (name.with_extension("").display().to_string(), content.len() as u64))
        };
        Self(files.iter().filter_map(compressed).collect())
    }
}

impl fmt::Display for Shipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: u64 = self.0.iter().map(|(_, bytes)| bytes).sum();
        write!(f, "first load: {all} bytes compressed, goal {GOAL}")?;
        self.0.iter().try_for_each(|(name, bytes)| write!(f, "\n  {bytes:>8} {name}"))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_is_shipped_is_what_was_built_and_keeps_its_dates() {
        let folder = tempfile::tempdir().unwrap();
        let (built, shipped) = (folder.path().join("built"), folder.path().join("shipped"));
        fs::create_dir_all(built.join("snippets")).unwrap();
        fs::write(built.join("index.html"), "one").unwrap();
        fs::write(built.join("snippets/a.js"), "a").unwrap();
        ship_to(&built, &shipped).unwrap();
        assert!(is_shipped(&files(&built).unwrap(), &files(&shipped).unwrap()));
        let compressed = fs::read(shipped.join("snippets/a.js.br")).unwrap();
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &compressed[..], &mut plain).unwrap();
        assert_eq!(plain, b"a");

        let page = fs::File::options().write(true).open(shipped.join("index.html")).unwrap();
        page.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        ship_to(&built, &shipped).unwrap();
        let date = fs::metadata(shipped.join("index.html")).unwrap().modified().unwrap();
        assert_eq!(date, SystemTime::UNIX_EPOCH);

        fs::write(built.join("index.html"), "two").unwrap();
        fs::remove_file(built.join("snippets/a.js")).unwrap();
        ship_to(&built, &shipped).unwrap();
        let names: Vec<_> = files(&shipped).unwrap().into_keys().collect();
        assert_eq!(names, [PathBuf::from("index.html"), "index.html.br".into()]);
        assert_eq!(fs::read(shipped.join("index.html")).unwrap(), b"two");
    }

    #[test]
    fn a_first_visit_counts_compressed_bytes() {
        let file = |name: &str, content: &str| (PathBuf::from(name), content.as_bytes().to_vec());
        let page = Files::from([
            file("a.wasm", "long"),
            file("a.wasm.br", "br"),
            file("b.js", "longer"),
            file("b.js.br", "b"),
        ]);
        let shipped = Shipped::of(&page);
        assert_eq!(shipped, Shipped(vec![("a.wasm".to_owned(), 2), ("b.js".to_owned(), 1)]));
        assert!(shipped.to_string().starts_with("first load: 3 bytes compressed, goal 600000"), "{shipped}");
    }
}
