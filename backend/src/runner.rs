//! Executes runs: two children each, supervised, measured, limited, and always reaped.

use std::path::PathBuf;

use anyhow::Context;

mod cpus;
pub(crate) mod environment;
mod guard;
mod merge;
mod process;
mod summary;
mod supervisor;
mod timeline;

/// Executes runs, one at a time: two would disturb each other.
#[derive(Debug)]
pub struct Runner {
    /// The program that knows the children's hidden subcommands.
    program: PathBuf,
    /// Where cgroups for runs can be made, if anywhere.
    cgroups: Option<guard::CgroupParent>,
}

impl Runner {
    /// A runner whose children are this program itself.
    ///
    /// # Errors
    /// When the system does not tell which program this is.
    pub fn new() -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("failed to find this program")?;
        Ok(Self { program, cgroups: guard::CgroupParent::find() })
    }
}
