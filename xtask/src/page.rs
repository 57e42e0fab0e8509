//! The page: Rust for the browser, built, split and put where the server takes it in.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;

use crate::{
    first_load::FirstLoad,
    rust::{Part, WASM},
    say,
    shell::{root, run},
    steps::Step,
    tools::Tools,
};

mod assemble;
mod lean;
mod split;

/// Where the page's program is split and bound, from the root.
const WORK: &str = "target/page";

/// Where the page's sources are, from the root.
const SOURCE: &str = "frontend";

/// Where the server's build finds the page, from the root.
const SHIPPED: &str = "frontend/dist";

/// What is added to the name of a file for the same file as it is sent, compressed.
pub(crate) const SENT: &str = "br";

/// Where the built page is.
pub(crate) fn shipped() -> PathBuf {
    root().join(SHIPPED)
}

/// What it takes to build the page, building it last.
pub(crate) fn steps() -> Result<Vec<Step>> {
    let tools = Tools::pinned()?;
    let mut steps: Vec<_> = Part::WasmTarget.step()?.into_iter().collect();
    steps.extend(tools.steps());
    steps.push(Step::new("building the page", move || {
        run(split::compile())?;
        let compiled = root().join("target").join(WASM).join("wasm-release").join(split::PROGRAM);
        let program = split::split(&tools, &compiled.with_extension("wasm"), &root().join(WORK))?;
        let page = assemble::assemble(&root().join(SOURCE), program)?;
        ship(&page, &shipped()).with_context(|| format!("{SHIPPED} cannot be written"))?;
        say::remark(&FirstLoad::measure()?.to_string());
        Ok(())
    }));
    Ok(steps)
}

/// Makes `shipped` hold exactly the page, and each file compressed beside it, touching nothing when it already does:
/// with each new date the server would be compiled again.
fn ship(page: &Files, shipped: &Path) -> io::Result<()> {
    if !shipped.exists() {
        fs::create_dir_all(shipped)?;
    } else if is_shipped(page, &files(shipped)?) {
        return Ok(());
    } else {
        fs::remove_dir_all(shipped)?;
    }
    for (name, content) in page {
        let file = shipped.join(name);
        fs::create_dir_all(file.parent().unwrap_or(shipped))?;
        fs::write(file.with_added_extension(SENT), compressed(content)?)?;
        fs::write(file, content)?;
    }
    Ok(())
}

/// Whether `there` is the page with each file compressed beside it.
fn is_shipped(page: &Files, there: &Files) -> bool {
    let sent = |name: &PathBuf| there.contains_key(&name.with_added_extension(SENT));
    there.len() == 2 * page.len()
        && page.iter().all(|(name, content)| there.get(name) == Some(content) && sent(name))
}

/// As small as brotli makes it: this is done once, and read by everybody.
fn compressed(content: &[u8]) -> io::Result<Vec<u8>> {
    let best = BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
    let mut sent = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut sent, &best)?;
    Ok(sent)
}

/// The names and contents of a folder's files.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Every file under `folder`: its name, from there, and its content.
pub(crate) fn files(folder: &Path) -> io::Result<Files> {
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn what_is_shipped_is_what_was_built_and_keeps_its_dates() {
        let folder = tempfile::tempdir().unwrap();
        let shipped = folder.path().join("shipped");
        let page = |files: &[(&str, &str)]| -> Files {
            files.iter().map(|(name, content)| (name.into(), content.as_bytes().to_vec())).collect()
        };
        let built = page(&[("index.html", "one"), ("snippets/a.js", "a")]);
        ship(&built, &shipped).unwrap();
        assert!(is_shipped(&built, &files(&shipped).unwrap()));
        let sent = fs::read(shipped.join("snippets/a.js.br")).unwrap();
        let mut read = Vec::new();
        brotli::BrotliDecompress(&mut &sent[..], &mut read).unwrap();
        assert_eq!(read, b"a");

        let index = fs::File::options().write(true).open(shipped.join("index.html")).unwrap();
        index.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        ship(&built, &shipped).unwrap();
        let date = fs::metadata(shipped.join("index.html")).unwrap().modified().unwrap();
        assert_eq!(date, SystemTime::UNIX_EPOCH);

        ship(&page(&[("index.html", "two")]), &shipped).unwrap();
        let names: Vec<_> = files(&shipped).unwrap().into_keys().collect();
        assert_eq!(names, [PathBuf::from("index.html"), "index.html.br".into()]);
        assert_eq!(fs::read(shipped.join("index.html")).unwrap(), b"two");
    }
}
