//! `heapgym run`: one run, followed on the terminal, summarised at its end.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use heapgym_shared::Sample;
use tokio_util::sync::CancellationToken;

use super::{print, progress::Progress, report, spec::SpecArgs, svg};
use crate::runner::Runner;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Write the report as JSON to this file; `-` writes it to stdout instead of the text.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the charts as SVG files into this directory.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let spec = args.spec.parse()?;
    // Before the run, not after it: a place that cannot be written to would cost its results.
    let to_stdout = args.json.as_ref().is_some_and(|path| path.as_os_str() == "-");
    let json_file = match &args.json {
        Some(path) if !to_stdout => Some(create(path)?),
        _ => None,
    };
    if let Some(directory) = &args.svg {
        fs::create_dir_all(directory).with_context(|| format!("cannot make `{}`", directory.display()))?;
    }
    let runner = Runner::new()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let stop = CancellationToken::new();
    runtime.spawn(stop_on_signal(stop.clone()));

    let mut progress = Progress::new(&spec);
    let mut samples: Vec<Sample> = Vec::new();
    let report = runtime.block_on(runner.run(&spec, &stop, |sample| {
        progress.tell(sample);
        if args.svg.is_some() {
            samples.push(*sample);
        }
    }));
    progress.end();

    let json = serde_json::to_string_pretty(&report)?;
    if to_stdout {
        print::result(&json);
    } else {
        print::result(&report::text(&report));
    }
    if let Some(mut file) = json_file {
        writeln!(file, "{json}").context("cannot write the report")?;
    }
    if let Some(directory) = &args.svg {
        svg::write(directory, &report.spec.variant, &samples)?;
    }
    Ok(report.outcome.exit_code().into())
}

fn create(path: &Path) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Ctrl-C or a polite kill stops the run, which then still ends with its report.
async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    stop.cancel();
}
