//! The program as it is shipped, and without the counting.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};

use crate::{
    bench::rig,
    shell::{command, run},
    steps::{self, Step},
};

/// Where both are.
pub(super) struct Builds {
    /// As it is shipped.
    pub(super) counting: PathBuf,
    /// With jemalloc as it comes.
    pub(super) plain: PathBuf,
}

impl Builds {
    /// Builds what is missing. They share all dependencies: only heapgym itself is compiled twice.
    pub(super) fn make() -> Result<Self> {
        let plain = rig::target_folder().join("release/heapgym-plain");
        let copy = plain.clone();
        steps::run(vec![Step::new("building heapgym without the counting", move || {
            let args = ["build", "--release", "--package", "heapgym", "--features", "plain-allocator"];
            run(command("cargo", args))?;
            // The next build takes its place.
            fs::copy(rig::target_folder().join("release/heapgym"), &copy)
                .with_context(|| format!("cannot write `{}`", copy.display()))?;
            Ok(())
        })])?;
        Ok(Self { counting: rig::build()?, plain })
    }
}
