//! `heapgym calibrate`: known answers read back through whole runs, and how far off each figure was.

use std::{path::PathBuf, process::ExitCode};

use anyhow::ensure;
use heapgym_shared::{Outcome, Report, RunSpec};
use tokio::runtime::Runtime;

use self::{
    reading::{Reading, Runs},
    result::{Calibration, Measured},
    settings::{SETTINGS, Setting},
};
use super::{exit::ExitStatus, output::Output, print};
use crate::runner::{Runner, control};

mod reading;
mod result;
mod settings;
mod table;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Write every figure as JSON to this file; `-` writes them to stdout instead of the table.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let output = Output::open(args.json.as_ref())?;
    let bench = Bench {
        runner: Runner::new()?,
        runtime: tokio::runtime::Builder::new_current_thread().enable_all().build()?,
    };
    let nothing = bench.measure("what a request costs that does nothing", &Setting::ZERO)?;
    let mut settings = Vec::new();
    for (index, setting) in SETTINGS.iter().enumerate() {
        let place = format!("setting {} of {}: {}", index + 1, SETTINGS.len(), setting.words());
        let readings = Reading::all(setting, &nothing, &bench.measure(&place, setting)?)?;
        settings.push(Measured { setting: *setting, readings });
    }
    let calibration = Calibration::new(&nothing.counted, settings);
    output.results(table::text(&calibration), &calibration).write(())?;
    let within = calibration.within;
    Ok(if within { ExitStatus::Ok } else { ExitStatus::Regressed }.into())
}

/// Executes the runs, one after the other.
struct Bench {
    runner: Runner,
    runtime: Runtime,
}

impl Bench {
    /// Both runs of a setting.
    fn measure(&self, place: &str, setting: &Setting) -> anyhow::Result<Runs> {
        Ok(Runs {
            counted: self.run(&format!("{place}, counted"), &setting.counting_spec()?)?,
            timed: self.run(&format!("{place}, timed"), &setting.timing_spec()?)?,
        })
    }

    /// One run to its end.
    ///
    /// # Errors
    /// When it did not complete, or a request failed: there is nothing to compare.
    fn run(&self, progress: &str, spec: &RunSpec) -> anyhow::Result<Report> {
        if print::is_watched() {
            print::over(progress);
        } else {
            print::remark(progress);
        }
        let report = self.runtime.block_on(self.runner.run(spec, control().1, |_| {}));
        if print::is_watched() {
            print::over("");
        }
        ensure!(report.outcome == Outcome::Completed, "{progress}: {}", report.outcome.sentence());
        let load = &report.load;
        ensure!(load.failed == 0, "{progress}: {} of {} requests failed", load.failed, load.started);
        Ok(report)
    }
}
