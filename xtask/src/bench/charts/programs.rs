//! What the benchmark's page is made of: uPlot as it is published, and heapgym's charts compiled as the page is.

use std::{fs, path::Path};

use anyhow::{Context, Result, ensure};

use super::site::File;
use crate::{
    bench::rig::target_folder,
    rust::WASM,
    shell::{command, on_path, run},
    steps::{self, Step},
    tools::{Tools, default_cache},
};

/// The newest uPlot.
pub(super) const UPLOT: &str = "1.6.32";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript";

/// Builds and installs what is missing; answers with the files of the page.
pub(super) fn page() -> Result<Vec<File>> {
    let uplot = default_cache()?.join(format!("uplot-{UPLOT}"));
    let charts = target_folder().join("chart-bench");
    let tools = Tools::pinned()?;
    let mut plan = tools.steps();
    if !uplot.is_dir() {
        let folder = uplot.clone();
        plan.push(Step::new(format!("installing uPlot {UPLOT} (once)"), move || install(&folder)));
    }
    let bindings = charts.clone();
    plan.push(Step::new("building the charts alone", move || compile(&tools, &bindings)));
    steps::run(plan)?;

    let read = |path: &Path| fs::read(path).with_context(|| format!("{} is missing", path.display()));
    let dist = uplot.join("node_modules/uplot/dist");
    let mut files: Vec<File> = vec![
        ("/".to_owned(), HTML, include_bytes!("page/index.html").to_vec()),
        ("/measure.js".to_owned(), SCRIPT, include_bytes!("page/measure.js").to_vec()),
        ("/uplot.js".to_owned(), SCRIPT, read(&dist.join("uPlot.iife.min.js"))?),
        ("/uplot.css".to_owned(), "text/css", read(&dist.join("uPlot.min.css"))?),
        ("/chart-bench.js".to_owned(), SCRIPT, read(&charts.join("chart-bench.js"))?),
        ("/chart-bench_bg.wasm".to_owned(), "application/wasm", read(&charts.join("chart-bench_bg.wasm"))?),
    ];
    // What Rust imports of JavaScript, in a folder for each crate.
    for folder in fs::read_dir(charts.join("snippets"))? {
        let folder = folder?;
        for script in fs::read_dir(folder.path().join("js"))? {
            let script = script?;
            let (crate_name, name) = (folder.file_name(), script.file_name());
            let path = format!("/snippets/{}/js/{}", crate_name.display(), name.display());
            files.push((path, SCRIPT, read(&script.path())?));
        }
    }
    Ok(files)
}

/// Installs beside the folder and moves it in, so that a half install is never found.
fn install(folder: &Path) -> Result<()> {
    ensure!(on_path("npm"), "npm is not on PATH: it brings uPlot; install, for example `apt install npm`");
    let partial = folder.with_added_extension("partial");
    fs::create_dir_all(&partial)?;
    let package = format!("uplot@{UPLOT}");
    let mut npm = command("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]);
    npm.arg(&partial).arg(package);
    run(npm)?;
    fs::rename(&partial, folder)?;
    Ok(())
}

/// Compiles the charts in the page's profile, and writes their bindings.
fn compile(tools: &Tools, bindings: &Path) -> Result<()> {
    let what = ["--package", "heapgym-frontend", "--bin", "chart-bench", "--features", "bench"];
    let how = ["--target", WASM, "--profile", "wasm-release"];
    run(command("cargo", ["build"].into_iter().chain(what).chain(how)))?;
    let program = target_folder().join(WASM).join("wasm-release/chart-bench.wasm");
    let mut bind = command(tools.wasm_bindgen(), ["--target", "web", "--no-typescript", "--out-dir"]);
    bind.arg(bindings).arg(program);
    run(bind)
}
