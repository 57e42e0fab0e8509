//! The page: Rust for the browser, built by trunk and put where the server takes it in.

use std::{
    collections::BTreeMap,
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};

use crate::{
    rust::Part,
    shell::{command, root, run},
    steps::Step,
    tools::Tools,
};

/// Where trunk leaves the page, from the root.
const BUILT: &str = "target/page";

/// Where the server's build finds the page, from the root.
const SHIPPED: &str = "frontend/dist";

/// What it takes to build the page, building it last.
pub(crate) fn steps() -> Result<Vec<Step>> {
    let tools = Tools::pinned()?;
    let mut steps: Vec<_> = Part::WasmTarget.step()?.into_iter().collect();
    steps.extend(tools.steps());
    steps.push(Step::new("building the page", move || {
        run(trunk_build(&tools)?)?;
        ship(&root().join(BUILT), &root().join(SHIPPED))
            .with_context(|| format!("{SHIPPED} cannot be written"))
    }));
    Ok(steps)
}

/// Trunk.toml says the rest. The profile stands here so that `trunk serve` keeps the quick one.
fn trunk_build(tools: &Tools) -> Result<Command> {
    let args = ["build", "--release", "--cargo-profile", "wasm-release", "--dist", BUILT];
    let mut trunk = command(tools.trunk(), args);
    trunk.env("PATH", tools.path()?);
    // By convention NO_COLOR may hold anything; trunk only understands `true`.
    if env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    Ok(trunk)
}

/// Makes `shipped` hold exactly what was `built`, touching nothing when it already does: trunk writes every
/// file anew, and with each new date the server would be compiled again.
fn ship(built: &Path, shipped: &Path) -> io::Result<()> {
    let page = files(built)?;
    if !shipped.exists() {
        fs::create_dir_all(shipped)?;
    } else if files(shipped)? == page {
        return Ok(());
    } else {
        fs::remove_dir_all(shipped)?;
    }
    for (name, content) in page {
        let file = shipped.join(name);
        fs::create_dir_all(file.parent().unwrap_or(shipped))?;
        fs::write(file, content)?;
    }
    Ok(())
}

/// Every file under `folder`: its name, from there, and its content.
fn files(folder: &Path) -> io::Result<BTreeMap<PathBuf, Vec<u8>>> {
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
        let (built, shipped) = (folder.path().join("built"), folder.path().join("shipped"));
        fs::create_dir_all(built.join("snippets")).unwrap();
        fs::write(built.join("index.html"), "one").unwrap();
        fs::write(built.join("snippets/a.js"), "a").unwrap();
        ship(&built, &shipped).unwrap();
        assert_eq!(files(&shipped).unwrap(), files(&built).unwrap());

        let page = fs::File::options().write(true).open(shipped.join("index.html")).unwrap();
        page.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        ship(&built, &shipped).unwrap();
        let date = fs::metadata(shipped.join("index.html")).unwrap().modified().unwrap();
        assert_eq!(date, SystemTime::UNIX_EPOCH);

        fs::write(built.join("index.html"), "two").unwrap();
        fs::remove_file(built.join("snippets/a.js")).unwrap();
        ship(&built, &shipped).unwrap();
        assert_eq!(files(&shipped).unwrap(), [("index.html".into(), b"two".to_vec())].into());
    }
}
