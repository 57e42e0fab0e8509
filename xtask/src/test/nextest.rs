//! cargo-nextest: the one on PATH where it is new enough, else the pinned one.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::Tier;
use crate::{
    needs::Need,
    shell::{command, output},
    steps::Step,
    tools::{self, Tool, Tools},
};

/// The program that runs the tests.
pub(super) enum Nextest {
    /// On PATH, at least as new as the pinned one.
    OnPath,
    /// In the cache of tools, installed or not.
    Pinned(Tool),
}

impl Nextest {
    pub(super) fn find() -> Result<Self> {
        let pinned = tools::nextest()?;
        let found = output(command("cargo-nextest", ["nextest", "--version"]));
        let is_new_enough = found.is_some_and(|text| is_at_least(&text, pinned.version()));
        Ok(if is_new_enough { Self::OnPath } else { Self::Pinned(pinned) })
    }

    /// The step that installs it, if need be.
    pub(super) fn step(&self) -> Option<Step> {
        match self {
            Self::OnPath => None,
            Self::Pinned(tool) => tool.step(),
        }
    }

    /// Runs a tier without the tests that need what is `missing`. `some_skipped` tells whether the user has asked for
    /// any of those: all that is left may be no test then.
    pub(super) fn run(
        &self,
        tier: Tier,
        missing: &[Need],
        some_skipped: bool,
        args: &[String],
    ) -> Result<Command> {
        let mut run = self.command("run", tier)?;
        if some_skipped {
            run.args(["--no-tests", "warn"]);
        }
        run.args(args);
        if missing.is_empty() {
            return Ok(run);
        }
        // The user's arguments may have begun the filters of libtest already.
        if !args.iter().any(|arg| arg == "--") {
            run.arg("--");
        }
        run.args(missing.iter().flat_map(|need| ["--skip".to_owned(), need.skip_pattern()]));
        Ok(run)
    }

    /// Lists the tests of a tier, those that are left out included.
    pub(super) fn list(&self, tier: Tier, args: &[String]) -> Result<Command> {
        let mut list = self.command("list", tier)?;
        list.args(["--message-format", "json"]).args(args);
        Ok(list)
    }

    fn command(&self, what: &str, tier: Tier) -> Result<Command> {
        let program = match self {
            Self::OnPath => PathBuf::from("cargo-nextest"),
            Self::Pinned(tool) => tool.program(),
        };
        let mut nextest = command(&program, ["nextest", what, "--profile", tier.profile()]);
        // Tests start them: nextest for the time limit, trunk for the page.
        let own = program.parent().filter(|_| matches!(self, Self::Pinned(_))).map(Path::to_owned);
        nextest.env("PATH", tools::path_with(own.into_iter().chain(Tools::pinned()?.folders()))?);
        nextest.args(tier.targets());
        Ok(nextest)
    }
}

/// Whether the first line of `cargo-nextest nextest --version` names this version or a newer one.
fn is_at_least(text: &str, version: &str) -> bool {
    let numbers =
        |version: &str| -> Option<Vec<u32>> { version.split('.').map(|part| part.parse().ok()).collect() };
    let found = text.split_whitespace().nth(1).and_then(numbers);
    found.is_some_and(|found| Some(found) >= numbers(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_nextest_is_not_used() {
        let text =
            |version: &str| format!("cargo-nextest {version} (60fa45f63 2026-08-04)\nrelease: {version}");
        assert!(is_at_least(&text("0.9.143"), "0.9.143"));
        assert!(is_at_least(&text("0.10.0"), "0.9.143"));
        assert!(!is_at_least(&text("0.9.99"), "0.9.143"));
        assert!(!is_at_least("cargo-nextest", "0.9.143"));
    }

    #[test]
    fn skipping_leaves_the_users_own_arguments_as_they_are() {
        let words = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            let run = Nextest::OnPath.run(Tier::Slow, &crate::needs::TEST[1..3], true, &args).unwrap();
            let words: Vec<_> = run.get_args().map(|arg| arg.to_string_lossy().into_owned()).collect();
            words.join(" ")
        };
        let begin = "nextest run --profile slow --release --workspace --no-tests warn";
        let skip = "--skip in_browser:: --skip with_wrk::";
        assert_eq!(words(&["kept"]), format!("{begin} kept -- {skip}"));
        assert_eq!(words(&["--", "kept", "--exact"]), format!("{begin} -- kept --exact {skip}"));
    }
}
