//! `heapgym attack`: the load engine alone, in this process, against a server that runs already.

use std::{
    ops::ControlFlow,
    path::PathBuf,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::available_parallelism,
    time::{Duration, SystemTime},
};

use anyhow::Context;
use heapgym_probe::{clock, process};
use heapgym_shared::{
    Rejection,
    field::Reader,
    load::{Caps, Load},
    spec::{InstanceLimits, Phases, SEED},
    threshold::ThresholdResult,
};
use http::{HeaderMap, Method, Uri};
use serde_json::json;

use super::{
    exit::ExitStatus,
    load::{LoadArgs, milliseconds},
    output::Output,
    print, quantity,
};
use crate::{
    child::Command,
    descriptors,
    load::{
        engine,
        event::{Done, Event},
        plan::Plan,
        request as bytes,
    },
};

mod hdr;
mod interrupt;
mod json;
mod progress;
mod request;
mod text;
mod thresholds;
mod url;

use json::VegetaReport;
use progress::Progress;
use request::Header;
use url::Url;

/// From one reading to the next.
const SAMPLE_INTERVAL_MS: u64 = 100;
/// From the last preparation to the first request, so that no thread starts late.
const BEGIN_AFTER: Duration = Duration::from_millis(20);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// What to ask for, such as `http://127.0.0.1:8081/api/products`; plain HTTP only.
    url: Url,
    #[command(flatten)]
    load: LoadArgs,
    /// Time under load that the report leaves out.
    #[arg(long, default_value = "0s", value_parser = quantity::duration)]
    warmup: Duration,
    /// The longest wait for replies after the last request.
    #[arg(long, default_value = "5s", value_parser = quantity::duration)]
    graceful_stop: Duration,
    /// What must hold of the load phase, such as `response_time p(99) < 50ms` or `failed rate < 1%`; exit code 99 when
    /// it does not. May be repeated.
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<String>,
    /// Stop the load as soon as a threshold fails.
    #[arg(long, requires = "thresholds")]
    abort_on_fail: bool,
    /// Seed of random arrivals.
    #[arg(long, default_value_t = 1, allow_negative_numbers = true,
        value_parser = quantity::whole::<u64>(0..=SEED.max as u64))]
    seed: u64,
    /// Load threads [default: half of the CPUs, so that a target beside it has the others].
    #[arg(long, allow_negative_numbers = true, value_parser = quantity::whole::<usize>(1..=1024))]
    threads: Option<usize>,
    /// CPUs for the load alone, such as `1` or `2,3`: a load thread on each, which is kept awake while replies come.
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with = "threads",
        allow_negative_numbers = true, value_parser = cpu)]
    cpus: Vec<usize>,
    /// Method of the requests, which have no body.
    #[arg(long, default_value = "GET", value_parser = request::method)]
    method: Method,
    /// A header of the requests. May be repeated.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<Header>,
    /// The host of the URL, if it is not this machine: a load is an attack where nobody agreed to it.
    #[arg(long, value_name = "HOST")]
    allow_host: Option<String>,
    /// Write the report as JSON, with vegeta's fields, to this file; `-` writes it to stdout instead of the text.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write the distribution of response times to this file, for HDR plotters.
    #[arg(long, value_name = "FILE")]
    hdr: Option<PathBuf>,
}

/// What an attack has to report.
#[derive(Debug)]
struct Report<'a> {
    /// What was asked for.
    uri: &'a Uri,
    /// How.
    plan: &'a Plan,
    /// What came of it.
    done: &'a Done,
    /// The wall clock when the load's own read zero.
    began_at: SystemTime,
    /// Whether a signal ended the load early.
    interrupted: bool,
    /// What became of the thresholds.
    thresholds: &'a [ThresholdResult],
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let plan = args.plan()?;
    run_on(&args.cpus)?;
    let mut output = Output::open(args.json.as_ref())?;
    let hdr_file = output.file("--hdr", args.hdr.as_deref())?;

    if let Some(shortage) = descriptors::shortage(u64::from(plan.load.max_in_flight), plan.threads as u64) {
        print::remark(&format!("heapgym: warning: {shortage}"));
    }

    let in_flight = Arc::new(AtomicU64::new(0));
    let (interrupts, commands) = interrupt::listen(in_flight.clone(), plan.phases.graceful_stop_ms)?;
    let began_at = SystemTime::now() + BEGIN_AFTER;
    let origin_ns = clock::monotonic_ns() + BEGIN_AFTER.as_nanos() as u64;
    let mut progress = Progress::new(plan.phases.warmup_ms + plan.load.profile.duration_ms());
    let mut judge = thresholds::Judged::new(&plan);
    let mut done = None;
    engine::run(&plan, origin_ns, commands.into_iter(), |event| match event {
        Event::Sample { reading, figures, .. } => {
            progress.tell(&reading);
            in_flight.store(reading.in_flight, Ordering::Relaxed);
            if judge.wants_to_stop(reading.elapsed_ns, &figures) {
                let _ = interrupts.stop.send(Command::Stop); // the engine ended by itself
            }
            ControlFlow::Continue(())
        }
        Event::Done(told) => {
            done = Some(told);
            ControlFlow::Break(())
        }
    })?;
    progress.end();

    let done = done.context("the load ended without a summary")?;
    let interrupted = interrupts.heard.load(Ordering::Relaxed);
    let thresholds = judge.finish(&done.load);
    let report = Report {
        uri: args.url.uri(),
        plan: &plan,
        done: &done,
        began_at,
        interrupted,
        thresholds: &thresholds,
    };
    let json = VegetaReport::from(&report);
    let mut results = output.results(text::text(&report), &json);
    results.add(hdr_file, |out| {
        let mut text = String::new();
        hdr::write(&mut text, done.latencies.response_time())?;
        Ok(out.write_all(text.as_bytes())?)
    });
    results.write(interrupts)?;
    Ok(report.exit_status().into())
}

