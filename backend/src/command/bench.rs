//! `heapgym bench`: handlers called directly, as lines that benchstat reads.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use bytesize::ByteSize;
use heapgym_shared::{
    Outcome, Rejection,
    field::{Number, Reader},
    spec::MEMORY_BYTES,
    unit::Unit,
    workload::{WORKLOADS, Workload},
};
use serde_json::json;

use self::report::{Benchmark, Report};
use super::{exit::ExitStatus, output::Output, print, quantity, workload::ParameterArgs};
use crate::{
    bench::{BenchFrame, BenchSample},
    runner::{
        Runner,
        bench::{BenchSpec, environment},
    },
};

mod go;
mod report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to benchmark [default: all workloads that call no other service].
    workload: Option<String>,
    /// Only this variant of the workload.
    #[arg(long, requires = "workload")]
    variant: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// How long each round of each variant lasts, about.
    #[arg(long, default_value = "1s", value_parser = quantity::duration)]
    benchtime: Duration,
    /// How many rounds there are: each is a line.
    #[arg(long, default_value_t = 10, allow_negative_numbers = true,
        value_parser = quantity::whole::<u32>(1..=1000))]
    count: u32,
    /// A variant that takes more resident memory than this has failed.
    #[arg(long, default_value = "2GiB", value_parser = quantity::size)]
    memory_limit: ByteSize,
    /// Write all samples and their statistics as JSON to this file; `-` writes them to stdout instead of the lines.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// How long a round may last.
const BENCHTIME_MS: Number = Number {
    name: "benchtime",
    title: "Round",
    unit: Unit::Milliseconds,
    min: 1.0,
    max: 600_000.0,
    default: None,
    whole: false,
    help: "About how long each round lasts.",
};

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let specs = args.specs()?;
    let output = Output::open(args.json.as_ref())?;
    let runner = Runner::new()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

    let mut report = Report::new(environment(), args.benchtime, args.count);
    let began = std::time::Instant::now();
    output.text(&go::header(&report.environment.cpu));
    for spec in &specs {
        let name = go::name(spec.workload.info().id, &spec.variant, &args.parameters.parameters);
        let mut samples: Vec<BenchSample> = Vec::new();
        let mut rounds = 0;
        progress(spec, None);
        let outcome = runtime.block_on(runner.bench(spec, |frame| match frame {
            BenchFrame::Ready { allocator, allocator_options } => {
                report.environment.allocator = allocator;
                report.environment.allocator_options = allocator_options;
            }
            BenchFrame::Round(round) => {
                rounds += 1;
                clear();
                output.text(&go::line(&name, &round));
                progress(spec, Some(rounds));
                samples.extend(round);
            }
            BenchFrame::Done => {}
        }));
        clear();
        if outcome != Outcome::Completed {
            output.text(&format!("--- FAIL: {name}"));
            let (workload, variant) = (spec.workload.info().id, &spec.variant);
            print::remark(&format!("heapgym: {workload} {variant}: {}", outcome.sentence()));
        }
        report.benchmarks.push(Benchmark::new(spec.workload.clone(), spec.variant.clone(), outcome, samples));
    }
    let passed = report.benchmarks.iter().all(|benchmark| benchmark.outcome == Outcome::Completed);
    output.results(go::footer(passed, began.elapsed()), &report).write(())?;
    Ok(if passed { ExitStatus::Ok } else { ExitStatus::NoAnswer }.into())
}

impl Args {
    /// What the flags ask for, one for each variant.
    ///
    /// # Errors
    /// When one of them is refused, by the flag's or the field's name.
    fn specs(&self) -> Result<Vec<BenchSpec>, Rejection> {
        if self.workload.is_none() && !self.parameters.parameters.is_empty() {
            return Err(Rejection::new(
                "param",
                "is given without a workload to take it",
                "`heapgym bench WORKLOAD --param NAME=VALUE`",
            ));
        }
        let limits = json!({
            "benchtime": self.benchtime.as_secs_f64() * 1e3,
            "memory-limit": self.memory_limit.as_u64(),
        });
        let mut reader = Reader::new("", &limits)?;
        reader.number(&BENCHTIME_MS)?;
        let memory_bytes = reader.integer(&Number { name: "memory-limit", ..MEMORY_BYTES })?;
        let kinds = match &self.workload {
            Some(kind) => vec![kind.as_str()],
            None => WORKLOADS.iter().map(|info| info.id).collect(),
        };
        let mut specs = Vec::new();
        for kind in kinds {
            let workload = Workload::parse(Reader::new("workload", &self.parameters.of_workload(kind)?)?)?;
            if workload.downstream().is_some() {
                if self.workload.is_none() {
                    continue; // nobody asked for it by name
                }
                let reason = format!("is {kind}, whose handlers call another service");
                return Err(Rejection::new(
                    "workload",
                    reason,
                    "a workload without a network; `heapgym run` measures it",
                ));
            }
            let mut variants = workload.info().variant_ids();
            if let Some(variant) = &self.variant {
                let all = variants.join(", ");
                variants.retain(|id| id == variant);
                if variants.is_empty() {
                    return Err(Rejection::new("variant", format!("is `{variant}`"), all));
                }
            }
            specs.extend(variants.into_iter().map(|variant| BenchSpec {
                workload: workload.clone(),
                variant: variant.to_owned(),
                round: self.benchtime,
                rounds: self.count,
                memory_bytes,
            }));
        }
        Ok(specs)
    }
}

/// What goes on now: a live line on a terminal, and where nobody watches a plain one for each variant.
fn progress(spec: &BenchSpec, rounds_done: Option<u32>) {
    let what = format!("{} {}", spec.workload.info().id, spec.variant);
    match (print::is_watched(), rounds_done) {
        (true, None) => print::over(&format!("{what}: warming up")),
        (true, Some(done)) => print::over(&format!("{what}: {done} of {} rounds", spec.rounds)),
        (false, None) => {
            let round = Unit::Nanoseconds.format(spec.round.as_nanos() as f64);
            print::remark(&format!("{what}: a warm-up, then {} rounds of {round}", spec.rounds));
        }
        (false, Some(_)) => {}
    }
}

/// Makes room for a line.
fn clear() {
    if print::is_watched() {
        print::over("");
    }
}
