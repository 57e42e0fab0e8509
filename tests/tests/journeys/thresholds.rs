//! Thresholds from the command line: exit codes, JSON, JUnit, and a run that is stopped by one.

use std::{fs, process::Output};

use heapgym_shared::{Outcome, Report, threshold::Passed};
use quick_junit::{NonSuccessKind, TestCaseStatus};
use serde_json::Value;

use crate::support::heapgym;

/// 50 requests a second for a second, unless the flags say otherwise, with these thresholds.
fn run(thresholds: &[&str], flags: &[&str]) -> Output {
    let mut command = heapgym();
    command.args(["run", "--param", "payload_bytes=1KiB", "--baseline", "200ms", "--warmup", "200ms"]);
    command.args(["--recovery", "300ms", "--sample-interval", "50ms"]);
    if !flags.contains(&"--duration") {
        command.args(["--rate", "50", "--duration", "1s"]);
    }
    for threshold in thresholds {
        command.args(["--threshold", threshold]);
    }
    command.args(flags).output().unwrap()
}

#[track_caller]
fn report(output: &Output) -> Report {
    let words = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {words}"))
}

/// Names of the test cases, and what became of those that did not succeed.
fn cases(xml: &str) -> Vec<(String, Option<String>)> {
    let report = quick_junit::Report::deserialize_from_str(xml).unwrap();
    let status = |status: &TestCaseStatus| match status {
        TestCaseStatus::Success { .. } => None,
        TestCaseStatus::NonSuccess { kind: NonSuccessKind::Failure, message, .. } => {
            Some(message.as_ref().unwrap().to_string())
        }
        other => panic!("{other:?}"),
    };
    let cases = report.test_suites.iter().flat_map(|suite| &suite.test_cases);
    cases.map(|case| (case.name.to_string(), status(&case.status))).collect()
}

#[test]
fn a_run_that_holds_its_thresholds_exits_0() {
    let directory = tempfile::tempdir().unwrap();
    let junit = directory.path().join("junit.xml");
    let thresholds = [
        "offered count == 50",
        "failed count == 0",
        "completed rate >= 80%", // what is due last may find a busy machine
        "rate >= 40/s",
        "response_time p(99) < 10s",
        "service_time max < 10s over 200ms",
        "rss max < 1GiB over 200ms",
        "live_tasks last < 1000 [recovery]",
        "held_after_recovery < 64MiB",
        "allocations_per_request > 0",
    ];
    let output = run(&thresholds, &["--json", "-", "--junit", junit.to_str().unwrap()]);
    let report = report(&output);
    assert_eq!(output.status.code(), Some(0), "{:#?}", report.thresholds);
    assert!(report.thresholds.iter().all(|result| result.passed == Passed::Yes && result.value.is_some()));
    // What is judged is what the report shows.
    let values: Vec<f64> = report.thresholds.iter().map(|result| result.value.unwrap()).collect();
    let completed_percent = report.load.completed as f64 * 100.0 / 50.0;
    assert_eq!(values[..4], [50.0, 0.0, completed_percent, report.load.rate_per_s]);
    assert_eq!(values[4], report.response_time_ns.p99 as f64);
    assert_eq!(values[9], report.per_request.unwrap().allocations);

    let named: Vec<_> =
        ["outcome"].iter().chain(&thresholds).map(|name| ((*name).to_owned(), None)).collect();
    assert_eq!(cases(&fs::read_to_string(junit).unwrap()), named);
}

