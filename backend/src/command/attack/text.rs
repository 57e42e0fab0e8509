//! The report of an attack as text, in wrk's manner.

use std::fmt::Write;

use hdrhistogram::Histogram;
use heapgym_shared::{Outcome, load::LoadProfile, report::LoadSummary, unit::Unit};
use serde_json::Value;

use super::Report;

const QUANTILES: [(&str, f64); 5] =
    [("p50", 0.5), ("p75", 0.75), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999)];

/// The report. Its first line says when it ended early or requests failed; its last two are read by scripts as wrk's.
pub(super) fn text(report: &Report<'_>) -> String {
    let load = &report.done.load;
    let summary = &load.summary;
    let duration = time(summary.duration_ns);
    let profile = profile(&report.plan.load.profile);
    let mut text = verdict(report).map(|verdict| verdict + "\n").unwrap_or_default();
    let _ = writeln!(text, "{duration} of {profile} on {}", report.uri);
    let mut line = |words: String| {
        let _ = writeln!(text, "  {words}"); // writing to a String does not fail
    };

    let names: String = QUANTILES.iter().map(|(name, _)| format!("{name:>10}")).collect();
    line(format!("{:<14}{names}{:>10}", "latency", "max"));
    let latencies = &report.done.latencies;
    line(format!("{:<14}{}", "response_time", row(latencies.response_time())));
    line(format!("{:<14}{}", "service_time", row(latencies.service_time())));

    let whole_ns = load.drained_ns.saturating_sub(report.load_began_ns());
    let bytes = Unit::Bytes.format(report.done.body_bytes as f64);
    line(format!("{} requests in {}, {bytes} of bodies read", count(summary.started), time(whole_ns)));
    line(format!("{} completed, {} failed", count(summary.completed), count(summary.failed)));
    for reason in &report.done.failure_reasons {
        line(format!("  {reason}"));
    }
    if summary.resent > 0 {
        let why = "the server had closed their connection before it replied";
        line(format!("{} sent a second time: {why}", count(summary.resent)));
    }
    line(format!("{} dropped, {} late", count(summary.dropped), count(summary.late)));
    for result in report.thresholds {
        line(format!("{:<6}{}  {}", result.passed.mark(), result.threshold, result.sentence()));
    }
    let all_came_later = summary.completed > 0 && summary.throughput_per_s == 0.0;
    let why = if all_came_later { "  (all replies came after the load phase)" } else { "" };
    let _ = writeln!(text, "Requests/sec: {:>12.2}{why}", summary.throughput_per_s);
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

/// What a reader must know first: that it ended early, that requests failed, or that there was nothing to measure.
fn verdict(report: &Report<'_>) -> Option<String> {
    match (ended_early(report), what_failed(&report.done.load.summary)) {
        (Some(ended), Some(failed)) => Some(format!("{ended} {failed}.")),
        (ended, failed) => ended.or(failed),
    }
}

/// Why the load ended before its time, as a sentence.
fn ended_early(report: &Report<'_>) -> Option<String> {
    if report.interrupted {
        return Some("Stopped on request.".to_owned());
    }
    if let Some(in_flight) = report.done.load.saturated {
        return Some(Outcome::Saturated { in_flight }.sentence());
    }
    let aborted = report.thresholds.iter().find(|result| result.aborted)?;
    Some(format!("Stopped: the threshold `{}` failed.", aborted.threshold))
}

/// How many requests failed, if any did.
fn what_failed(summary: &LoadSummary) -> Option<String> {
    match summary.completed {
        0 => Some(format!("Nothing completed: {}", summary.why_nothing_completed())),
        _ => summary.failed_words().map(capitalized),
    }
}

/// The text as the beginning of a line.
fn capitalized(mut text: String) -> String {
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
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
    use heapgym_shared::{
        report::FailureReason,
        threshold::{Passed, ThresholdResult},
    };

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
    fn the_first_line_says_how_many_requests_failed() {
        let first = |completed, failed| {
            let mut sketch = Sketch::default();
            sketch.done.load.summary = LoadSummary { completed, failed, ..Default::default() };
            verdict(&sketch.report())
        };
        assert_eq!(first(16_362, 0), None);
        assert_eq!(first(0, 16_362).unwrap(), "Nothing completed: 16,362 of 16,362 requests failed");
        assert_eq!(first(0, 0).unwrap(), "Nothing completed: no request was sent");
        assert_eq!(first(500, 500).unwrap(), "50 % of requests failed: 500 of 1,000");
        assert_eq!(first(10, 990).unwrap(), "99 % of requests failed: 990 of 1,000");
        assert_eq!(first(1, 999_999).unwrap(), "More than 99.9 % of requests failed: 999,999 of 1,000,000");
        assert_eq!(first(999_999, 1).unwrap(), "Less than 0.1 % of requests failed: 1 of 1,000,000");
    }

    #[test]
    fn the_first_line_says_why_a_load_ended_early() {
        let mut sketch = one_request();
        let mut report = sketch.report();
        report.interrupted = true;
        assert!(text(&report).starts_with("Stopped on request.\n1 s of "), "{}", text(&report));
        sketch.done.load.summary.failed = 1;
        let mut report = sketch.report();
        report.interrupted = true;
        assert_eq!(verdict(&report).unwrap(), "Stopped on request. 50 % of requests failed: 1 of 2.");

        let aborted = ThresholdResult {
            threshold: "failed count == 0 abort_on_fail".parse().unwrap(),
            value: Some(1.0),
            unit: Unit::Count,
            passed: Passed::No,
            reason: None,
            first_failed_ns: None,
            aborted: true,
        };
        let mut report = sketch.report();
        report.thresholds = std::slice::from_ref(&aborted);
        let first = verdict(&report).unwrap();
        assert!(
            first.starts_with("Stopped: the threshold `failed count == 0 abort_on_fail` failed. "),
            "{first}"
        );

        sketch.done.load.saturated = Some(1);
        let first = verdict(&sketch.report()).unwrap();
        assert!(first.starts_with("Saturated: 1 request was in flight"), "{first}");
    }

    #[test]
    fn a_rate_of_zero_beside_completed_requests_says_why() {
        let mut sketch = one_request();
        sketch.done.load.summary.throughput_per_s = 0.0;
        let text = text(&sketch.report());
        let line = "Requests/sec:         0.00  (all replies came after the load phase)";
        assert!(text.lines().any(|it| it == line), "{text}");
    }

    #[test]
    fn each_reason_has_a_line_with_its_count() {
        let mut sketch = one_request();
        (sketch.done.load.summary.failed, sketch.done.load.summary.resent) = (1_503, 7);
        let reason = |kind: &str, reason: &str, count| FailureReason {
            kind: kind.into(),
            reason: reason.into(),
            count,
        };
        sketch.done.failure_reasons =
            vec![reason("status", "403", 1_500), reason("malformed", "a chunk size is not hexadecimal", 3)];
        let text = text(&sketch.report());
        for line in [
            "  1 completed, 1,503 failed",
            "    status 403: 1,500",
            "    malformed: 3 (a chunk size is not hexadecimal)",
            "  7 sent a second time: the server had closed their connection before it replied",
        ] {
            assert!(text.lines().any(|it| it == line), "{line} in {text}");
        }
    }
}
