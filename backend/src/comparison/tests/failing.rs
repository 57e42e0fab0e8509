//! Verdicts over runs that did not complete, and over requests that failed.

use heapgym_shared::outcome::{Child, GuardKind};

use super::*;

/// A run that ended before its time, in each way.
fn endings_of_a_target() -> [Outcome; 4] {
    [
        Outcome::OutOfMemory { limit_bytes: 1, reached_bytes: 2, guard: GuardKind::Watchdog },
        Outcome::TimedOut { limit_ms: 1 },
        Outcome::Crashed { process: Child::Target, status: "signal: 11".to_owned(), last_words: None },
        Outcome::Stopped { threshold: Some("rss max < 1MiB".to_owned()) },
    ]
}

/// What a run ends with when heapgym itself fails, or somebody stops it.
fn endings_of_others() -> [Outcome; 4] {
    [
        Outcome::Lost { reason: "the target could not be started: No such file".to_owned() },
        Outcome::Crashed { process: Child::Load, status: "exit status: 1".to_owned(), last_words: None },
        Outcome::Crashed {
            process: Child::Downstream,
            status: "exit status: 1".to_owned(),
            last_words: None,
        },
        Outcome::STOPPED,
    ]
}

#[test]
fn a_comparison_without_a_completed_run_cannot_tell() {
    for outcome in endings_of_a_target() {
        let comparison = compare(&pairs(|report, _, _| report.outcome = outcome.clone())).unwrap();
        assert_eq!(comparison.verdict, Verdict::CannotTell, "{outcome:?}");
        assert_eq!(comparison.sentence(), "Cannot tell: no run of A or B completed.");
        assert_eq!((comparison.endings.len(), comparison.deltas.len()), (10, 0));
    }
    // As many runs completed on either side, but never both of a pair.
    let comparison = compare(&pairs(|report, pair, side| {
        if pair != 0 || side == 'a' {
            report.outcome = Outcome::TimedOut { limit_ms: 1 };
        }
        if pair == 1 && side == 'a' {
            report.outcome = Outcome::Completed;
        }
    }));
    assert_eq!(comparison.unwrap().sentence(), "Cannot tell: no pair completed on both sides.");
}

#[test]
fn one_side_that_never_completes_is_worse_than_one_that_does() {
    for outcome in endings_of_a_target() {
        let comparison = compare(&pairs(|report, _, side| {
            if side == 'b' {
                report.outcome = outcome.clone();
            }
        }));
        let comparison = comparison.unwrap();
        assert_eq!((comparison.verdict, comparison.deltas.len()), (Verdict::Regressed, 0), "{outcome:?}");
    }
}

#[test]
fn a_run_that_heapgym_failed_is_left_out_and_named() {
    for outcome in endings_of_others() {
        let comparison = compare(&pairs(|report, pair, side| {
            if side == 'b' && pair > 1 {
                report.outcome = outcome.clone();
                report.load.throughput_per_s = 0.0;
            }
        }));
        let comparison = comparison.unwrap();
        assert_eq!((comparison.verdict, comparison.pairs), (Verdict::Unchanged, 2), "{outcome:?}");
        assert_eq!(comparison.endings, [""; 0]);
        let named: Vec<String> =
            (3..=5).map(|pair| format!("B of pair {pair}: {}", outcome.sentence())).collect();
        assert_eq!(comparison.left_out, named);
    }
}

#[test]
fn a_comparison_without_a_pair_that_counts_cannot_tell() {
    for outcome in endings_of_others() {
        let mut pairs = pairs(|report, _, side| {
            if side == 'a' {
                report.outcome = outcome.clone();
            }
        });
        // Such a run may have no report at all.
        pairs[0].a.report = None;
        let comparison = compare(&pairs).unwrap();
        assert_eq!(
            (comparison.verdict, comparison.pairs, comparison.left_out.len()),
            (Verdict::CannotTell, 0, 5)
        );
        assert_eq!(
            comparison.sentence(),
            "Cannot tell: no pair is left: in each, heapgym itself failed or a run was stopped."
        );
    }
}

#[test]
fn a_measure_that_one_side_lacks_has_no_verdict() {
    let comparison = compare(&pairs(|report, _, side| {
        if side == 'b' {
            report.per_request = None;
        }
    }));
    let comparison = comparison.unwrap();
    let delta = found(&comparison, "cpu_ns_per_request");
    assert_eq!(
        (delta.verdict, delta.a, delta.b, delta.change),
        (Verdict::CannotTell, Some(300_000.0), None, None)
    );
    assert_eq!(delta.verdict_words(), "cannot tell: B has no figure");
    assert_eq!(delta.figures(), ["300 us", "-"]);
    assert_eq!(comparison.verdict, Verdict::Unchanged, "the other measures have one");
}

