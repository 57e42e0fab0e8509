//! The page's files put together: names that hold a hash of what they name, and index.html that says them.

use std::{
    ffi::OsStr,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use super::{lean, split::PROGRAM};
use crate::page::Files;

/// What trunk reads in index.html too: a line for each file that the page is made of.
const ASSET: &str = "data-trunk";

/// Adds index.html and what it names to the program's files, all of them under names that never change their content.
pub(super) fn assemble(source: &Path, program: Files) -> Result<Files> {
    let index = source.join("index.html");
    let index = fs::read_to_string(&index).with_context(|| format!("{} cannot be read", index.display()))?;
    let (mut page, names) = hashed(program);
    let mut lines = Vec::new();
    for line in index.lines() {
        if !line.contains(ASSET) {
            lines.push(line.to_owned());
            continue;
        }
        let (rel, href) =
            attribute(line, "rel").zip(attribute(line, "href")).context("an asset has no name")?;
        let rel = match rel {
            "rust" => {
                lines.push(start(&names)?);
                continue;
            }
            "css" => "stylesheet",
            "icon" => "icon",
            other => bail!("index.html names a {other}, which nobody puts into the page"),
        };
        let content = fs::read(source.join(href)).with_context(|| format!("{href} cannot be read"))?;
        let content = match rel {
            "stylesheet" => as_text(content, |style| lean::style(&style)),
            _ => content,
        };
        let name = with_hash(Path::new(href), hash(&content));
        lines.push(format!(r#"    <link rel="{rel}" href="/{}">"#, name.display()));
        page.insert(name, content);
    }
    lines.push(String::new());
    page.insert("index.html".into(), lines.join("\n").into_bytes());
    Ok(page)
}

/// The files under their new names, and those names beside the old ones. The files name each other, also in a circle,
/// so one hash of all of them stands in each name. What lies in a folder keeps its name: wasm-bindgen hashes that
/// folder's.
fn hashed(program: Files) -> (Files, Vec<(String, String)>) {
    let at_root = |name: &Path| name.parent() == Some(Path::new(""));
    // Of what is sent, but for the names in it.
    let lean = |(name, content): (PathBuf, Vec<u8>)| match is(&name, "js") {
        true => (name, as_text(content, |script| lean::script(&script))),
        false => (name, content),
    };
    let program: Files = program.into_iter().map(lean).collect();
    let hash = hash(&program);
    let names: Vec<_> = program
        .keys()
        .filter(|name| at_root(name))
        .map(|name| (text(name.as_os_str()), text(with_hash(name, hash).as_os_str())))
        .collect();
    let page = program.into_iter().map(|(name, content)| {
        let renamed = names.iter().find(|(old, _)| Path::new(old) == name);
        let content = if is(&name, "js") { say(content, &names) } else { content };
        (renamed.map_or(name, |(_, new)| new.into()), content)
    });
    (page.collect(), names)
}

/// A script with the new names where it asks for files. Elsewhere the old ones stay: by them a module names what it
/// takes.
fn say(script: Vec<u8>, names: &[(String, String)]) -> Vec<u8> {
    let asks = |line: &str| line.starts_with("import ") || line.contains("new URL(");
    let rename = |line: &str| {
        let line = line.to_owned();
        if asks(&line) { names.iter().fold(line, |line, (old, new)| line.replace(old, new)) } else { line }
    };
    as_text(script, |script| script.split_inclusive('\n').map(rename).collect())
}

/// A text that was changed; what is no text stays as it is.
fn as_text(content: Vec<u8>, change: impl Fn(String) -> String) -> Vec<u8> {
    match String::from_utf8(content) {
        Ok(text) => change(text).into_bytes(),
        Err(other) => other.into_bytes(),
    }
}

/// What starts the program: all that the first load needs is asked for at once, not one after the other.
fn start(names: &[(String, String)]) -> Result<String> {
    let name = |old: &str| {
        let found = names.iter().find(|(name, _)| name == old);
        found.map(|(_, new)| new).with_context(|| format!("the page has no {old}"))
    };
    let (script, module) = (name(&format!("{PROGRAM}.js"))?, name(&format!("{PROGRAM}_bg.wasm"))?);
    let scripts = names.iter().filter(|(old, _)| is(Path::new(old), "js"));
    let mut lines: Vec<_> =
        scripts.map(|(_, new)| format!(r#"    <link rel="modulepreload" href="/{new}">"#)).collect();
    lines.push(format!(
        r#"    <link rel="preload" href="/{module}" as="fetch" type="application/wasm" crossorigin>"#
    ));
    lines.push(format!(
        r#"    <script type="module">import init from '/{script}'; init({{ module_or_path: '/{module}' }});</script>"#
    ));
    Ok(lines.join("\n"))
}

/// The value of an attribute that stands in a line.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(r#" {name}=""#))?;
    rest.split_once('"').map(|(value, _)| value)
}

fn is(name: &Path, extension: &str) -> bool {
    name.extension().is_some_and(|found| found == extension)
}

fn with_hash(name: &Path, hash: u64) -> PathBuf {
    let [stem, extension] = [name.file_stem(), name.extension()].map(|part| text(part.unwrap_or_default()));
    name.with_file_name(format!("{stem}-{hash:016x}.{extension}"))
}

fn hash(content: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

fn text(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = r#"<head>
    <link data-trunk rel="css" href="style.css">
    <link data-trunk rel="rust" href="Cargo.toml" data-bin="heapgym-frontend">
</head>"#;

    fn program(part: &str) -> Files {
        let script = "import './__wasm_split.js';\ntake = {\n'./__wasm_split.js': 0 };\nnew URL('heapgym-frontend_bg.wasm')";
        let split = r#"import "./heapgym-frontend.js"; fetch("./split_a.wasm")"#;
        [
            ("heapgym-frontend.js", script),
            ("heapgym-frontend_bg.wasm", "first"),
            ("__wasm_split.js", split),
            ("split_a.wasm", part),
            ("snippets/b/c.js", "c"),
        ]
        .map(|(name, content)| (PathBuf::from(name), content.as_bytes().to_vec()))
        .into()
    }

    fn page(part: &str) -> Vec<(String, String)> {
        let source = tempfile::tempdir().unwrap();
        fs::write(source.path().join("index.html"), INDEX).unwrap();
        fs::write(source.path().join("style.css"), "p {}").unwrap();
        let page = assemble(source.path(), program(part)).unwrap();
        page.into_iter()
            .map(|(name, content)| (text(name.as_os_str()), String::from_utf8(content).unwrap()))
            .collect()
    }

    #[test]
    fn every_name_that_is_said_is_there() {
        let page = page("later");
        let index = &page.iter().find(|(name, _)| name == "index.html").unwrap().1;
        assert!(!index.contains(ASSET), "{index}");
        for (name, _) in page.iter().filter(|(name, _)| name != "index.html" && !name.contains('/')) {
            let said = page.iter().filter(|(_, content)| content.contains(name.as_str())).count();
            assert!(said > 0, "{name} in {page:?}");
            assert_eq!(index.contains(name.as_str()), !name.starts_with("split_"), "{name}");
        }
    }

    #[test]
    fn what_a_module_takes_keeps_its_name() {
        let page = page("later");
        let is_script = |name: &str| name.starts_with("heapgym-frontend-");
        let script = &page.iter().find(|(name, _)| is_script(name)).unwrap().1;
        assert!(script.contains("'./__wasm_split.js': 0") && !script.contains("import './__wasm_split.js'"));
    }

    #[test]
    fn a_name_never_changes_its_content() {
        let (one, other) = (page("later"), page("other"));
        for (name, content) in one.iter().filter(|(name, _)| name != "index.html") {
            assert!(other.iter().all(|(same, there)| same != name || there == content), "{name}");
        }
        assert_eq!(one, page("later"));
    }
}
