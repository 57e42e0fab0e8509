//! What every benchmark stands on: the shipped program, a running target, and a CPU for each side.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use anyhow::Result;

use super::{
    generator::heapgym::Heapgym,
    meter::{self, Metered},
    processors::{Processors, Side},
    target::Target,
};
use crate::{
    needs, page,
    shell::{command, root, run},
    steps::{self, Step},
};

/// A target that is ready to be loaded.
pub(super) struct Rig {
    /// The program under measurement.
    pub(super) heapgym: Heapgym,
    /// Where both sides run.
    pub(super) processors: Processors,
    target: Target,
}

/// One run of a generator.
pub(super) struct Ran {
    /// What the generator printed and cost.
    pub(super) generator: Metered,
    /// From its start to its end.
    wall: Duration,
    target_cpu: Option<Duration>,
}

impl Rig {
    /// Builds heapgym as it is shipped and starts its target.
    pub(super) fn set_up() -> Result<Self> {
        let program = build()?;
        let processors = Processors::of_this_process();
        let target = Target::start(&program, processors)?;
        let heapgym = Heapgym { program, cpu: processors.of_generators() };
        Ok(Self { heapgym, processors, target })
    }

    /// Where the target answers.
    pub(super) fn url(&self) -> &str {
        self.target.url()
    }

    /// Runs a generator to its end, on its CPU.
    pub(super) fn run(&self, generator: &Command) -> Result<Ran> {
        let (start, before) = (Instant::now(), self.target.cpu());
        let generator = self.meter(generator)?;
        let target_cpu = self.target.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        Ok(Ran { generator, wall: start.elapsed(), target_cpu })
    }

    /// The least resident memory that can be measured: a program begins as a copy of the process that starts it.
    pub(super) fn least_rss_bytes(&self) -> Result<u64> {
        Ok(self.meter(&Command::new("true"))?.peak_rss_bytes)
    }

    fn meter(&self, command: &Command) -> Result<Metered> {
        meter::run(command, |meter| self.processors.spawn(Side::Generator, meter))
    }
}

impl Ran {
    /// The share of one CPU that the generator used, in per cent.
    pub(super) fn generator_busy(&self) -> f64 {
        percent(self.generator.cpu, self.wall)
    }

    /// The share of one CPU that the target used, in per cent.
    pub(super) fn target_busy(&self) -> Option<f64> {
        Some(percent(self.target_cpu?, self.wall))
    }
}

fn percent(part: Duration, whole: Duration) -> f64 {
    100.0 * part.as_secs_f64() / whole.as_secs_f64()
}

/// Builds heapgym as it is shipped.
pub(super) fn build() -> Result<PathBuf> {
    needs::require(&needs::BUILD)?;
    let mut plan = page::steps()?;
    plan.push(Step::new("building heapgym", || {
        run(command("cargo", ["build", "--release", "--package", "heapgym"]))
    }));
    steps::run(plan)?;
    Ok(target_folder().join("release/heapgym"))
}

/// Where cargo builds.
pub(super) fn target_folder() -> PathBuf {
    let folder = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    root().join(Path::new(&folder))
}
