//! Runs and benchmarks of the real program, and what the claims read of them.

use std::{collections::HashMap, process::Command};

use heapgym::command::exit::ExitStatus;
use heapgym_shared::Report;
use serde_json::Value;

use crate::support::heapgym;

/// The report of a run with these flags. Each claim makes its own runs: each test is a process of its own.
#[track_caller]
pub(super) fn run(flags: &str) -> Report {
    let phases = ["--baseline", "300ms", "--warmup", "700ms", "--json", "-"];
    let output = heapgym().arg("run").args(phases).args(words(flags)).output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{flags}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.code(), Some(i32::from(ExitStatus::of_run(&report).code())), "{flags}");
    report
}

/// The words of a command line, of which those in quotes are one.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(index, part)| if index % 2 == 1 { vec![part] } else { part.split_whitespace().collect() })
        .collect()
}

/// So many requests, however long they take.
pub(super) fn requests(iterations: u64, concurrency: u64) -> String {
    format!("--profile 'fixed_iterations iterations={iterations} concurrency={concurrency} max_duration=5m'")
}

pub(super) fn bytes_per_request(report: &Report) -> f64 {
    report.per_request.unwrap().allocated_bytes
}

/// Of the target: what a neighbour takes is no part of it.
pub(super) fn cpu_per_request(report: &Report) -> f64 {
    report.per_request.unwrap().cpu_ns
}

/// What `heapgym bench` tells of each variant of a workload.
pub(super) fn bench(workload: &str, flags: &[&str]) -> HashMap<String, Value> {
    let mut command: Command = heapgym();
    let short = ["--benchtime", "200ms", "--count", "3", "--json", "-"];
    let output = command.args(["bench", workload]).args(short).args(flags).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_variant =
        |benchmark: &Value| (benchmark["variant"].as_str().unwrap().to_owned(), benchmark.clone());
    report["benchmarks"].as_array().unwrap().iter().map(of_variant).collect()
}

/// Repeats a benchmark until the quietest sample of each variant, in nanoseconds and of all repetitions, agrees with a
/// claim.
///
/// A neighbour only ever makes a call slower, for seconds at a time: a claim that is true shows in the end, and one
/// that is not is only further away with each repetition.
#[track_caller]
pub(super) fn quietest_until(workload: &str, holds: impl Fn(&HashMap<String, f64>) -> bool) {
    const REPETITIONS: usize = 10;
    let mut quietest = HashMap::new();
    for _ in 0..REPETITIONS {
        for (variant, benchmark) in bench(workload, &[]) {
            let least = quietest.entry(variant).or_insert(f64::INFINITY);
            *least = least.min(quietest_ns(&benchmark));
        }
        if holds(&quietest) {
            return;
        }
    }
    panic!("not in the quietest of {REPETITIONS} repetitions: {quietest:?}");
}

/// The time of a call in the quietest of all samples.
fn quietest_ns(benchmark: &Value) -> f64 {
    let each =
        |sample: &Value| sample["elapsed_ns"].as_f64().unwrap() / sample["iterations"].as_f64().unwrap();
    benchmark["samples"].as_array().unwrap().iter().map(each).reduce(f64::min).unwrap()
}
