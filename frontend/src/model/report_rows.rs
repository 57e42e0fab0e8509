//! The report of each run as rows: what it was loaded with, what it did, and where.

use heapgym_shared::{Report, unit::Unit};

/// A part of the report: its title and its rows, with a figure for each run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What its rows are of.
    pub title: &'static str,
    /// The rows.
    pub rows: Vec<Row>,
}

/// What a row says, and of each run what that is.
pub type Row = (&'static str, Vec<String>);

/// The parts of the reports, side by side.
pub fn parts(reports: &[&Report]) -> Vec<Part> {
    let part = |title, rows: Rows| Part {
        title,
        rows: rows
            .iter()
            .map(|(title, of)| (*title, reports.iter().map(|report| of(report)).collect()))
            .collect(),
    };
    vec![
        part("Requests", REQUESTS),
        part("Response time, from the intended start", RESPONSE),
        part("Service time, from the actual start", SERVICE),
        part("Memory", MEMORY),
        part("For each request", PER_REQUEST),
        part("Environment", ENVIRONMENT),
    ]
}

type Rows = &'static [(&'static str, fn(&Report) -> String)];

const REQUESTS: Rows = &[
    ("Offered", |report| count(report.load.offered)),
    ("Completed", |report| count(report.load.completed)),
    ("Failed", |report| match report.load.failed {
        0 => count(0),
        failed => format!("{} ({})", count(failed), report.load.failed_percent()),
    }),
    ("Dropped", |report| count(report.load.dropped)),
    ("Late by more than 1 ms", |report| count(report.load.late)),
    ("Sent, in the load phase", |report| Unit::PerSecond.format(report.load.rate_per_s)),
    ("Completed, in the load phase", |report| Unit::PerSecond.format(report.load.throughput_per_s)),
];

const RESPONSE: Rows = &[
    ("p50", |report| time(report, report.response_time_ns.p50)),
    ("p90", |report| time(report, report.response_time_ns.p90)),
    ("p99", |report| time(report, report.response_time_ns.p99)),
    ("p99.9", |report| time(report, report.response_time_ns.p999)),
    ("Slowest", |report| time(report, report.response_time_ns.max)),
];

const SERVICE: Rows = &[
    ("p50", |report| time(report, report.service_time_ns.p50)),
    ("p99", |report| time(report, report.service_time_ns.p99)),
    ("Slowest", |report| time(report, report.service_time_ns.max)),
];

const MEMORY: Rows = &[
    ("Live before the load", |report| bytes(report.memory.baseline_allocated_bytes as f64)),
    ("Live, peak", |report| bytes(report.memory.allocated_peak_bytes as f64)),
    ("Held by the allocator, peak", |report| bytes(report.memory.resident_peak_bytes as f64)),
    ("RSS, peak", |report| bytes(report.memory.rss_peak_bytes as f64)),
    ("Live after recovery, above the baseline", |report| {
        report.memory.held_after_recovery_bytes.map_or_else(not_reached, |held| bytes(held as f64))
    }),
    ("Tasks, peak", |report| count(report.tasks.live_peak)),
];

const PER_REQUEST: Rows = &[
    ("Bytes", |report| each(report, |cost| bytes(cost.allocated_bytes))),
    ("Allocations", |report| each(report, |cost| Unit::Count.format(cost.allocations))),
    ("Page faults", |report| each(report, |cost| Unit::Count.format(cost.minor_faults))),
    ("CPU time", |report| each(report, |cost| Unit::Nanoseconds.format(cost.cpu_ns))),
];

const ENVIRONMENT: Rows = &[
    ("heapgym", |report| report.environment.heapgym.clone()),
    ("System", |report| report.environment.kernel.clone()),
    ("CPU", |report| {
        let environment = &report.environment;
        format!("{}, {} usable", environment.cpu, environment.cpus)
    }),
    ("CPUs of target and load", |report| {
        format!("{} and {}", report.environment.target_cpus, report.environment.load_cpus)
    }),
    ("Memory of the machine or container", |report| bytes(report.environment.memory_bytes as f64)),
    ("Allocator", |report| report.environment.allocator.clone()),
    ("Its options", |report| report.environment.allocator_options.replace(',', ", ")),
    ("Sampler", |report| {
        let sampler = &report.sampler;
        let cost = Unit::Nanoseconds.format(sampler.cpu_ns_per_sample);
        format!(
            "{cost} and {} allocations a sample, {} dropped, {} that jemalloc did not answer in time",
            sampler.allocations_per_sample,
            count(sampler.dropped),
            count(sampler.without_allocator.unwrap_or(0))
        )
    }),
];

fn each(report: &Report, of: fn(&heapgym_shared::report::PerRequest) -> String) -> String {
    report.per_request.as_ref().map_or_else(|| "no request".to_owned(), of)
}

fn not_reached() -> String {
    "not reached".to_owned()
}

fn count(number: u64) -> String {
    Unit::Count.format(number as f64)
}

/// A percentile; there is none over no completed request.
fn time(report: &Report, ns: u64) -> String {
    match report.load.completed {
        0 => "no reply".to_owned(),
        _ => Unit::Nanoseconds.format(ns as f64),
    }
}

fn bytes(number: f64) -> String {
    Unit::Bytes.format(number)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::report::Latency;

    use super::*;
    use crate::model::ending::tests::report;

    #[test]
    fn each_run_has_its_figure_in_each_row() {
        let mut slow = report();
        slow.response_time_ns = Latency { p99: 5_000_000, ..Latency::default() };
        slow.load.completed = 1;
        slow.memory.held_after_recovery_bytes = Some(-2048);
        let parts = parts(&[&report(), &slow]);
        let row = |part: &str, title: &str| {
            let part = parts.iter().find(|other| other.title.starts_with(part)).unwrap();
            part.rows.iter().find(|(other, _)| *other == title).unwrap().1.clone()
        };
        assert_eq!(row("Response", "p99"), ["no reply", "5 ms"]);
        assert_eq!(row("Memory", "Live after recovery, above the baseline"), ["not reached", "-2 KiB"]);
        assert_eq!(row("For each", "Bytes"), ["no request", "no request"]);
    }
}
