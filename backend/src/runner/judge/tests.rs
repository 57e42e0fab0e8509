//! When thresholds hold, fail, stop a run, and cannot be evaluated.

use heapgym_shared::{
    RunSpec,
    report::{Environment, PerRequest},
    sample::TargetReading,
};
use serde_json::json;

use super::*;
use crate::runner::summary::{Ending, Summary};

const SECOND: u64 = 1_000_000_000;
const MIB: u64 = 1 << 20;

fn judge(thresholds: &[&str]) -> Judge {
    Judge::new(&thresholds.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
}

fn sample(elapsed_ns: u64, phase: Phase, rss_mib: u64) -> Sample {
    let target = TargetReading { rss_bytes: rss_mib * MIB, ..Default::default() };
    Sample { seq: 0, elapsed_ns, phase, target: Some(target), load: None, events: Vec::new() }
}

/// A report of a run that ended so.
fn report(outcome: Outcome) -> Report {
    let spec = json!({
        "workload": {"kind": "products"}, "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
    });
    let spec = RunSpec::parse(&spec, &Default::default()).unwrap();
    let ending = Ending {
        outcome,
        environment: Environment::default(),
        load: None,
        rss_peak_bytes: 0,
        size_classes: Vec::new(),
    };
    Summary::default().finish(&spec, ending)
}

fn only(judge: Judge) -> ThresholdResult {
    judge.finish(&report(Outcome::Completed)).remove(0)
}

#[test]
fn memory_is_judged_in_its_phase() {
    let mut judge =
        judge(&["rss max < 100MiB", "rss max < 100MiB [recovery]", "rss last < 60MiB [recovery]"]);
    for (second, phase, rss) in [
        (1, Phase::Baseline, 200),
        (2, Phase::Load, 90),
        (3, Phase::Load, 150),
        (4, Phase::Load, 80),
        (5, Phase::Recovery, 70),
        (6, Phase::Recovery, 50),
    ] {
        judge.observe(&sample(second * SECOND, phase, rss));
    }
    let results = judge.finish(&report(Outcome::Completed));
    assert_eq!(results.iter().map(|r| r.passed).collect::<Vec<_>>(), [Passed::No, Passed::Yes, Passed::Yes]);
    assert_eq!(results[0].value, Some((150 * MIB) as f64));
    assert_eq!((results[0].first_failed_ns, results[1].first_failed_ns), (Some(3 * SECOND), None));
    assert_eq!(results[2].value, Some((50 * MIB) as f64));
}

#[test]
fn without_a_window_the_last_figure_decides() {
    let mut recovers = judge(&["response_time p(99) < 50ms"]);
    recovers.hear(SECOND, &[Some(80e6)]);
    recovers.hear(2 * SECOND, &[Some(40e6)]);
    let result = only(recovers);
    assert_eq!((result.passed, result.value, result.first_failed_ns), (Passed::Yes, Some(40e6), None));

    let mut fails = judge(&["response_time p(99) < 50ms"]);
    for (second, ms) in [(1, 80.0), (2, 40.0), (3, 60.0), (4, 70.0)] {
        fails.hear(second * SECOND, &[Some(ms * 1e6)]);
    }
    let result = only(fails);
    assert_eq!((result.passed, result.first_failed_ns), (Passed::No, Some(3 * SECOND)));
}

#[test]
fn with_a_window_one_failure_is_enough() {
    let mut judge = judge(&["response_time p(99) < 50ms over 1s"]);
    for (second, ms) in [(1, Some(40e6)), (2, Some(90e6)), (3, None), (4, Some(60e6)), (5, Some(10e6))] {
        judge.hear(second * SECOND, &[ms]);
    }
    let result = only(judge);
    let expect = (Passed::No, Some(90e6), Some(2 * SECOND));
    assert_eq!((result.passed, result.value, result.first_failed_ns), expect);
}

#[test]
fn a_run_is_stopped_for_what_says_so_and_only_then() {
    let mut judge = judge(&["rss max < 100MiB", "rss max < 200MiB abort_on_fail after 3s"]);
    let mut stopped_by = |second: u64, phase, rss| {
        judge.observe(&sample(second * SECOND, phase, rss));
        judge.abort(second * SECOND, false).map(|threshold| threshold.to_string())
    };
    assert_eq!(stopped_by(1, Phase::Baseline, 900), None, "another phase");
    assert_eq!(stopped_by(2, Phase::Load, 150), None, "only the first one fails, and it does not stop");
    assert_eq!(stopped_by(3, Phase::Load, 250), None, "too early");
    assert_eq!(stopped_by(5, Phase::Load, 90).as_deref(), Some("rss max < 200MiB abort_on_fail after 3s"));
    let results = judge.finish(&report(Outcome::STOPPED));
    assert_eq!(results.iter().map(|r| r.aborted).collect::<Vec<_>>(), [false, true]);
    assert_eq!((results[1].passed, results[1].first_failed_ns), (Passed::No, Some(3 * SECOND)));
}

#[test]
fn what_stopped_a_run_has_failed_whatever_comes_after() {
    let mut judge = judge(&["response_time p(99) < 50ms abort_on_fail"]);
    judge.observe(&sample(SECOND, Phase::Load, 1));
    judge.hear(2 * SECOND, &[Some(80e6)]);
    assert!(judge.abort(2 * SECOND, true).is_none(), "the load is over already");
    assert!(judge.abort(2 * SECOND, false).is_some());
    judge.hear(3 * SECOND, &[Some(1e6)]);
    let result = only(judge);
    assert_eq!((result.passed, result.value, result.aborted), (Passed::No, Some(80e6), true));
}

#[test]
fn a_count_that_must_grow_stops_nothing_on_its_way() {
    let mut judge = judge(&["completed count >= 100 abort_on_fail"]);
    judge.observe(&sample(SECOND, Phase::Load, 1));
    judge.hear(2 * SECOND, &[Some(10.0)]);
    assert_eq!(judge.abort(2 * SECOND, false), None);
    let result = only(judge);
    assert_eq!((result.passed, result.first_failed_ns), (Passed::No, None));
}

#[test]
fn the_finished_report_answers_the_rest() {
    let thresholds = [
        "held_after_recovery < 8MiB",
        "leak_slope < 64B",
        "allocated_bytes_per_request < 4KiB",
        "cpu_per_request < 1ms",
    ];
    let mut completed = report(Outcome::Completed);
    completed.memory.held_after_recovery_bytes = Some(-5);
    completed.leak.verdict = Verdict::None;
    completed.leak.slope_bytes_per_request = 100.0;
    completed.per_request = Some(PerRequest { allocated_bytes: 5000.0, cpu_ns: 9e5, ..Default::default() });
    let results = judge(&thresholds).finish(&completed);
    assert_eq!(
        results.iter().map(|r| r.passed).collect::<Vec<_>>(),
        [Passed::Yes, Passed::No, Passed::No, Passed::Yes]
    );
    assert_eq!(results[0].value, Some(-5.0));

    completed.outcome = Outcome::STOPPED;
    let results = judge(&thresholds).finish(&completed);
    assert_eq!(results[0].reason.as_deref(), Some("the run ended before its recovery did"));
    assert_eq!(results[2].passed, Passed::No, "what was served was served");
}

#[test]
fn what_was_never_seen_is_not_evaluated() {
    let mut report = report(Outcome::Completed);
    report.thresholds =
        judge(&["rss max < 1GiB", "failed count == 0 over 5s", "leak_slope < 64B"]).finish(&report);
    let reasons: Vec<_> = report.thresholds.iter().map(|r| r.reason.clone().unwrap()).collect();
    assert_eq!(reasons[0], "the load phase had no figure");
    assert_eq!(reasons[1], "the load phase had no whole window of 5 s with a figure");
    assert_eq!(reasons[2], "there were too few samples for a slope");
    assert!(report.thresholds.iter().all(|r| r.passed == Passed::NotEvaluated && r.value.is_none()));
}
