//! The page: Rust for the browser, which trunk builds as Trunk.toml says.

use std::{env, process::Command};

use anyhow::Result;

use crate::{
    rust::Part,
    say,
    shell::{command, run},
    ship::Shipped,
    steps::Step,
    tools::Tools,
};

/// What it takes to build the page, building it last.
pub(crate) fn steps() -> Result<Vec<Step>> {
    let tools = Tools::pinned()?;
    let mut steps: Vec<_> = Part::WasmTarget.step()?.into_iter().collect();
    steps.extend(tools.steps());
    steps.push(Step::new("building the page", move || {
        run(trunk_build(&tools)?)?;
        say::remark(&Shipped::measure()?.to_string());
        Ok(())
    }));
    Ok(steps)
}

/// Trunk.toml says all but where the tools are.
fn trunk_build(tools: &Tools) -> Result<Command> {
    let mut trunk = command(tools.trunk(), ["build", "--release"]);
    trunk.env("PATH", tools.path()?);
    // By convention NO_COLOR may hold anything; trunk only understands `true`.
    if env::var_os("NO_COLOR").is_some() {
        trunk.env("NO_COLOR", "true");
    }
    Ok(trunk)
}
