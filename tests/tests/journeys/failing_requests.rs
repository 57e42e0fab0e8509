//! What reports, thresholds, find-rate and comparisons say of a target that rejects some or all of its requests.
//!
//! `calibrate` with `reject_percent` answers an exact share of its requests with 503, at once: fast replies that must
//! not make it look fast.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use heapgym_shared::{Report, comparison::Comparison, comparison::Verdict, threshold::Passed};
use serde_json::Value;

use crate::support::heapgym;

/// A run, or a search, of a target that rejects this share of its requests, with short phases.
fn rejecting(percent: u64) -> Command {
    let mut command = heapgym();
    command.args(["run", "--workload", "calibrate", "--param", &format!("reject_percent={percent}")]);
    command.args([
        "--baseline",
        "100ms",
        "--warmup",
        "0s",
        "--recovery",
        "100ms",
        "--sample-interval",
        "50ms",
    ]);
    command
}

/// 200 requests, of which those that are not rejected take 5 ms: each hundred has its exact share of rejections.
fn run(percent: u64, directory: &Path) -> (Output, Report, PathBuf) {
    let json = directory.join(format!("{percent}.json"));
    let mut command = rejecting(percent);
    command.args(["--param", "delay_ms=5", "--profile", "fixed_iterations iterations=200 concurrency=2"]);
    let output = command.arg("--json").arg(&json).args(THRESHOLD).output().unwrap();
    let report = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    (output, report, json)
}

const THRESHOLD: [&str; 2] = ["--threshold", "response_time p(99) < 10s"];

/// The first line of a report.
fn first_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find(|line| !line.is_empty()).unwrap_or_else(|| panic!("{output:?}")).to_owned()
}

#[test]
fn a_report_says_first_how_many_requests_failed_and_times_only_the_others() {
    let directory = tempfile::tempdir().unwrap();
    for (percent, line, code) in [
        (0, "Completed: all phases ran to their end.", 0),
        (50, "Completed, but 50 % of requests failed: 100 of 200.", 0),
        (99, "Completed, but 99 % of requests failed: 198 of 200.", 0),
        (100, "Nothing completed: 200 of 200 requests failed.", 1),
    ] {
        let (output, report, _) = run(percent, directory.path());
        assert_eq!((first_line(&output).as_str(), output.status.code()), (line, Some(code)), "{percent} %");
        assert_eq!(report.load.failures.status, 2 * percent);
        assert_eq!(report.load.completed_in_load, report.load.completed, "each reply is in the rate");
        // A rejection takes no time: had it a latency, the fastest request would be faster than the delay.
        assert!(percent == 100 || report.response_time_ns.min >= 5_000_000, "{:?}", report.response_time_ns);
        let threshold = &report.thresholds[0];
        let expect = if percent == 100 { Passed::NotEvaluated } else { Passed::Yes };
        assert_eq!(threshold.passed, expect, "{percent} %");
        if percent == 100 {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(threshold.reason.as_deref(), Some("the load phase had no successful reply"));
            assert!(text.contains("response time         no successful reply"), "{text}");
            assert_eq!((report.load.throughput_per_s, report.response_time_ns.max), (0.0, 0));
        }
    }
}

#[test]
fn a_threshold_on_failures_decides_the_exit_code_when_nothing_completed_too() {
    let mut command = rejecting(100);
    command.args(["--rate", "20", "--duration", "1s", "--threshold", "failed rate < 1%"]);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(99), "{output:?}");
    let line = first_line(&output);
    assert!(line.starts_with("Nothing completed: ") && line.ends_with(" requests failed."), "{line}");
}

#[test]
fn junit_fails_a_run_of_which_nothing_completed() {
    let directory = tempfile::tempdir().unwrap();
    let junit = directory.path().join("junit.xml");
    let mut command = rejecting(100);
    let output = command.args(["--rate", "20", "--duration", "1s", "--junit"]).arg(&junit).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("type=\"nothing_completed\"") && xml.contains("failures=\"1\""), "{xml}");
}

#[test]
fn a_rate_does_not_hold_when_its_requests_fail() {
    for (percent, rate, starts, contains, code) in [
        (0, "2", "Holds at ", "", 0),
        (50, "2", "Does not hold, not even at 0.1/s, because ", " of requests failed: ", 99),
        (99, "200", "Does not hold, not even at 0.1/s, because ", " of requests failed: ", 99),
        (100, "0.4", "Cannot tell: no request completed at any rate; 100 % of requests failed: ", "", 1),
    ] {
        let mut command = rejecting(percent);
        command.args(["--rate", rate, "--duration", "1s", "--find-rate", "response_time p(99) < 10s"]);
        if percent == 0 {
            // One rate is enough to see that it holds: the next one is out of reach.
            command.args(["--find-rate", "offered count < 3"]);
        }
        let output = command.output().unwrap();
        let line = first_line(&output);
        assert!(line.starts_with(starts) && line.contains(contains), "{percent} %: {output:?}");
        assert_eq!(output.status.code(), Some(code), "{percent} %: {output:?}");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("at most 1 % of them fail"), "the allowed share is shown: {text}");
    }
}

#[test]
fn a_comparison_never_prefers_the_side_that_fails_more() {
    let directory = tempfile::tempdir().unwrap();
    let runs = [0, 50, 99, 100].map(|percent| (percent, run(percent, directory.path()).2));
    for (percent_a, a) in &runs {
        for (percent_b, b) in &runs {
            let json = directory.path().join("comparison.json");
            let mut command = heapgym();
            let output = command.arg("compare").args([a, b]).arg("--json").arg(&json).output().unwrap();
            let comparison: Comparison = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
            let (verdict, code) = match percent_a.cmp(percent_b) {
                std::cmp::Ordering::Less => (Verdict::Regressed, 99),
                std::cmp::Ordering::Greater => (Verdict::Improved, 0),
                std::cmp::Ordering::Equal if *percent_a == 100 => (Verdict::CannotTell, 1),
                std::cmp::Ordering::Equal => (Verdict::Unchanged, 0),
            };
            let sides = format!("{percent_a} % and {percent_b} %: {comparison:#?}");
            assert_eq!((comparison.verdict, output.status.code()), (verdict, Some(code)), "{sides}");
            let line = first_line(&output);
            let says = line.contains("requests failed or dropped (")
                || line.contains("Requests failed or dropped: ");
            assert!(says || (*percent_a, *percent_b) == (0, 0), "{line}");
            let latency = comparison.deltas.iter().find(|delta| delta.measure == "response_time_p50_ns");
            if percent_a != percent_b {
                let latency = latency.unwrap();
                assert_eq!((latency.verdict, latency.change), (Verdict::CannotTell, None), "{sides}");
            }
        }
    }
}

#[test]
fn a_rate_counts_what_completed_within_the_load_phase() {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("run.json");
    let mut command = rejecting(0);
    // Of the requests of one second, those that are sent in its last 600 ms are answered in the drain.
    command.args(["--param", "delay_ms=600", "--rate", "50", "--duration", "1s", "--json"]).arg(&json);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    let load = |field: &str| report["load"][field].as_f64().unwrap();
    assert_eq!(load("completed"), load("started"));
    assert!(load("completed_in_load") < load("completed"), "{report:#}");
    let rate = load("completed_in_load") / load("duration_ns") * 1e9;
    assert!((load("throughput_per_s") - rate).abs() < 1e-6, "{report:#}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(" completed within the load phase of 1 s"), "{text}");
}
