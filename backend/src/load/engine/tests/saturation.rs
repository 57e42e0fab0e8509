//! More requests than connections: queue, drop and abort, and a target that is not there at all.

use super::*;

#[test]
fn a_queue_makes_response_time_longer_than_service_time() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = plan(&server, rate(1_000.0));
    plan.load.max_in_flight = 2;
    let told = told(&plan);
    let LoadDone { summary, response_time, service_time, .. } = told.done;
    // Two connections of 20 ms each serve 100 a second of the thousand that are offered.
    assert_eq!(summary.offered, 300);
    assert!(summary.dropped > 150 && summary.late > 0, "{summary:?}");
    assert!(response_time.p50 > 2 * service_time.p50, "{response_time:?} {service_time:?}");
    assert!(summary.throughput_per_s < 110.0);
}

#[test]
fn dropping_keeps_response_time_close_to_service_time() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = plan(&server, rate(1_000.0));
    plan.load.max_in_flight = 2;
    plan.load.on_saturation = OnSaturation::Drop;
    let told = told(&plan);
    let LoadDone { summary, response_time, service_time, .. } = told.done;
    assert_eq!(summary.offered, 300);
    assert!(summary.dropped > 200, "{summary:?}");
    // With a queue it is longer by 100 ms and more.
    assert!(response_time.p50 < service_time.p50 + 60 * MS, "{response_time:?} {service_time:?}");
    assert!(told.samples.iter().any(|(_, reading)| reading.dropped > 0 && reading.in_flight > 0));
}

#[test]
fn aborting_ends_the_load_with_what_was_in_flight() {
    let server = Server::start(Answer::After(Duration::from_millis(150)));
    let mut plan = plan(&server, rate(1_000.0));
    plan.load.max_in_flight = 4;
    plan.load.on_saturation = OnSaturation::Abort;
    plan.phases.warmup_ms = 0;
    let told = told(&plan);
    assert_eq!(told.done.saturated, Some(4));
    assert!(told.done.load_ended_ns < 300 * MS, "{:?}", told.done);
    assert_eq!((told.done.summary.started, told.done.summary.completed), (4, 4));
}

#[test]
fn nothing_listening_fails_every_request_without_a_busy_loop() {
    let server = Server::gone();
    let told_closed = told(&plan(&server, concurrency(4)));
    let failed = told_closed.failed_only(|failures| &mut failures.connect);
    // Each connection waits 10 ms: at most 31 attempts in 300 ms.
    assert!((4..=4 * 31).contains(&failed), "{failed}");

    let told_open = told(&plan(&server, rate(100.0)));
    assert_eq!(told_open.done.summary.offered, 30);
    assert!(told_open.failed_only(|failures| &mut failures.connect) > 5);
    let mut abort = plan(&server, rate(2_000.0));
    abort.load.on_saturation = OnSaturation::Abort;
    assert_eq!(told(&abort).done.saturated, None, "a dead target is not a saturated one");
}

#[test]
fn what_is_on_its_way_when_the_graceful_stop_is_over_is_abandoned() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    let mut plan = plan(&server, concurrency(3));
    plan.phases.warmup_ms = 0;
    plan.phases.graceful_stop_ms = 50;
    let told = told(&plan);
    assert_eq!(told.failed_only(|failures| &mut failures.abandoned), 3);
    assert!(told.done.drained_ns >= told.done.load_ended_ns + 50 * MS);
}
