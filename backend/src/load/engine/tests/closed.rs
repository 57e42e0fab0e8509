//! Closed profiles: a fixed number of requests, and a concurrency that moves.

use heapgym_shared::load::Stage;

use super::*;

const CUT_SHORT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut";

fn iterations(iterations: u64) -> LoadProfile {
    LoadProfile::FixedIterations { iterations, concurrency: 4, max_duration_ms: 60_000 }
}

#[test]
fn fixed_iterations_are_as_many_as_asked_for_over_several_threads() {
    let server = Server::start(Answer::Length(3));
    for (count, before) in [(1_001, 0), (3, 1_001), (1, 1_004)] {
        let told = told(&bare_plan(&server, iterations(count)));
        let summary = &told.done.summary;
        assert_eq!((summary.offered, summary.started, summary.completed), (count, count, count));
        assert_eq!((summary.dropped, server.requests()), (0, before + count));
        assert!(told.done.load_ended_ns < 30_000 * MS, "it ends when they are done");
        assert_eq!(summary.duration_ns, told.done.load_ended_ns);
        // The last replies belong to the load too: there is no drain that would be left out of the rate.
        assert_eq!((summary.completed_in_load, told.done.drained_ns), (count, told.done.load_ended_ns));
    }
}

#[test]
fn the_warmup_takes_nothing_off_the_fixed_iterations() {
    let server = Server::start(Answer::Length(3));
    let told = told(&plan(&server, iterations(500)));
    assert_eq!(told.done.summary.completed, 500);
    assert!(told.last().completed > 500, "there was a warm-up");
    assert_eq!(server.requests(), told.last().started);
}

#[test]
fn iterations_that_fail_are_iterations() {
    let server = Server::start(Answer::Bytes(CUT_SHORT, Then::Close));
    let told_cut = told(&bare_plan(&server, iterations(20)));
    assert_eq!(told_cut.failed_only(|failures| &mut failures.closed), 20);
    assert_eq!((told_cut.done.summary.offered, server.requests()), (20, 20));

    let told_gone = told(&bare_plan(&Server::gone(), iterations(20)));
    assert_eq!(told_gone.failed_only(|failures| &mut failures.connect), 20);
}

#[test]
fn iterations_that_take_too_long_end_with_the_latest_end() {
    let server = Server::start(Answer::After(Duration::from_millis(40)));
    let profile = LoadProfile::FixedIterations { iterations: 10_000, concurrency: 2, max_duration_ms: 300 };
    let told = told(&bare_plan(&server, profile));
    let summary = &told.done.summary;
    assert_eq!((summary.offered, summary.completed), (summary.started, summary.started));
    // Each of two connections has room for a request every 40 ms.
    assert!((2..=2 * 8).contains(&summary.completed), "{summary:?}");
    assert_eq!(told.done.load_ended_ns, 300 * MS);
}

/// A tick at the very instant of the load phase, again and again: the last reply of the warm-up has come, and what follows it
/// counts as on its way.
#[test]
fn a_single_request_is_in_flight_from_the_warmup_to_the_load() {
    let server = Server::start(Answer::Length(3));
    let profile = LoadProfile::ConstantConcurrency { concurrency: 1, duration_ms: 50 };
    let mut plan = plan(&server, profile);
    (plan.phases.warmup_ms, plan.sample_interval_ms, plan.threads) = (30, 10, 1);
    let mut seen = 0;
    for _ in 0..20 {
        let told = told(&plan);
        // A busy machine may start the thread late: nothing is in flight before its first request.
        for reading in told.between(40, 90).skip_while(|reading| reading.offered == 0) {
            assert_eq!(reading.in_flight, 1, "{told:?}");
            seen += 1;
        }
    }
    assert!(seen > 0);
}

/// Up from nothing to 8, on for a while, and down to 2 at once.
#[test]
fn the_requests_in_flight_follow_a_ramp() {
    let server = Server::start(Answer::After(Duration::from_millis(5)));
    let stages = [(8.0, 400), (8.0, 400), (2.0, 0), (2.0, 400)]
        .map(|(target, duration_ms)| Stage { target, duration_ms })
        .to_vec();
    let told = told(&bare_plan(&server, LoadProfile::RampingConcurrency { start_concurrency: 0, stages }));
    assert_eq!(server.connections(), 8);
    assert_eq!(told.done.summary.completed, told.done.summary.started);
    for (from_ms, to_ms, most) in [(0, 20, 1), (0, 100, 4), (0, 200, 6), (0, 800, 8), (1_000, 1_200, 2)] {
        for reading in told.between(from_ms, to_ms) {
            assert!(reading.in_flight <= most, "{reading:?}");
        }
    }
    // Each connection is free for an instant only between two replies.
    assert!(told.between(450, 800).any(|reading| reading.in_flight == 8));
    assert!(told.between(900, 1_200).any(|reading| reading.in_flight == 2));
    assert!(told.between(100, 350).any(|reading| (1..8).contains(&reading.in_flight)));
}
