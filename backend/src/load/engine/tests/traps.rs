//! One test for each trap that other load generators fell into, named after it.
//!
//! Elsewhere: the mean of more than a million requests (hey) in `load/window.rs`; a process that does not exit
//! while a client is connected (k6) and listening on all interfaces (Locust, Goose) are the server's, and in its
//! journeys.

use heapgym_shared::{load::Arrivals as Spacing, report::Latency};

use super::{alone::alone, *};
use crate::load::{
    plan::{Segment, Timeline},
    window::Latencies,
};

const SECOND: u64 = 1_000 * MS;

/// The instants that all threads of a plan get to know, if each looks once in `step_ns`, and when it did.
fn instants(plan: &Plan, threads: u64, step_ns: u64) -> Vec<(u64, u64)> {
    let pace = plan.pace().unwrap();
    let timeline = Timeline { origin_ns: 0, ..plan.timeline(0) };
    let mut all = Vec::new();
    for thread in 0..threads {
        let mut arrivals = Arrivals::new(&pace, (thread, threads), timeline);
        let mut now = 0;
        while !arrivals.is_over() {
            all.extend(std::iter::from_fn(|| arrivals.next(now)).map(|arrival| (arrival.intended_ns, now)));
            if !arrivals.turn(now) {
                now += step_ns;
            }
        }
    }
    all.sort_unstable();
    all
}

/// wrk: a request that takes longer than the timeout is in no histogram and hardly visible.
#[test]
fn timeouts_have_no_latency_but_are_all_counted() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    let mut plan = plan(&server, concurrency(2));
    plan.load.timeout_ms = 120;
    let told = told(&plan);
    let timeouts = told.failed_only(|failures| &mut failures.timeout);
    assert!((2..=2 * 300 / 120 + 2).contains(&timeouts), "{timeouts}");
    assert_eq!((told.done.summary.completed, told.done.summary.started), (0, timeouts));
    assert_eq!(told.done.response_time, Latency::default());
}

/// vegeta: at its cap of workers the pacer blocks, and nothing says how many requests were missed.
#[test]
fn the_worker_cap_is_no_silent_block() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    for on_saturation in [OnSaturation::Queue, OnSaturation::Drop] {
        let mut plan = bare_plan(&server, rate(500.0));
        (plan.load.max_in_flight, plan.load.on_saturation) = (1, on_saturation);
        plan.phases.graceful_stop_ms = 10;
        let told = told(&plan);
        let summary = &told.done.summary;
        assert_eq!((summary.offered, summary.started, summary.dropped), (150, 1, 149));
        // And while it blocks, not only in the end.
        let missed = |reading: &LoadReading| match on_saturation {
            OnSaturation::Queue => reading.offered - reading.started,
            OnSaturation::Drop | OnSaturation::Abort => reading.dropped,
        };
        assert!(told.samples.iter().any(|(_, reading)| missed(reading) > 10 && reading.in_flight == 1));
    }
}

/// oha: its ticks wait in a channel without a bound, which grows while the target cannot keep up.
#[test]
fn a_queue_of_ticks_takes_no_memory() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    let queued = |rate: f64| {
        let mut plan = bare_plan(&server, rate_for(rate, 300));
        plan.load.max_in_flight = 1;
        plan.phases.graceful_stop_ms = 10;
        let alone = alone(&plan);
        (alone.ending.window.counters[Segment::Load.index()].dropped, alone.allocated)
    };
    let (few, many) = (queued(10.0), queued(200_000.0));
    assert_eq!((few.0, many.0), (2, 59_999));
    assert_eq!(few.1, many.1, "allocated the same");
}

/// oha, FalkorDB: latency counted from when the pacer or the worker woke, not from when the request was due.
/// Here the generator gets its processor only 300 ms after its clock read zero.
#[test]
fn the_clock_of_a_request_does_not_start_when_the_pacer_wakes() {
    let server = Server::start(Answer::Length(2));
    let plan = bare_plan(&server, rate_for(100.0, 400));
    let told = told_from(&plan, clock::monotonic_ns() - 300 * MS, std::iter::empty(), |_| ());
    let LoadDone { summary, response_time, service_time, lateness, .. } = &told.done;
    assert_eq!((summary.offered, summary.completed), (40, 40));
    // Request `i` was due at 10 ms * `i`, and could not start before 300 ms: 20 of the 40 waited 100 ms or more.
    assert!(summary.late >= 30, "{summary:?}");
    assert!(response_time.max >= 300 * MS && response_time.p50 >= 100 * MS, "{response_time:?}");
    assert!(lateness.max >= 300 * MS && lateness.p50 >= 100 * MS, "{lateness:?}");
    assert!(service_time.mean + 100.0 * MS as f64 <= response_time.mean, "{service_time:?}");
}

/// k6: what it calls a histogram keeps every sample.
#[test]
fn a_histogram_does_not_keep_every_sample() {
    let mut latencies = Latencies::new().unwrap();
    let before = heapgym_probe::counting::of_this_thread();
    for n in 0..2_000_000u64 {
        latencies.record(n * 1_000, n * 500);
    }
    assert_eq!(heapgym_probe::counting::of_this_thread(), before);
    assert_eq!(latencies.response_time().len(), 2_000_000);
}

