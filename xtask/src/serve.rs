//! `cargo xtask serve`: from a bare machine to a page in the browser.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::{
    needs, page,
    shell::{command, run},
    steps::{self, Step},
};

/// Builds what is missing, then becomes `heapgym serve`; returns only when that fails.
pub(crate) fn serve(args: &[String]) -> Result<()> {
    needs::require(&needs::BUILD)?;
    let mut plan = page::steps()?;
    plan.push(Step::new("building the server", || {
        run(command("cargo", ["build", "--release", "--package", "heapgym"]))
    }));
    // The server takes this process's place: signals and the exit code are its own.
    let args = args.to_owned();
    plan.push(Step::new("starting the server", move || {
        let mut serve =
            command("cargo", ["run", "--release", "--quiet", "--package", "heapgym", "--", "serve"]);
        Err(serve.args(args).exec()).context("cargo could not be started")
    }));
    steps::run(plan)
}
