//! `cargo xtask check`: format and lints, for this machine and for the browser.

use std::process::Command;

use anyhow::Result;

use crate::{
    needs,
    rust::{Part, WASM},
    shell::{command, run},
    steps::{self, Step},
};

/// Fails on the first thing that rustfmt or clippy would change.
pub(crate) fn check() -> Result<()> {
    let mut plan: Vec<_> = needs::install(&needs::BUILD)?.into_iter().collect();
    for part in [Part::Subcommand("fmt"), Part::Subcommand("clippy"), Part::WasmTarget] {
        plan.extend(part.step()?);
    }
    plan.push(Step::new("checking the format", || run(command("cargo", ["fmt", "--all", "--check"]))));
    plan.push(Step::new("linting for this machine", || {
        run(clippy(&["--release", "--workspace", "--all-targets"]))
    }));
    // Without tests: they run on this machine, and what they depend on does not compile for the browser.
    plan.push(Step::new("linting for the browser", || {
        let page = ["--package", "heapgym-frontend", "--package", "heapgym-shared"];
        let browser = ["--profile", "wasm-release", "--target", WASM];
        run(clippy(&[&browser, &page[..]].concat()))
    }));
    steps::run(plan)
}

/// The profiles are those of `cargo xtask test`, which then finds jemalloc and every macro compiled.
fn clippy(what: &[&str]) -> Command {
    command("cargo", [&["clippy"], what, &["--", "-D", "warnings"]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_is_an_error() {
        let command = clippy(&["--workspace"]);
        assert!(command.get_args().eq(["clippy", "--workspace", "--", "-D", "warnings"]));
    }
}
