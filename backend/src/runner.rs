//! Executes runs: two or three children each, supervised, measured, limited, and always reaped.

use std::path::PathBuf;

use anyhow::Context;

use crate::scratch;

pub(crate) mod bench;
mod control;
mod cpus;
pub(crate) mod downstream;
pub(crate) mod environment;
mod failure;
mod guard;
mod inherited;
pub(crate) mod judge;
mod merge;
mod process;
mod profiling;
mod purges;
mod search;
mod summary;
mod supervisor;
mod timeline;

pub use control::{Control, Controlled, control};
pub use search::Search;

/// Executes runs, one at a time: two would disturb each other.
#[derive(Debug)]
pub struct Runner {
    /// The program that knows the children's hidden subcommands.
    program: PathBuf,
    /// Where cgroups for runs can be made, if anywhere.
    cgroups: Option<guard::CgroupParent>,
}

impl Runner {
    /// A runner whose children are this program itself. Removes what runners that were killed left behind.
    ///
    /// # Errors
    /// When the system does not tell which program this is.
    pub fn new() -> anyhow::Result<Self> {
        scratch::remove_abandoned();
        Ok(Self { program: this_program()?, cgroups: guard::CgroupParent::find() })
    }
}

/// The program whose hidden subcommands the children are.
///
/// # Errors
/// When the system does not tell.
pub(crate) fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("failed to find this program")
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{Outcome, Report, RunSpec, outcome::Child};
    use serde_json::json;

    use super::*;

    /// Runs a specification with children of this program, which is not heapgym.
    async fn run_with(program: &str) -> Report {
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
        });
        let spec = RunSpec::parse(&spec, &Default::default()).unwrap();
        let runner = Runner { program: program.into(), cgroups: None };
        runner.run(&spec, control().1, |_| {}).await
    }

    #[tokio::test]
    async fn a_run_that_cannot_start_is_lost_and_says_why() {
        let report = run_with("/no/such/program").await;
        let Outcome::Lost { reason } = report.outcome else { panic!("{:?}", report.outcome) };
        assert!(reason.starts_with("the target could not be started"), "{reason}");
        assert_eq!((report.samples, report.environment.guard), (0, None));
    }

    #[tokio::test]
    async fn a_target_that_ends_before_it_is_ready_has_crashed() {
        let report = run_with("false").await;
        let Outcome::Crashed { process: Child::Target, status, .. } = report.outcome else {
            panic!("{:?}", report.outcome)
        };
        assert_eq!(status, "exit status: 1");
    }
}
