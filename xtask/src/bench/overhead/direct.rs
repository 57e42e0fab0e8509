//! A handler called directly, by `heapgym bench`.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{Builds, Handler};
use crate::bench::processors::{Processors, Side};

/// What a call takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Call {
    /// In the quietest sample.
    pub(super) ns: f64,
    /// As counted; 0 where nothing is counted.
    pub(super) allocations: f64,
}

/// What is read of the report.
#[derive(Debug, Deserialize)]
struct Report {
    benchmarks: [Benchmark; 1],
}

#[derive(Debug, Deserialize)]
struct Benchmark {
    per_op: PerOp,
    samples: Vec<Sample>,
}

#[derive(Debug, Deserialize)]
struct PerOp {
    allocations: f64,
}

#[derive(Debug, Deserialize)]
struct Sample {
    iterations: u64,
    elapsed_ns: u64,
}

impl Call {
    /// A round of a tenth of a second, after a warm-up that is as long: pairs that follow each other quickly meet the
    /// same neighbours.
    pub(super) fn measure(
        builds: &Builds,
        counting: bool,
        processors: Processors,
        handler: Handler,
    ) -> Result<Self> {
        let mut bench = builds.command(if counting { "on" } else { "off" });
        bench.args(["bench", handler.workload, "--variant", handler.variant]);
        bench.args(["--benchtime", "100ms", "--count", "1", "--json", "-"]);
        handler.parameters.iter().for_each(|parameter| {
            bench.args(["--param", parameter]);
        });
        bench.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let output = processors.spawn(Side::Target, &mut bench)?.wait_with_output()?;
        ensure!(output.status.success(), "`heapgym bench` of {} ended with {}", handler.name, output.status);
        let call = Self::read(&output.stdout)?;
        ensure!(counting == (call.allocations > 0.0), "the switch of the counting does nothing");
        Ok(call)
    }

    fn read(printed: &[u8]) -> Result<Self> {
        let report: Report = serde_json::from_slice(printed).context("a report of `bench` cannot be read")?;
        let [Benchmark { per_op, samples }] = report.benchmarks;
        let each = samples.iter().map(|sample| sample.elapsed_ns as f64 / sample.iterations as f64);
        let ns = each.reduce(f64::min).context("a report of `bench` has no samples")?;
        Ok(Self { ns, allocations: per_op.allocations })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quietest_sample_counts() {
        let report = br#"{"schema": 1, "benchmarks": [{"per_op": {"allocations": 7.0, "ns": {}}, "samples": [
            {"iterations": 10, "elapsed_ns": 500}, {"iterations": 10, "elapsed_ns": 410}, {"iterations": 10, "elapsed_ns": 900}
        ]}]}"#;
        assert_eq!(Call::read(report).unwrap(), Call { ns: 41.0, allocations: 7.0 });
        assert!(Call::read(br#"{"benchmarks": []}"#).is_err());
    }
}
