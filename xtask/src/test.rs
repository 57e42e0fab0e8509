//! `cargo xtask test`: every test, against the page and the server as they are shipped.

use anyhow::Result;

use crate::{
    needs, page,
    shell::{command, run},
    steps::{self, Step},
};

/// Sets up, builds and tests; `args` go to the test programs.
pub(crate) fn test(args: Vec<String>) -> Result<()> {
    let mut plan: Vec<_> = needs::install(&[&needs::BUILD[..], &needs::TEST].concat())?.into_iter().collect();
    plan.extend(page::steps()?);
    // In release, all of it: what is measured is what ships, and the dependencies are compiled once. Asking
    // for the programs and the tests together keeps cargo from choosing other features for each.
    plan.push(Step::new("building the server and the tests", || {
        run(command("cargo", ["build", "--release", "--workspace", "--bins", "--tests"]))
    }));
    plan.push(Step::new("running the tests", || {
        let mut test = command("cargo", ["test", "--release", "--workspace", "--no-fail-fast", "--"]);
        // One at a time, as for measured runs anywhere: two would disturb each other.
        test.env("RUST_TEST_THREADS", "1");
        test.args(args);
        run(test)
    }));
    steps::run(plan)
}