/// Lets this many of the 1,000 requests fail, at once and at no cost.
fn reject(report: &mut Report, failed: u64) {
    let share = failed as f64 / 1_000.0;
    report.load.failed = failed;
    report.load.completed = 1_000 - failed;
    report.load.throughput_per_s *= 1.0 - share;
    for latency in [&mut report.response_time_ns, &mut report.service_time_ns] {
        latency.p50 = (latency.p50 as f64 * (1.0 - 0.9 * share)) as u64;
        latency.p99 = (latency.p99 as f64 * (1.0 - 0.9 * share)) as u64;
    }
    let each = report.per_request.as_mut().unwrap();
    each.cpu_ns *= 1.0 - 0.9 * share;
    each.allocated_bytes *= 1.0 - 0.9 * share;
    each.allocations *= 1.0 - 0.9 * share;
    report.memory.resident_peak_bytes -= (report.memory.resident_peak_bytes as f64 * 0.9 * share) as u64;
}

#[test]
fn the_side_that_fails_more_never_wins() {
    for (of_a, of_b) in [(0, 20), (0, 500), (0, 990), (0, 1_000), (500, 990), (500, 1_000), (990, 1_000)] {
        for (of_a, of_b, never, may) in [
            (of_a, of_b, Verdict::Improved, Verdict::Regressed),
            (of_b, of_a, Verdict::Regressed, Verdict::Improved),
        ] {
            let comparison =
                compare(&pairs(|report, _, side| reject(report, if side == 'a' { of_a } else { of_b })));
            let comparison = comparison.unwrap();
            let verdicts: Vec<_> =
                comparison.deltas.iter().map(|delta| (delta.title.as_str(), delta.verdict)).collect();
            assert!(verdicts.iter().all(|(_, verdict)| *verdict != never), "{of_a} {of_b}: {verdicts:?}");
            assert_eq!(comparison.verdict, may, "{of_a} {of_b}: {verdicts:?}");
            let latency = found(&comparison, "response_time_p50_ns");
            assert_eq!((latency.verdict, latency.change), (Verdict::CannotTell, None), "{of_a} {of_b}");
            assert!(comparison.sentence().contains("equests failed or dropped"), "{}", comparison.sentence());
        }
    }
}

#[test]
fn the_noise_of_a_share_is_in_points_as_its_change_is() {
    for (of_a, of_b, expect) in
        [(200, 300, ["+10 points", "-6.7 to +10 points"]), (0, 30, ["+3 points", "0 to +0.05 points"])]
    {
        let mut pairs = pairs(|report, _, side| reject(report, if side == 'a' { of_a } else { of_b }));
        pairs.truncate(1);
        let delta = found(&compare(&pairs).unwrap(), "unanswered_share");
        assert_eq!([delta.change_words(), delta.noise_band()], expect);
    }
}

#[test]
fn sides_that_fail_alike_are_compared_and_the_first_line_says_how_many_fail() {
    let comparison = compare(&pairs(|report, _, side| {
        reject(report, 500);
        if side == 'b' {
            report.response_time_ns.p50 *= 2;
        }
    }));
    let comparison = comparison.unwrap();
    assert_eq!(found(&comparison, "response_time_p50_ns").verdict, Verdict::Regressed);
    assert_eq!(
        comparison.sentence(),
        "Regressed: logs pooled is worse than logs naive in median response time (+100 %). Requests failed or dropped: \
         50 % of A, 50 % of B."
    );
}

#[test]
fn a_comparison_in_which_no_request_completed_cannot_tell() {
    let comparison = compare(&pairs(|report, _, side| {
        reject(report, 1_000);
        if side == 'b' {
            report.memory.resident_peak_bytes /= 10;
        }
    }));
    let comparison = comparison.unwrap();
    assert_eq!(comparison.verdict, Verdict::CannotTell);
    assert_eq!(found(&comparison, "resident_peak_bytes").verdict, Verdict::CannotTell);
    assert_eq!(
        comparison.sentence(),
        "Cannot tell: no request of A or B completed. Requests failed or dropped: 100 % of A, 100 % of B."
    );
}