#[test]
fn a_run_that_fails_a_threshold_exits_99_and_says_which() {
    let directory = tempfile::tempdir().unwrap();
    let [json, junit] = ["report.json", "junit.xml"].map(|name| directory.path().join(name));
    let thresholds = [
        "response_time p(99) < 1us",
        "failed count == 0",
        "rss max < 1MiB over 200ms",
        "response_time max < 10s over 5s",
    ];
    let output = run(&thresholds, &["--json", json.to_str().unwrap(), "--junit", junit.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(99));

    let report: Value = serde_json::from_str(&fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(report["outcome"]["kind"], "completed");
    let results = report["thresholds"].as_array().unwrap();
    let passed: Vec<_> = results.iter().map(|result| result["passed"].clone()).collect();
    assert_eq!(passed, [false.into(), true.into(), false.into(), Value::from("not_evaluated")]);
    assert_eq!(
        (&results[0]["threshold"], &results[0]["unit"]),
        (&thresholds[0].into(), &"nanoseconds".into())
    );
    assert!(results[0]["value"].as_f64().unwrap() > 1e3 && results[2]["first_failed_ns"].is_u64());
    assert!(results[3]["value"].is_null(), "a second has no window of five");

    let xml = fs::read_to_string(junit).unwrap();
    assert!(xml.contains("response_time p(99) &lt; 1us"), "{xml}");
    let cases = cases(&xml);
    assert_eq!(cases[0], ("outcome".to_owned(), None));
    let [why, none, ..] = &cases[1..] else { panic!("{cases:?}") };
    assert!(why.1.as_ref().unwrap().ends_with("; wanted response_time p(99) < 1us"), "{why:?}");
    assert_eq!(none, &("failed count == 0".to_owned(), None));
    assert!(cases[4].1.as_ref().unwrap().starts_with("not evaluated: "), "{cases:?}");

    let text = String::from_utf8(output.stdout).unwrap();
    let marked = |mark: &str, threshold: &str| {
        text.lines().any(|line| line.contains(mark) && line.contains(threshold))
    };
    assert!(
        marked("FAIL", thresholds[0]) && marked("ok", thresholds[1]) && marked("?", thresholds[3]),
        "{text}"
    );
}

#[test]
fn a_threshold_stops_a_long_run_and_the_outcome_names_it() {
    for failing in ["response_time p(99) < 1us", "rss max < 1MiB over 200ms"] {
        let thresholds = ["failed count == 0", failing];
        let flags = ["--rate", "50", "--duration", "60s", "--abort-on-fail", "--json", "-"];
        let output = run(&thresholds, &flags);
        let report = report(&output);
        let named = format!("{failing} abort_on_fail");
        assert_eq!(report.outcome, Outcome::Stopped { threshold: Some(named) });
        assert_eq!(output.status.code(), Some(99));
        assert!(report.load.duration_ns < 30_000_000_000, "{:?}", report.load);
        assert_eq!(
            report.load.started,
            report.load.completed + report.load.failed,
            "the drain was waited for"
        );
        let aborted: Vec<_> = report.thresholds.iter().map(|result| result.aborted).collect();
        assert_eq!(aborted, [false, true]);
        assert_eq!(report.thresholds[1].passed, Passed::No);
        assert!(report.thresholds[1].first_failed_ns.is_some());
    }
}

#[test]
fn an_abort_waits_for_its_delay() {
    let threshold = "response_time p(99) < 1us abort_on_fail after 1s";
    let report = report(&run(&[threshold], &["--rate", "50", "--duration", "60s", "--json", "-"]));
    assert_eq!(report.outcome, Outcome::Stopped { threshold: Some(threshold.to_owned()) });
    assert!(report.load.duration_ns >= 1_000_000_000, "{:?}", report.load);
}

#[test]
fn an_outcome_with_an_exit_code_of_its_own_keeps_it() {
    let flags = ["--concurrency", "100", "--duration", "20s", "--memory-limit", "64MiB"];
    let output = run(&["rss max < 1MiB"], &[&flags[..], &["--param", "payload_bytes=1MiB"]].concat());
    assert_eq!(output.status.code(), Some(101), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn bad_thresholds_and_unwritable_files_are_refused_before_the_run() {
    let check = |threshold: &str, words: &[&str]| {
        let output = run(&["failed count == 0", threshold], &[]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
    };
    check("rss max < 50ms", &["`thresholds[1]`", "`50ms` as word 4", "a size in B"]);
    check("rss p(99) < 1GiB", &["`thresholds[1]`", "`p(99)` as word 2", "max, min, avg, last"]);
    check("latency avg < 1s", &["`latency` as word 1", "response_time"]);

    let output = run(&["failed count == 0"], &["--junit", "/no/such/directory/junit.xml"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("cannot write `/no/such/directory/junit.xml`") && !told.contains("of load"),
        "{told}"
    );
}