impl Args {
    fn plan(&self) -> anyhow::Result<Plan> {
        let InstanceLimits { duration_ms, rate, concurrency, .. } = InstanceLimits::default();
        let caps = Caps { duration_ms: duration_ms as f64, rate, concurrency: f64::from(concurrency) };
        let load = Load::parse(Reader::new("load", &self.load.to_value()?)?, &caps)?;
        let phases = json!({
            "baseline_ms": 0,
            "warmup_ms": milliseconds(self.warmup),
            "graceful_stop_ms": milliseconds(self.graceful_stop),
            "recovery_ms": 0,
        });
        let phases = Phases::parse(Reader::new("phases", &phases)?)?;
        let headers: HeaderMap = self.headers.iter().map(|it| (it.name.clone(), it.value.clone())).collect();
        let address = self.url.resolve(self.allow_host.as_deref())?;
        Ok(Plan {
            address,
            request: bytes::encode(&self.method, self.url.uri(), &headers),
            load,
            phases,
            sample_interval_ms: SAMPLE_INTERVAL_MS,
            threads: match self.cpus.len() {
                0 => self.threads.unwrap_or_else(half_of_the_cpus),
                cpus => cpus,
            },
            own_processors: !self.cpus.is_empty(), // else the target may need any of them
            seed: self.seed,
            thresholds: thresholds::parse(&self.thresholds, SAMPLE_INTERVAL_MS, self.abort_on_fail)?,
        })
    }
}

impl Report<'_> {
    /// How the program ends.
    fn exit_status(&self) -> ExitStatus {
        let load = &self.done.load;
        match load.saturated {
            _ if self.interrupted => ExitStatus::Stopped,
            Some(_) => ExitStatus::Saturated,
            None => {
                ExitStatus::of_load(load.summary.nothing_completed(&self.plan.load.profile), self.thresholds)
            }
        }
    }

    /// When the load phase began, since the origin; where it never began, its end.
    fn load_began_ns(&self) -> u64 {
        let load = &self.done.load;
        load.load_ended_ns.saturating_sub(load.summary.duration_ns)
    }
}

fn half_of_the_cpus() -> usize {
    available_parallelism().map_or(1, |cpus| cpus.get().div_ceil(2))
}

/// Reads the number of a CPU.
fn cpu(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| {
        format!("write CPU numbers separated by commas; allowed: {}", listed(&process::usable_cpus()))
    })
}

/// The CPUs that threads can be bound to, in words.
fn listed(usable: &[usize]) -> String {
    match usable {
        [] => "none: this system binds no thread to a CPU".to_owned(),
        usable => usable.iter().map(usize::to_string).collect::<Vec<_>>().join(", "),
    }
}

/// Binds this thread and those it starts.
fn run_on(cpus: &[usize]) -> anyhow::Result<()> {
    let usable = process::usable_cpus();
    if let Some(cpu) = cpus.iter().find(|cpu| !usable.contains(cpu)) {
        let reason = format!("names {cpu}, which heapgym cannot have");
        return Err(Rejection::new("--cpus", reason, listed(&usable)).into());
    }
    if let Some((_, cpu)) = cpus.iter().enumerate().find(|(place, cpu)| cpus[..*place].contains(cpu)) {
        return Err(Rejection::new("--cpus", format!("names {cpu} twice"), "each once").into());
    }
    process::run_on(cpus).context("--cpus: the kernel refuses to bind a thread")
}

#[cfg(test)]
mod tests;
