//! A report as JUnit XML, for CI: the outcome and each threshold are test cases.

use std::time::Duration;

use anyhow::Context;
use heapgym_shared::{
    Outcome, Report,
    threshold::{Passed, ThresholdResult},
};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

/// The report as XML. Escaping, and leaving out what XML cannot hold, is the crate's work.
///
/// # Errors
/// Never in practice: it is written to memory.
pub(super) fn xml(report: &Report) -> anyhow::Result<String> {
    let mut suite = TestSuite::new(format!("{} {}", report.spec.workload.info().id, report.spec.variant));
    let nothing = report.nothing_completed().then(|| report.headline());
    suite.set_time(Duration::from_millis(report.samples * report.spec.sample_interval_ms));
    suite.add_test_case(case("outcome", "outcome", outcome(&report.outcome, nothing)));
    for result in &report.thresholds {
        let completed = report.outcome == Outcome::Completed;
        suite.add_test_case(case(&result.threshold.to_string(), "threshold", threshold(result, completed)));
    }
    let mut run = quick_junit::Report::new("heapgym run");
    run.add_test_suite(suite);
    run.to_string().context("cannot write JUnit XML")
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

/// A run that somebody stopped is skipped; others fail unless they completed. `nothing` says why one that completed
/// fails all the same: none of its requests did.
fn outcome(outcome: &Outcome, nothing: Option<String>) -> TestCaseStatus {
    let mut status = match (outcome, nothing) {
        (Outcome::Completed, None) => return TestCaseStatus::success(),
        (Outcome::Completed, Some(nothing)) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            status.set_type("nothing_completed").set_message(nothing);
            return status;
        }
        (Outcome::Stopped { threshold: None }, _) => TestCaseStatus::skipped(),
        (Outcome::Lost { .. }, _) => TestCaseStatus::non_success(NonSuccessKind::Error),
        (
            Outcome::Stopped { threshold: Some(_) }
            | Outcome::OutOfMemory { .. }
            | Outcome::TimedOut { .. }
            | Outcome::Crashed { .. }
            | Outcome::Saturated { .. },
            _,
        ) => TestCaseStatus::non_success(NonSuccessKind::Failure),
    };
    status.set_type(outcome.id()).set_message(outcome.sentence());
    status
}

/// What could not be evaluated fails where the run completed, as for the exit code, and is skipped elsewhere.
fn threshold(result: &ThresholdResult, completed: bool) -> TestCaseStatus {
    let (mut status, kind) = match result.passed {
        Passed::Yes => return TestCaseStatus::success(),
        Passed::No => (TestCaseStatus::non_success(NonSuccessKind::Failure), "failed"),
        Passed::NotEvaluated if completed => {
            (TestCaseStatus::non_success(NonSuccessKind::Failure), "not_evaluated")
        }
        Passed::NotEvaluated => (TestCaseStatus::skipped(), "not_evaluated"),
    };
    status.set_type(kind).set_message(format!("{}; wanted {}", result.sentence(), result.threshold));
    status
}

#[cfg(test)]
mod tests {
    use heapgym_shared::unit::Unit;

    use super::*;

    fn result(passed: Passed) -> ThresholdResult {
        ThresholdResult {
            threshold: "response_time p(99) < 50ms".parse().unwrap(),
            value: (passed != Passed::NotEvaluated).then_some(80e6),
            unit: Unit::Nanoseconds,
            passed,
            reason: (passed == Passed::NotEvaluated).then(|| "the load phase had no figure".to_owned()),
            first_failed_ns: None,
            aborted: false,
        }
    }

    #[track_caller]
    fn check(status: TestCaseStatus, expect: NonSuccessKind, words: &str) {
        let TestCaseStatus::NonSuccess { kind, message, .. } = &status else { panic!("{status:?}") };
        assert_eq!(*kind, expect);
        assert_eq!(message.as_ref().unwrap().as_str(), words);
    }

    #[test]
    fn a_threshold_says_figure_and_bound() {
        let failed = threshold(&result(Passed::No), true);
        check(failed, NonSuccessKind::Failure, "80 ms; wanted response_time p(99) < 50ms");
        assert_eq!(threshold(&result(Passed::Yes), true), TestCaseStatus::success());
    }

    #[test]
    fn what_could_not_be_evaluated_fails_only_a_completed_run() {
        let words = "not evaluated: the load phase had no figure; wanted response_time p(99) < 50ms";
        check(threshold(&result(Passed::NotEvaluated), true), NonSuccessKind::Failure, words);
        let skipped = threshold(&result(Passed::NotEvaluated), false);
        assert!(matches!(skipped, TestCaseStatus::Skipped { .. }), "{skipped:?}");
    }

    #[test]
    fn the_outcome_fails_by_what_it_is() {
        assert_eq!(outcome(&Outcome::Completed, None), TestCaseStatus::success());
        let nothing = outcome(&Outcome::Completed, Some("Nothing completed.".to_owned()));
        check(nothing, NonSuccessKind::Failure, "Nothing completed.");
        assert!(matches!(outcome(&Outcome::STOPPED, None), TestCaseStatus::Skipped { .. }));
        let stopped = Outcome::Stopped { threshold: Some("rss max < 1MiB".to_owned()) };
        check(outcome(&stopped, None), NonSuccessKind::Failure, &stopped.sentence());
        let lost = Outcome::Lost { reason: "a < b & \"c\"".to_owned() };
        check(outcome(&lost, None), NonSuccessKind::Error, "Lost: a < b & \"c\".");
    }
}
