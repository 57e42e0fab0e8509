//! The report of an attack as JSON: vegeta's fields, and ours under a key of their own.
//!
//! `latencies` is the response time: from the intended instant, which is what vegeta's tool would measure if
//! it never fell behind. `duration` is the load phase and `wait` the drain after it, so that `rate` and
//! `throughput` stay meaningful for a single request.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use hdrhistogram::Histogram;
use heapgym_shared::{
    report::{FailureReason, Failures, Latency},
    threshold::ThresholdResult,
};
use http::StatusCode;
use serde::Serialize;

use super::Report;

/// vegeta's report, field by field.
#[derive(Debug, Serialize)]
pub(super) struct VegetaReport<'a> {
    latencies: Latencies,
    bytes_in: Bytes,
    bytes_out: Bytes,
    /// RFC 3339, as the next two.
    earliest: String,
    latest: String,
    end: String,
    /// Nanoseconds, as the next one.
    duration: u64,
    wait: u64,
    /// Sent ones.
    requests: u64,
    /// Sent per second of `duration`.
    rate: f64,
    /// Successful per second of `duration` and `wait`.
    throughput: f64,
    /// Share of the requests with a status from 200 to 399, 0 to 1.
    success: f64,
    /// Requests by status; `0` for those without a reply.
    status_codes: BTreeMap<String, u64>,
    /// What failed in some request, each once.
    errors: Vec<String>,
    heapgym: Extra<'a>,
}

/// A distribution of nanoseconds.
#[derive(Debug, Serialize)]
struct Latencies {
    total: u64,
    mean: u64,
    #[serde(rename = "50th")]
    p50: u64,
    #[serde(rename = "90th")]
    p90: u64,
    #[serde(rename = "95th")]
    p95: u64,
    #[serde(rename = "99th")]
    p99: u64,
    max: u64,
    min: u64,
}

/// Bytes of bodies.
#[derive(Debug, Serialize)]
struct Bytes {
    total: u64,
    mean: f64,
}

/// What vegeta has no word for.
#[derive(Debug, Serialize)]
struct Extra<'a> {
    offered: u64,
    dropped: u64,
    late: u64,
    /// Requests that were sent a second time, since their reused connection ended before the first byte of a reply.
    resent: u64,
    failures: Failures,
    /// Each reason with its count, the most frequent first.
    failure_reasons: &'a [FailureReason],
    /// Nanoseconds from the actual start, in the shape of `latencies`.
    service_time: Latencies,
    /// Nanoseconds from the intended to the actual start.
    lateness: Latency,
    /// Whether a signal ended the load early.
    interrupted: bool,
    /// Requests in flight when the load was aborted as saturated.
    saturated: Option<u64>,
    /// What became of each `--threshold`.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    thresholds: &'a [ThresholdResult],
}

impl<'a> From<&Report<'a>> for VegetaReport<'a> {
    fn from(report: &Report<'a>) -> Self {
        let (done, load) = (report.done, &report.done.load);
        let summary = &load.summary;
        let requests = summary.started;
        let instant = |elapsed_ns: u64| rfc3339(report.began_at + Duration::from_nanos(elapsed_ns));
        Self {
            latencies: Latencies::from(done.latencies.response_time()),
            bytes_in: Bytes { total: done.body_bytes, mean: share(done.body_bytes, requests) },
            bytes_out: Bytes { total: 0, mean: 0.0 }, // requests have no body
            earliest: instant(report.load_began_ns()),
            latest: instant(load.load_ended_ns),
            end: instant(load.drained_ns),
            duration: summary.duration_ns,
            wait: load.drained_ns.saturating_sub(load.load_ended_ns),
            requests,
            rate: summary.rate_per_s,
            throughput: summary.throughput_per_s,
            success: share(summary.completed, requests),
            status_codes: status_codes(report),
            errors: errors(report),
            heapgym: Extra {
                offered: summary.offered,
                dropped: summary.dropped,
                late: summary.late,
                resent: summary.resent,
                failures: summary.failures,
                failure_reasons: &report.done.failure_reasons,
                service_time: Latencies::from(done.latencies.service_time()),
                lateness: load.lateness,
                interrupted: report.interrupted,
                saturated: load.saturated,
                thresholds: report.thresholds,
            },
        }
    }
}

impl From<&Histogram<u64>> for Latencies {
    fn from(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile);
        let mean = histogram.mean();
        Self {
            total: (mean * histogram.len() as f64).round() as u64,
            mean: mean.round() as u64,
            p50: at(0.5),
            p90: at(0.9),
            p95: at(0.95),
            p99: at(0.99),
            max: if histogram.is_empty() { 0 } else { histogram.max() }, // undefined when empty
            min: histogram.min(),
        }
    }
}

fn status_codes(report: &Report<'_>) -> BTreeMap<String, u64> {
    let failures = &report.done.load.summary.failures;
    let unanswered = Some((0, failures.total() - failures.status)).filter(|(_, count)| *count > 0);
    let answered = report.done.statuses.iter();
    unanswered.into_iter().chain(answered).map(|(code, count)| (code.to_string(), count)).collect()
}