/// Hyperfoil: throughput by the intended instants shows more than the target served while it is saturated.
#[test]
fn throughput_is_bucketed_by_completion() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = bare_plan(&server, rate(1_000.0));
    plan.load.max_in_flight = 2;
    // The server counts an answer before it sends it, so it is never behind.
    let told = told_from(&plan, clock::monotonic_ns(), std::iter::empty(), |reading| {
        let answers = server.answers();
        assert!(reading.completed <= answers, "{} of {answers}", reading.completed);
    });
    assert_eq!(told.done.summary.offered, 300);
    // Two connections with a reply every 20 ms at most.
    for (_, reading) in &told.samples {
        assert!(reading.completed <= 2 * (reading.elapsed_ns / (20 * MS) + 2), "{reading:?}");
    }
}

/// scylla-bench: latency from the intended instant, and made-up samples for the wait on top of it.
#[test]
fn waiting_is_not_corrected_for_twice() {
    let server = Server::start(Answer::After(Duration::from_millis(50)));
    let mut plan = bare_plan(&server, rate(200.0));
    plan.load.max_in_flight = 1;
    // That the histograms hold as many samples as requests ended, in each window and in the summary, is checked
    // for every run; here most requests wait for many times the interval between two.
    let told = told(&plan);
    assert!(told.done.response_time.max > 100 * MS && told.done.summary.completed >= 2);
}

/// Gatling: random arrivals are seeded from the clock, and no run can be repeated.
#[test]
fn poisson_arrivals_are_seeded() {
    let server = Server::gone();
    let poisson = |seed: u64| {
        let mut plan = plan(&server, rate_for(10_000.0, 20_000));
        (plan.load.arrivals, plan.seed) = (Spacing::Poisson, seed);
        plan
    };
    let first = instants(&poisson(7), 2, MS);
    assert_eq!(first, instants(&poisson(7), 2, MS), "the same seed, the same schedule");
    assert_ne!(first, instants(&poisson(8), 2, MS));
    let intended = |instants: Vec<(u64, u64)>| instants.into_iter().map(|(at, _)| at).collect::<Vec<_>>();
    let first = intended(first);
    assert_eq!(first, intended(instants(&poisson(7), 3, MS)), "whatever the number of threads");
    assert_eq!(first, intended(instants(&poisson(7), 1, 333 * MS)), "and however late they look");
    // 201 000 are expected with a standard deviation of 448.
    assert!(first.len().abs_diff(201_000) < 5 * 448, "{}", first.len());
}

/// At 10 000 a second for 20 s, exactly so many.
#[test]
fn what_is_offered_is_what_was_asked_for() {
    let server = Server::gone();
    let plan = bare_plan(&server, rate_for(10_000.0, 20_000));
    let offered = instants(&plan, 2, MS);
    assert_eq!(offered.len(), 200_000);
    assert_eq!(offered, instants(&plan, 2, MS));
    assert!((0..).zip(&offered).all(|(index, (intended_ns, _))| *intended_ns == index * SECOND / 10_000));
}

/// vegeta: it catches up in whole units of time, so that 50 a second peak at 134.
#[test]
fn nothing_is_caught_up_in_whole_units_of_time() {
    let server = Server::gone();
    for (rate, time_unit_ms) in [(50.0, 1_000), (3_000.0, 60_000), (180_000.0, 3_600_000)] {
        let profile = LoadProfile::ConstantArrivalRate { rate, time_unit_ms, duration_ms: 20_000 };
        let starts: Vec<_> =
            instants(&bare_plan(&server, profile), 2, MS).into_iter().map(|(_, start)| start).collect();
        assert_eq!(starts.len(), 1_000);
        // No 100 ms in which more start than are due in them: 5, and one for a thread that looks once a millisecond.
        for (index, start) in starts.iter().enumerate() {
            let within = starts[index..].iter().take_while(|other| **other < start + 100 * MS).count();
            assert!(within <= 6, "{within} from {start}");
        }
    }
}

/// wrk2: runs of a few requests print `nan`. All of a report is finite; `check` asserts that of every run.
#[test]
fn short_runs_have_no_nan() {
    let server = Server::start(Answer::Length(2));
    let one = LoadProfile::FixedIterations { iterations: 1, concurrency: 1, max_duration_ms: 1_000 };
    let told_one = told(&bare_plan(&server, one));
    assert_eq!((told_one.done.summary.offered, told_one.done.summary.completed), (1, 1));
    assert!(told_one.done.response_time.p50 > 0 && told_one.done.summary.throughput_per_s > 0.0);

    let told_none = told(&bare_plan(&server, LoadProfile::Pause { duration_ms: 50 }));
    let LoadDone { summary, response_time, .. } = &told_none.done;
    assert_eq!((summary.offered, summary.rate_per_s, summary.throughput_per_s), (0, 0.0, 0.0));
    assert_eq!((response_time.mean, response_time.max), (0.0, 0));
}

/// sysbench: statistics of the backlog that the warm-up left behind.
#[test]
fn the_backlog_of_the_warmup_does_not_reach_the_load_phase() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = plan(&server, rate_for(1_000.0, 100));
    plan.load.max_in_flight = 1;
    plan.phases.warmup_ms = 1_000;
    let told = told(&plan);
    assert_eq!((told.done.summary.offered, told.last().offered), (100, 1_100));
    // Carried over, the backlog would have kept the only connection busy to the end.
    assert!(told.done.summary.started > 0);
    assert!(told.done.response_time.max < 800 * MS, "{:?}", told.done.response_time);
}
