//! `heapgym run`: one run, followed on the terminal, summarised at its end.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use heapgym_shared::{
    RunSpec, Sample,
    chart::{CHARTS, Chart},
};
use tokio::runtime::Builder;

use super::{
    exit::ExitStatus, find_rate, heap_profile, junit, output::Output, result_file::ResultFile,
    spec::SpecArgs, stopping::Stopping,
};
use crate::{
    export::{self, Document, Picture},
    runner::Runner,
    threads,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    spec: SpecArgs,
    /// Write the report as JSON to this file; `-` writes it to stdout instead of the text.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write outcome and thresholds as JUnit XML to this file.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Draw the charts as SVG files into this directory.
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Write the whole run, its samples too, as JSON to this file, for `heapgym export`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Write the last heap profile to this file: a flame graph where its name ends in `.svg`, else what `go tool pprof`
    /// reads, gzipped protobuf. Needs --heap-profile load.
    #[arg(long, value_name = "FILE")]
    heap_profile_out: Option<PathBuf>,
    /// Find the highest steady rate at which this threshold holds, such as `rss max < 512MiB`, beginning with --rate;
    /// each try is a run. May be repeated. Exit code 99 when no rate holds.
    #[arg(long, value_name = "EXPR", conflicts_with_all = [
        "concurrency", "profile", "time_unit", "abort_on_fail", "junit", "svg", "save", "heap_profile",
        "heap_profile_out",
    ])]
    find_rate: Vec<String>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let mut spec = args.spec.parse()?;
    if !args.find_rate.is_empty() {
        find_rate::prepare(&mut spec, &args.find_rate)?;
    }
    let mut output = Output::open(args.json.as_ref())?;
    let junit_file = output.file("--junit", args.junit.as_deref())?;
    let saved_file = output.file("--save", args.save.as_deref())?;
    let heap_profile = heap_profile::Place::open(&mut output, args.heap_profile_out.as_deref(), &spec)?;
    let charts = args.svg.as_deref().map(|folder| open_charts(&mut output, folder, &spec)).transpose()?;
    let runner = Runner::new()?;
    let runtime = threads::runtime(2, &mut Builder::new_multi_thread())?;
    let mut stopping = Stopping::new();
    if !args.find_rate.is_empty() {
        let found = runtime.block_on(find_rate::search(&runner, &spec, &mut stopping));
        output.results(find_rate::text(&found), &found).write(stopping)?;
        return Ok(found.exit_status().into());
    }

    let mut samples: Vec<Sample> = Vec::new();
    let (report, profiles) = runtime.block_on(stopping.run(&runner, &spec, |sample| {
        if args.svg.is_some() || args.save.is_some() {
            samples.push(sample.clone());
        }
    }));

    let (spec, outcome) = (report.spec.clone(), Some(report.outcome.clone()));
    let run = Document { spec, outcome, report: Some(Box::new(report.clone())), samples };
    let mut results = output.results(export::text(&report), &report);
    results.add(junit_file, |out| Ok(out.write_all(junit::xml(&report)?.as_bytes())?));
    heap_profile.add(&mut results, &report.spec, &profiles);
    results.add(saved_file, |out| Ok(serde_json::to_writer(out, &run)?));
    for (chart, file) in charts.into_iter().flatten() {
        let run = &run;
        results.add(Some(file), move |out| {
            let text = export::svg(&Picture::default().of(chart), &[run.trace()])?;
            Ok(out.write_all(text.as_bytes())?)
        });
    }
    results.write(stopping)?;
    Ok(ExitStatus::of_run(&report).into())
}

/// A file `{chart}.svg` in `folder` for every chart that the run has something for.
fn open_charts(
    output: &mut Output,
    folder: &Path,
    spec: &RunSpec,
) -> anyhow::Result<Vec<(&'static Chart, ResultFile)>> {
    fs::create_dir_all(folder).with_context(|| format!("--svg: cannot make `{}`", folder.display()))?;
    let mut files = Vec::new();
    for chart in CHARTS.iter().copied().filter(|chart| chart.is_for(spec)) {
        let path = folder.join(format!("{}.svg", chart.id));
        files.extend(output.file("--svg", Some(&path))?.map(|file| (chart, file)));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use clap::Args as _;

    use super::*;

    #[test]
    fn every_flag_is_refused_beside_a_spec_file_unless_its_help_says_otherwise() {
        let command = Args::augment_args(clap::Command::new("run"));
        let flag = |id: &str| command.get_arguments().find(|flag| flag.get_id() == id).unwrap();
        let spec = flag("spec");
        let refused = command.get_arg_conflicts_with(spec);
        let help = spec.get_help().unwrap().to_string();
        let (mut beside, mut checked) = (Vec::new(), 0);
        for flag in command.get_arguments().filter(|flag| *flag.get_id() != "spec") {
            let is_refused = refused.iter().any(|other| other.get_id() == flag.get_id());
            let name = format!("--{}", flag.get_long().unwrap());
            let mut words = help.split(|c: char| !(c.is_ascii_alphabetic() || c == '-'));
            assert!(is_refused != words.any(|word| word == name), "{name}: {help}");
            if !is_refused {
                beside.push(name);
            }
            checked += 1;
        }
        assert_eq!(beside, ["--json", "--junit", "--svg", "--save", "--heap-profile-out", "--find-rate"]);
        assert!(checked >= 40, "{checked} flags");
    }
}