/// What failed in some request, a status in the words of its code.
fn errors(report: &Report<'_>) -> Vec<String> {
    let reasons = report.done.failure_reasons.iter();
    reasons
        .map(
            |it| if it.kind == "status" { status(&it.reason) } else { format!("{}: {}", it.kind, it.reason) },
        )
        .collect()
}

/// A status such as `404 Not Found`.
fn status(code: &str) -> String {
    let known = code.parse::<StatusCode>().ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| code.to_owned(), |reason| format!("{code} {reason}"))
}

fn rfc3339(instant: SystemTime) -> String {
    humantime::format_rfc3339_nanos(instant).to_string()
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        super::tests::{Sketch, one_request},
        *,
    };

    fn value(sketch: &Sketch) -> Value {
        serde_json::to_value(VegetaReport::from(&sketch.report())).unwrap()
    }

    fn keys(value: &Value) -> Vec<&str> {
        let mut keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
        keys.sort_unstable();
        keys
    }

    /// As in the JSON tags of vegeta's `lib/metrics.go`; `buckets` is left out there too unless asked for.
    #[test]
    fn the_fields_are_those_of_vegeta_and_one_of_ours() {
        let report = value(&one_request());
        let mut fields = [
            "latencies",
            "bytes_in",
            "bytes_out",
            "earliest",
            "latest",
            "end",
            "duration",
            "wait",
            "requests",
            "rate",
            "throughput",
            "success",
            "status_codes",
            "errors",
            "heapgym",
        ];
        fields.sort_unstable();
        assert_eq!(keys(&report), fields);
        let mut latencies = ["total", "mean", "50th", "90th", "95th", "99th", "max", "min"];
        latencies.sort_unstable();
        assert_eq!(keys(&report["latencies"]), latencies);
        assert_eq!(keys(&report["heapgym"]["service_time"]), latencies);
        assert_eq!(keys(&report["bytes_in"]), ["mean", "total"]);
        assert_eq!(keys(&report["bytes_out"]), ["mean", "total"]);
    }

    #[test]
    fn one_request_is_all_of_them() {
        let report = value(&one_request());
        assert_eq!((&report["requests"], &report["success"]), (&json!(1), &json!(1.0)));
        assert_eq!((&report["rate"], &report["throughput"]), (&json!(1.0), &json!(1.0)));
        assert_eq!((&report["duration"], &report["wait"]), (&json!(1_000_000_000), &json!(2_000_000)));
        assert_eq!(report["bytes_in"], json!({"total": 1024, "mean": 1024.0}));
        assert_eq!(report["status_codes"], json!({"200": 1}));
        assert_eq!(report["errors"], json!([]));
        let latencies = &report["latencies"];
        assert_eq!((&latencies["total"], &latencies["99th"]), (&latencies["mean"], &latencies["max"]));
        assert!(latencies["min"].as_u64() <= latencies["mean"].as_u64());
        assert_eq!(report["earliest"], "1970-01-01T00:00:01.500000000Z");
        assert_eq!(report["latest"], "1970-01-01T00:00:02.500000000Z");
        assert_eq!(report["end"], "1970-01-01T00:00:02.502000000Z");
    }

    #[test]
    fn no_request_has_zeros_and_no_nulls() {
        let report = value(&Sketch::default());
        assert_eq!(report["status_codes"], json!({}));
        for field in ["rate", "throughput", "success"] {
            assert_eq!(report[field], json!(0.0), "{field}"); // serde writes NaN as null
        }
        assert_eq!(report["bytes_in"]["mean"], json!(0.0));
        for (field, figure) in report["latencies"].as_object().unwrap() {
            assert_eq!(figure, &json!(0), "{field}");
        }
    }

    #[test]
    fn failures_have_code_zero_or_their_own() {
        let mut sketch = one_request();
        let failures = Failures { timeout: 2, closed: 1, status: 4, ..Default::default() };
        sketch.done.load.summary.failures = failures;
        sketch.done.load.summary.started = 8;
        [404, 404, 503, 599].into_iter().for_each(|code| sketch.done.statuses.count(code));
        let reason = |kind: &str, reason: &str, count| FailureReason {
            kind: kind.into(),
            reason: reason.into(),
            count,
        };
        sketch.done.failure_reasons = vec![
            reason("status", "404", 2),
            reason("timeout", "no full reply within the timeout", 2),
            reason("status", "599", 1),
        ];
        let report = value(&sketch);
        assert_eq!(report["status_codes"], json!({"0": 3, "200": 1, "404": 2, "503": 1, "599": 1}));
        assert_eq!(report["success"], json!(0.125));
        assert_eq!(
            report["heapgym"]["failure_reasons"][0],
            json!({"kind": "status", "reason": "404", "count": 2})
        );
        let errors = ["404 Not Found", "timeout: no full reply within the timeout", "599"];
        assert_eq!(report["errors"], json!(errors));
    }
}
