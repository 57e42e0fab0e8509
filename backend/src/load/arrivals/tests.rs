//! One thread's arrivals: what is due, what waits, what is dropped at the ends.

use heapgym_shared::load::{Concurrency, LoadProfile};

use super::*;

const MS: u64 = 1_000_000;

/// Ten requests a second, from 1 s: a second of warm-up, then two seconds of load.
fn arrivals(open: bool) -> Arrivals {
    let pace = if open {
        let schedule = Schedule::constant(10.0, Spacing::Uniform, 1);
        Pace::Open { schedules: Box::new([schedule.clone(), schedule]), spacing: Spacing::Uniform, seed: 1 }
    } else {
        let profile = LoadProfile::ConstantConcurrency { concurrency: 3, duration_ms: 2_000 };
        Pace::Closed { concurrency: Concurrency::of(&profile).unwrap(), iterations: None }
    };
    let (warmup_ns, load_ns, end_ns) = (1_000 * MS, 2_000 * MS, 4_000 * MS);
    let timeline = Timeline { origin_ns: 0, warmup_ns, load_ns, end_ns, graceful_ns: 0 };
    Arrivals::new(&pace, (0, 1), timeline)
}

fn take(arrivals: &mut Arrivals, now: u64) -> Vec<u64> {
    std::iter::from_fn(|| arrivals.next(now)).map(|arrival| arrival.intended_ns / MS).collect()
}

#[test]
fn requests_are_due_at_their_instants_and_keep_them_when_late() {
    let mut arrivals = arrivals(true);
    assert!(take(&mut arrivals, 999 * MS).is_empty());
    assert_eq!(arrivals.next_due(), Some(1_000 * MS));
    assert_eq!(take(&mut arrivals, 1_000 * MS), [1_000]);
    assert_eq!(take(&mut arrivals, 1_250 * MS), [1_100, 1_200]);
    assert_eq!(arrivals.next_due(), Some(1_300 * MS));
}

#[test]
fn the_backlog_of_the_warmup_is_dropped_and_the_load_begins_anew() {
    let mut arrivals = arrivals(true);
    take(&mut arrivals, 1_450 * MS);
    assert!(!arrivals.turn(1_999 * MS));
    assert!(arrivals.turn(2_050 * MS));
    assert_eq!(arrivals.counts(Segment::Warmup, 2_050 * MS), (10, 5, 5));
    assert_eq!(take(&mut arrivals, 2_050 * MS), [2_000]);
}

#[test]
fn what_was_due_in_time_may_start_just_after_the_end() {
    let mut arrivals = arrivals(true);
    assert_eq!(take(&mut arrivals, 2_000 * MS).len(), 10);
    assert!(arrivals.turn(2_000 * MS));
    assert_eq!(arrivals.counts(Segment::Warmup, 2_000 * MS), (10, 10, 0));
}

#[test]
fn offered_is_always_at_least_started_and_dropped_and_in_the_end_exactly_that() {
    let mut arrivals = arrivals(true);
    for now in (900..4_200).step_by(70).map(|ms| ms * MS) {
        if now % 3 == 0 {
            arrivals.next(now);
        }
        if now > 2_900 * MS && now < 3_300 * MS {
            arrivals.drop_due(now);
        }
        while arrivals.turn(now) {}
        for segment in Segment::ALL {
            let (offered, started, dropped) = arrivals.counts(segment, now);
            assert!(offered >= started + dropped, "at {now}");
        }
    }
    assert!(arrivals.is_over());
    let (offered, started, dropped) = arrivals.counts(Segment::Load, 5_000 * MS);
    assert_eq!((offered, started + dropped), (20, 20));
}

#[test]
fn a_stop_ends_the_load_at_once_and_before_the_start_leaves_it_empty() {
    let mut stopped = arrivals(true);
    while stopped.turn(2_000 * MS) {}
    take(&mut stopped, 2_150 * MS);
    stopped.end_at(2_150 * MS);
    assert!(stopped.turn(2_151 * MS) && stopped.is_over());
    assert_eq!(stopped.counts(Segment::Load, 3_000 * MS), (2, 2, 0));

    let mut never = arrivals(true);
    never.end_at(500 * MS);
    assert!(take(&mut never, 600 * MS).is_empty());
    assert!(never.turn(600 * MS) && never.turn(600 * MS) && never.is_over());
    assert_eq!(never.counts(Segment::Load, 3_000 * MS), (0, 0, 0));
}

#[test]
fn closed_requests_are_due_whenever_asked_for() {
    let mut arrivals = arrivals(false);
    assert_eq!(arrivals.next(999 * MS), None);
    let arrival = arrivals.next(1_234 * MS).unwrap();
    assert_eq!((arrival.segment, arrival.intended_ns), (Segment::Warmup, 1_234 * MS));
    assert_eq!(arrivals.next(2_000 * MS), None);
    assert!(arrivals.turn(2_000 * MS));
    assert_eq!(arrivals.next(2_000 * MS).unwrap().segment, Segment::Load);
    assert_eq!(arrivals.counts(Segment::Load, 2_000 * MS), (1, 1, 0));
}
