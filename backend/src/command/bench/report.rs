//! Benchmarks as JSON: every sample, and what they say together.

use std::time::Duration;

use heapgym_shared::{Outcome, report, workload::Workload};
use serde::Serialize;

use crate::{bench::BenchSample, statistics::Statistics};

/// Changes when a field changes its meaning.
const SCHEMA: u32 = 1;

/// All benchmarks of one call.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    schema: u32,
    pub(super) environment: Environment,
    /// About how long each round was.
    benchtime_ms: f64,
    /// Rounds of each benchmark.
    count: u32,
    pub(super) benchmarks: Vec<Benchmark>,
}

/// Where they took place.
#[derive(Debug, Serialize)]
pub(super) struct Environment {
    heapgym: String,
    kernel: String,
    pub(super) cpu: String,
    cpus: u32,
    memory_bytes: u64,
    pub(super) allocator: String,
    pub(super) allocator_options: String,
}

/// One variant.
#[derive(Debug, Serialize)]
pub(super) struct Benchmark {
    workload: Workload,
    variant: String,
    pub(super) outcome: Outcome,
    /// Of all samples together; `None` without samples.
    per_op: Option<PerOp>,
    /// In the order they were taken. The warm-up is not among them.
    samples: Vec<BenchSample>,
}

/// What one call takes.
#[derive(Debug, Serialize)]
struct PerOp {
    iterations: u64,
    /// Statistics of the samples' mean times.
    ns: Statistics,
    allocated_bytes: f64,
    allocations: f64,
    minor_faults: f64,
}

impl Report {
    pub(super) fn new(place: report::Environment, benchtime: Duration, count: u32) -> Self {
        let environment = Environment {
            heapgym: place.heapgym,
            kernel: place.kernel,
            cpu: place.cpu,
            cpus: place.cpus,
            memory_bytes: place.memory_bytes,
            allocator: String::new(),
            allocator_options: String::new(),
        };
        let benchtime_ms = benchtime.as_secs_f64() * 1e3;
        Self { schema: SCHEMA, environment, benchtime_ms, count, benchmarks: Vec::new() }
    }
}

impl Benchmark {
    pub(super) fn new(
        workload: Workload,
        variant: String,
        outcome: Outcome,
        samples: Vec<BenchSample>,
    ) -> Self {
        Self { workload, variant, outcome, per_op: PerOp::of(&samples), samples }
    }
}

impl PerOp {
    fn of(samples: &[BenchSample]) -> Option<Self> {
        let times: Vec<f64> =
            samples.iter().map(|sample| sample.elapsed_ns as f64 / sample.iterations as f64).collect();
        let ns = Statistics::of(&times)?;
        let sum = |count: fn(&BenchSample) -> u64| samples.iter().map(count).sum::<u64>();
        let iterations = sum(|sample| sample.iterations);
        let each = |count| sum(count) as f64 / iterations as f64;
        Some(Self {
            iterations,
            ns,
            allocated_bytes: each(|sample| sample.allocated_bytes),
            allocations: each(|sample| sample.allocations),
            minor_faults: each(|sample| sample.minor_faults),
        })
    }
}
