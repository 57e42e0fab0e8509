//! The page's program: compiled, split into what is loaded at once and what comes later, and bound to JavaScript.
//!
//! trunk cannot do it: the parts are cut along the linker's relocations, before wasm-bindgen has rewritten the module.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};

use crate::{
    page::{Files, files, lean},
    rust::WASM,
    shell::{command, run},
    tools::Tools,
};

/// The program's name, and that of its files.
pub(super) const PROGRAM: &str = "heapgym-frontend";

/// Compiles the program with what it is cut along. The profile stands here so that `trunk serve` keeps the quick one.
pub(super) fn compile() -> Command {
    let page = ["--package", PROGRAM, "--bin", PROGRAM, "--features", "split"];
    let how = ["--profile", "wasm-release", "--target", WASM];
    // For the page's own crate alone, so that the dependencies are those of `cargo xtask check`.
    let link = ["--", "-Clink-arg=--emit-relocs", "-Cstrip=none"];
    command("cargo", [&["rustc"][..], &page, &how, &link].concat())
}

/// Splits the program that was compiled and binds it, in a folder for both; answers with the files to ship.
pub(super) fn split(tools: &Tools, compiled: &Path, work: &Path) -> Result<Files> {
    if work.exists() {
        fs::remove_dir_all(work)?;
    }
    let (parts, bound) = (work.join("parts"), work.join("bound"));
    let mut cut = command(tools.wasm_split(), [compiled, &parts]);
    cut.args(["--out-name", PROGRAM]);
    run(cut)?;
    let first = parts.join(PROGRAM).with_extension("wasm");
    run(bind(tools, &first, &bound))?;
    let mut page = lean(files(&bound)?)?;
    for (name, content) in files(&parts)? {
        if parts.join(&name) == first {
            continue;
        }
        let is_module = name.extension().is_some_and(|extension| extension == "wasm");
        let content =
            if is_module { lean::without_names(&content).context("a part is no module")? } else { content };
        page.insert(name, content);
    }
    Ok(page)
}

/// The files that wasm-bindgen made, with short names for what they take from each other.
fn lean(mut bound: Files) -> Result<Files> {
    let (script, module) = (format!("{PROGRAM}.js"), format!("{PROGRAM}_bg.wasm"));
    let files = [&script, &module].map(|name| bound.remove(Path::new(name)).unwrap_or_default());
    let [text, content] = files;
    let text = String::from_utf8(text).context("wasm-bindgen's script is no text")?;
    let (content, text) = lean::short_imports(&content, &text, &format!("./{PROGRAM}_bg.js"))
        .context("wasm-bindgen's script does not say what its module takes")?;
    bound.extend([(script.into(), text.into_bytes()), (module.into(), content)]);
    Ok(bound)
}

/// The parts that come later find what they need of the first by the names that the linker gave it.
fn bind(tools: &Tools, first: &Path, bound: &Path) -> Command {
    let mut bind = command(tools.wasm_bindgen(), ["--target", "web", "--no-typescript"]);
    bind.args(["--keep-lld-exports", "--no-demangle", "--remove-name-section", "--remove-producers-section"]);
    bind.arg("--out-dir").arg(bound).arg(first);
    bind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_compiled_with_what_it_is_cut_along() {
        let compile = compile();
        let args: Vec<_> = compile.get_args().collect();
        assert!(args.windows(2).any(|pair| pair == ["--features", "split"]));
        assert!(args.contains(&"-Clink-arg=--emit-relocs".as_ref()));
    }
}
