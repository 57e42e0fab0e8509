//! The report of an attack as text, in wrk's manner.

use std::fmt::Write;

use hdrhistogram::Histogram;
use heapgym_shared::{
    load::LoadProfile,
    report::{Failures, LoadSummary},
    unit::Unit,
};
use serde_json::Value;

use super::Report;

const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// The report; its last two lines are read by scripts as wrk's.
pub(super) fn text(report: &Report<'_>) -> String {
    let load = &report.done.load;
    let summary = &load.summary;
    let duration = time(summary.duration_ns);
    let profile = profile(&report.plan.load.profile);
    let mut text = format!("{duration} of {profile} on {}\n", report.uri);
    let mut line = |words: String| {
        let _ = writeln!(text, "  {words}"); // writing to a String does not fail
    };
    if report.interrupted {
        line("stopped early, as it was asked to".to_owned());
    }
    if let Some(in_flight) = load.saturated {
        line(format!("saturated: ended early with {} requests in flight", count(in_flight)));
    }

    let names: String = QUANTILES.iter().map(|(name, _)| format!("{name:>10}")).collect();
    line(format!("{:<14}{names}{:>10}", "latency", "max"));
    let latencies = &report.done.latencies;
    line(format!("{:<14}{}", "response_time", row(latencies.response_time())));
    line(format!("{:<14}{}", "service_time", row(latencies.service_time())));

    let whole_ns = load.drained_ns.saturating_sub(report.load_began_ns());
    let bytes = Unit::Bytes.format(report.done.body_bytes as f64);
    line(format!("{} requests in {}, {bytes} of bodies read", count(summary.started), time(whole_ns)));
    line(format!("{} completed, {}", count(summary.completed), failed(summary)));
    line(format!("{} dropped, {} late", count(summary.dropped), count(summary.late)));
    let _ = writeln!(text, "Requests/sec: {:>12.2}", summary.throughput_per_s);
    let _ = write!(
        text,
        "Transfer/sec: {:>12}",
        Unit::Bytes.format(per_second(report.done.body_bytes, whole_ns))
    );
    text
}

/// One distribution in the columns of the table; dashes where nothing ended.
fn row(histogram: &Histogram<u64>) -> String {
    let quantiles = QUANTILES.iter().map(|(_, quantile)| histogram.value_at_quantile(*quantile));
    let values = quantiles.chain([histogram.max()]);
    values.map(|ns| format!("{:>10}", if histogram.is_empty() { "-".to_owned() } else { time(ns) })).collect()
}

/// The failures, with the kinds that happened.
fn failed(summary: &LoadSummary) -> String {
    let Failures { connect, closed, timeout, status, malformed, abandoned } = summary.failures;
    let kinds: Vec<_> = [
        ("connect", connect),
        ("closed", closed),
        ("timeout", timeout),
        ("status", status),
        ("malformed", malformed),
        ("abandoned", abandoned),
    ]
    .into_iter()
    .filter(|(_, failed)| *failed > 0)
    .map(|(kind, failed)| format!("{kind} {}", count(failed)))
    .collect();
    let total = format!("{} failed", count(summary.failed));
    if kinds.is_empty() { total } else { format!("{total}: {}", kinds.join(", ")) }
}

/// A profile by its own words, such as `constant_arrival_rate (rate 200, duration_ms 20000)`.
fn profile(profile: &LoadProfile) -> String {
    let Ok(Value::Object(mut fields)) = serde_json::to_value(profile) else { return String::new() };
    let kind = fields.remove("kind");
    let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name} {value}")).collect();
    format!("{} ({})", kind.as_ref().and_then(Value::as_str).unwrap_or_default(), fields.join(", "))
}

fn per_second(total: u64, elapsed_ns: u64) -> f64 {
    if elapsed_ns == 0 { 0.0 } else { total as f64 * 1e9 / elapsed_ns as f64 }
}

fn count(value: u64) -> String {
    Unit::Count.format(value as f64)
}

fn time(ns: u64) -> String {
    Unit::Nanoseconds.format(ns as f64)
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{Sketch, one_request},
        *,
    };

    #[test]
    fn no_request_reads_as_dashes_and_zeros() {
        let text = text(&Sketch::default().report());
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(text.contains("response_time          -") && text.contains("0 requests in 0 ns"), "{text}");
        assert!(text.contains("0 completed, 0 failed\n") && text.contains("0 dropped, 0 late"), "{text}");
        assert!(text.ends_with("Requests/sec:         0.00\nTransfer/sec:          0 B"), "{text}");
    }

    #[test]
    fn one_request_fills_every_column() {
        let text = text(&one_request().report());
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        let load = text.lines().next().unwrap();
        assert!(load.starts_with("1 s of constant_arrival_rate (") && load.contains("rate 1.0"), "{text}");
        assert!(load.ends_with(" on http://127.0.0.1:81/"), "{text}");
        let row = |name: &str| text.lines().find(|line| line.trim().starts_with(name)).unwrap();
        assert_eq!(row("response_time").matches("2 ms").count(), 6, "{text}");
        assert_eq!(row("service_time").matches("1 ms").count(), 6, "{text}");
        assert!(text.contains("1 requests in 1 s, 1 KiB of bodies read"), "{text}");
        assert!(text.ends_with("Requests/sec:         1.00\nTransfer/sec:        1 KiB"), "{text}");
    }

    #[test]
    fn failures_are_told_by_their_kinds() {
        let failures = Failures { timeout: 1_500, status: 2, ..Default::default() };
        let summary = LoadSummary { failed: 1_502, failures, ..Default::default() };
        assert_eq!(failed(&summary), "1,502 failed: timeout 1,500, status 2");
    }
}
