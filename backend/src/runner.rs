//! Executes runs: two or three children each, supervised, measured, limited, and always reaped.

use std::path::PathBuf;

use heapgym_shared::{Report, RunSpec, Sample};

use crate::{child::program::Program, profile::Profiles, scratch};

pub(crate) mod bench;
mod container;
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
pub(crate) mod suspend;
mod timeline;

pub use control::{Control, Controlled, control};
pub use search::Search;

/// Something that executes runs: [`Runner`], or a stand-in for it in a test.
pub trait Execute: Send + Sync + 'static {
    /// Executes `spec` and shows `observe` each sample. Stops early when `controlled` asks it to.
    fn execute(
        &self,
        spec: &RunSpec,
        controlled: Controlled,
        observe: impl FnMut(&Sample) + Send,
    ) -> impl Future<Output = (Report, Profiles)> + Send;
}

impl Execute for Runner {
    async fn execute(
        &self,
        spec: &RunSpec,
        controlled: Controlled,
        observe: impl FnMut(&Sample) + Send,
    ) -> (Report, Profiles) {
        self.run_with_profiles(spec, controlled, observe).await
    }
}

/// Executes runs, one at a time: two would disturb each other.
#[derive(Debug)]
pub struct Runner {
    /// The program that knows the children's hidden subcommands.
    program: Program,
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
        Ok(Self { program: Program::this()?, cgroups: guard::CgroupParent::find() })
    }

    /// A runner whose children are `program`, which must be a heapgym of the same version.
    pub fn with_program(program: PathBuf) -> Self {
        Self { program: Program::at(program), cgroups: guard::CgroupParent::find() }
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{Outcome, outcome::Child};
    use serde_json::json;

    use super::*;

    /// Runs a specification with children of this program, which is not heapgym.
    async fn run_with(program: &str) -> Report {
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
        });
        let spec = RunSpec::parse(&spec, &Default::default()).unwrap();
        let runner = Runner { program: Program::at(program.into()), cgroups: None };
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
