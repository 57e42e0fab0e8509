//! `cargo xtask test`: one tier of the tests, against the page and the server as they ship.

use anyhow::Result;

use self::nextest::Nextest;
pub(crate) use self::tier::Tier;
use crate::{
    needs::{self, Choice},
    page,
    shell::{command, run},
    steps::{self, Step},
};

mod nextest;
mod skipped;
mod tier;

/// The flags of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only the unit tests, without building the page: the quick answer while you write code
    #[arg(long)]
    unit: bool,
    /// Run only the slow tier: long loops, replays and conformance suites
    #[arg(long, conflicts_with = "unit")]
    slow: bool,
    /// Install missing programs without asking (root and CI always do)
    #[arg(long)]
    install: bool,
    /// Skip the tests that need a missing program, and name them at the end
    #[arg(long, conflicts_with = "install")]
    skip_missing: bool,
    /// Arguments for `cargo nextest run`, such as a part of a test's name
    #[arg(last = true)]
    nextest: Vec<String>,
}

impl Args {
    fn tier(&self) -> Tier {
        match (self.unit, self.slow) {
            (true, _) => Tier::Unit,
            (_, true) => Tier::Slow,
            _ => Tier::Gate,
        }
    }

    fn choice(&self) -> Choice {
        match (self.install, self.skip_missing) {
            (true, _) => Choice::Install,
            (_, true) => Choice::Skip,
            _ => Choice::Default,
        }
    }
}

/// Sets up, builds and tests.
pub(crate) fn test(args: Args) -> Result<()> {
    let (tier, choice) = (args.tier(), args.choice());
    let found = needs::find(&needs::BUILD, tier.needs(), choice)?;
    let nextest = Nextest::find()?;
    let mut plan: Vec<_> = found.step.into_iter().chain(nextest.step()).collect();
    if tier != Tier::Unit {
        plan.extend(page::steps()?);
        // In release: what is measured is what ships. Asking for programs and tests together keeps cargo from
        // choosing other features for each.
        plan.push(Step::new("building the server and the tests", || {
            run(command("cargo", ["build", "--release", "--workspace", "--bins", "--tests"]))
        }));
    }
    // nextest leaves out the examples of the documentation.
    if tier == Tier::Gate && args.nextest.is_empty() {
        plan.push(Step::new("compiling the examples of the documentation", || {
            run(command("cargo", ["test", "--release", "--workspace", "--doc", "--quiet"]))
        }));
    }
    plan.push(Step::new(tier.title(), move || {
        let skipped = skipped::find(&nextest, tier, &found.skipped, &args.nextest)?;
        let result = run(nextest.run(tier, &found.skipped, !skipped.is_empty(), &args.nextest)?);
        skipped::report(&skipped);
        tier.report();
        result
    }));
    steps::run(plan)
}
