//! The program as it is shipped, and the same with a switch for its counting.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{
    bench::rig,
    shell::{command, run},
    steps::{self, Step},
};

/// Where both are.
pub(super) struct Builds {
    /// As it is shipped: it generates the load.
    pub(super) shipped: PathBuf,
    /// With a switch, so that with and without counting are one program. Between two programs, where the linker puts
    /// the allocator's loops was worth more than the counting.
    pub(super) switched: PathBuf,
}

impl Builds {
    /// Builds what is missing. Both link the same library.
    pub(super) fn make() -> Result<Self> {
        let shipped = rig::build()?;
        steps::run(vec![Step::new("building heapgym with a switch for its counting", || {
            let args = ["build", "--release", "--package", "heapgym-tests", "--bin", "heapgym-switched"];
            run(command("cargo", args))
        })])?;
        Ok(Self { shipped, switched: rig::target_folder().join("release/heapgym-switched") })
    }

    /// The program with the switch, which is set to `on`, `off`, or to follow what it is told on `stdin`.
    pub(super) fn command(&self, counting: &str) -> Command {
        let mut command = Command::new(&self.switched);
        command.env("HEAPGYM_COUNTING", counting).env_remove("RUST_LOG");
        command
    }
}
