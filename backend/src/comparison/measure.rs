//! What of two runs is compared: one entry a measure.

use heapgym_shared::{Report, comparison::UNANSWERED_SHARE, unit::Unit};

/// A figure of a report that is compared.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    /// Its name in files.
    pub id: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Whether less of it is better.
    pub less_is_better: bool,
    /// The least change worth a word, as a share: below it two runs are called alike however exactly they were
    /// measured.
    pub least: f64,
    /// What single runs on a machine that does other things were seen to differ by, as a share: the noise of one pair,
    /// for which it cannot be measured; that of several is bound to it.
    pub assumed: f64,
    /// The smallest figure of interest: two figures much below it are alike whatever their ratio.
    pub smallest: f64,
    /// Whether it covers completed requests only: of two sides of which one fails more, it covers different requests.
    pub is_of_successes: bool,
    /// Whether it counts the requests that did not complete.
    pub is_of_failures: bool,
    /// The figure; `None` for a report that has none.
    pub of: fn(&Report) -> Option<f64>,
}

/// All measures.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "throughput_per_s",
        title: "Throughput",
        unit: Unit::PerSecond,
        less_is_better: false,
        least: 0.05,
        assumed: 0.3,
        smallest: 1.0,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.load.throughput_per_s),
    },
    Measure {
        id: "response_time_p50_ns",
        title: "Median response time",
        unit: Unit::Nanoseconds,
        less_is_better: true,
        least: 0.05,
        assumed: 0.3,
        smallest: 50_000.0,
        is_of_successes: true,
        is_of_failures: false,
        of: |report| answered(report).then_some(report.response_time_ns.p50 as f64),
    },
    Measure {
        id: "response_time_p99_ns",
        title: "99th percentile of response time",
        unit: Unit::Nanoseconds,
        less_is_better: true,
        least: 0.1,
        assumed: 1.0,
        smallest: 200_000.0,
        is_of_successes: true,
        is_of_failures: false,
        of: |report| answered(report).then_some(report.response_time_ns.p99 as f64),
    },
    Measure {
        id: UNANSWERED_SHARE,
        title: "Requests failed or dropped",
        unit: Unit::Percent,
        less_is_better: true,
        least: 0.1,
        assumed: 0.5,
        smallest: 0.1,
        is_of_successes: false,
        is_of_failures: true,
        of: |report| {
            let unanswered = report.load.failed + report.load.dropped;
            (report.load.offered > 0).then(|| unanswered as f64 / report.load.offered as f64 * 100.0)
        },
    },
    Measure {
        id: "cpu_ns_per_request",
        title: "CPU time per request",
        unit: Unit::Nanoseconds,
        less_is_better: true,
        least: 0.05,
        assumed: 0.3,
        smallest: 2_000.0,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.per_request?.cpu_ns),
    },
    Measure {
        id: "allocated_bytes_per_request",
        title: "Bytes allocated per request",
        unit: Unit::Bytes,
        less_is_better: true,
        least: 0.02,
        assumed: 0.05,
        smallest: 64.0,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.per_request?.allocated_bytes),
    },
    Measure {
        id: "allocations_per_request",
        title: "Allocations per request",
        unit: Unit::Count,
        less_is_better: true,
        least: 0.02,
        assumed: 0.05,
        smallest: 0.5,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.per_request?.allocations),
    },
    Measure {
        id: "minor_faults_per_request",
        title: "Page faults per request",
        unit: Unit::Count,
        less_is_better: true,
        least: 0.1,
        assumed: 0.5,
        smallest: 0.1,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.per_request?.minor_faults),
    },
    Measure {
        id: "resident_peak_bytes",
        title: "Peak of resident memory",
        unit: Unit::Bytes,
        less_is_better: true,
        least: 0.1,
        assumed: 0.3,
        smallest: (8 << 20) as f64,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| Some(report.memory.resident_peak_bytes as f64),
    },
    Measure {
        id: "held_after_recovery_bytes",
        title: "Live memory held after recovery",
        unit: Unit::Bytes,
        less_is_better: true,
        least: 0.1,
        assumed: 0.3,
        smallest: (8 << 20) as f64,
        is_of_successes: false,
        is_of_failures: false,
        of: |report| report.memory.held_after_recovery_bytes.map(|held| held.max(0) as f64),
    },
];

fn answered(report: &Report) -> bool {
    report.load.completed > 0
}
