//! The engine against a small server that misbehaves: every count and byte adds up.

use std::{
    sync::mpsc::Receiver,
    time::{Duration, Instant},
};

use heapgym_probe::clock;
use heapgym_shared::{
    load::{Load, LoadProfile, OnSaturation},
    report::Failures,
    sample::LoadReading,
    spec::Phases,
};

use super::*;
use crate::child::LoadDone;

mod server;

use server::{Answer, Server};

const MS: u64 = 1_000_000;

/// What a run told.
#[derive(Debug)]
struct Told {
    samples: Vec<(u64, LoadReading)>,
    done: LoadDone,
}

/// A plan of short phases against a server.
fn plan(server: &Server, profile: LoadProfile) -> Plan {
    let max_in_flight = profile.concurrency().unwrap_or(8);
    Plan {
        address: server.address,
        path: "/".to_owned(),
        load: Load { profile, max_in_flight, on_saturation: OnSaturation::Queue, timeout_ms: 5_000 },
        phases: Phases { baseline_ms: 30, warmup_ms: 100, graceful_stop_ms: 2_000, recovery_ms: 0 },
        sample_interval_ms: 20,
        threads: 2,
    }
}

fn rate(rate: f64) -> LoadProfile {
    LoadProfile::ConstantArrivalRate { rate, duration_ms: 300 }
}

fn concurrency(concurrency: u32) -> LoadProfile {
    LoadProfile::ConstantConcurrency { concurrency, duration_ms: 300 }
}

/// Runs a plan to two samples beyond its end.
fn told(plan: &Plan) -> Told {
    told_with(plan, mpsc::channel().1)
}

fn told_with(plan: &Plan, commands: Receiver<Command>) -> Told {
    let mut samples = Vec::new();
    let mut done = None;
    let mut left = 2;
    run(plan, clock::monotonic_ns(), commands.into_iter(), |event| {
        match event {
            Event::Sample { tick, reading } => {
                samples.push((tick, reading));
                left -= u32::from(done.is_some());
            }
            Event::Done(summary) => assert!(done.replace(*summary).is_none(), "done twice"),
        }
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    let told = Told { samples, done: done.unwrap() };
    told.check();
    told
}

impl Told {
    /// What holds of every run.
    #[track_caller]
    fn check(&self) {
        let LoadDone { summary, response_time, service_time, load_ended_ns, drained_ns, .. } = &self.done;
        assert_eq!(summary.offered, summary.started + summary.dropped);
        assert_eq!(summary.started, summary.completed + summary.failed);
        assert_eq!(summary.failed, summary.failures.total());
        assert!(summary.late <= summary.started);
        assert!(drained_ns >= load_ended_ns);
        assert!(response_time.max >= service_time.max && response_time.mean >= service_time.mean);
        assert!(summary.rate_per_s.is_finite() && summary.throughput_per_s.is_finite());

        for ((earlier_tick, earlier), (tick, later)) in self.samples.iter().zip(&self.samples[1..]) {
            assert!(tick > earlier_tick && later.elapsed_ns > earlier.elapsed_ns);
            assert!(later.completed >= earlier.completed && later.offered >= earlier.offered);
            assert!(later.offered >= later.started + later.dropped);
            assert_eq!(later.started, later.completed + later.failed + later.in_flight);
        }
        assert_eq!(self.samples[0].0, 0, "the first tick is the origin");
        let last = self.last();
        assert_eq!((last.offered, last.in_flight), (last.started + last.dropped, 0));
        let windows =
            |count: fn(&LoadReading) -> u64| self.samples.iter().map(|(_, it)| count(it)).sum::<u64>();
        assert_eq!(windows(|reading| reading.response_time.count), last.completed + last.failed);
        assert_eq!(windows(|reading| reading.service_time.count), last.completed + last.failed);
    }

    fn last(&self) -> &LoadReading {
        &self.samples.last().unwrap().1
    }

    /// The failures, of which only one kind is expected.
    fn failed_only(&self, kind: fn(&mut Failures) -> &mut u64) -> u64 {
        let mut failures = self.done.summary.failures;
        let count = std::mem::take(kind(&mut failures));
        assert_eq!(failures, Failures::default());
        count
    }
}

#[test]
fn a_steady_rate_is_offered_exactly_and_every_byte_is_counted() {
    let server = Server::start(Answer::Length(1_000));
    let told = told(&plan(&server, rate(500.0)));
    let summary = &told.done.summary;
    assert_eq!((summary.offered, summary.failed), (150, 0));
    assert_eq!(summary.body_bytes, summary.completed * 1_000);
    assert_eq!(summary.duration_ns, 300 * MS);
    let last = told.last();
    assert_eq!((last.offered, last.body_bytes), (200, last.completed * 1_000));
    assert_eq!(server.requests(), last.started);
    assert!(told.samples.iter().all(|(_, reading)| reading.elapsed_ns >= 30 * MS || reading.offered == 0));
}

#[test]
fn closed_connections_are_always_busy_and_chunks_are_decoded() {
    let server = Server::start(Answer::Chunked(300_000));
    let told = told(&plan(&server, concurrency(3)));
    let summary = &told.done.summary;
    assert_eq!((summary.offered, summary.dropped, summary.failed), (summary.started, 0, 0));
    assert!(summary.completed > 3);
    assert_eq!(summary.body_bytes, summary.completed * 300_000);
    assert_eq!(server.connections(), 3);
    assert!(told.samples.iter().all(|(_, reading)| reading.in_flight <= 3));
    assert!(told.samples.iter().any(|(_, reading)| reading.in_flight == 3));
}

#[test]
fn bodies_may_end_with_the_connection_and_the_server_may_announce_its_end() {
    for (answer, body_bytes) in [(Answer::UntilClose(5_000), 5_000), (Answer::AnnouncedClose, 2)] {
        let server = Server::start(answer);
        let told = told(&plan(&server, concurrency(2)));
        let summary = &told.done.summary;
        assert!(summary.completed > 2 && summary.failed == 0, "{summary:?}");
        assert_eq!(summary.body_bytes, summary.completed * body_bytes);
        assert_eq!(server.connections(), told.last().started);
    }
}

#[test]
fn connections_closed_while_idle_are_opened_again_without_a_failure() {
    let server = Server::start(Answer::SilentClose);
    let told = told(&plan(&server, rate(50.0)));
    assert_eq!((told.done.summary.completed, told.done.summary.failed), (15, 0));
    assert_eq!(server.connections(), told.last().started);
}

#[test]
fn a_reply_cut_short_is_closed_and_not_tried_in_a_busy_loop() {
    let server = Server::start(Answer::CutShort);
    let told = told(&plan(&server, concurrency(4)));
    let closed = told.failed_only(|failures| &mut failures.closed);
    assert!((4..4 * 40).contains(&closed), "{closed}");
    assert_eq!((told.done.summary.completed, told.done.summary.body_bytes), (0, 0));
    assert_eq!(told.last().body_bytes, told.last().started * 3);
}

#[test]
fn statuses_from_400_on_fail_but_keep_the_connection() {
    let server = Server::start(Answer::NotFound);
    let told = told(&plan(&server, rate(100.0)));
    assert_eq!(told.failed_only(|failures| &mut failures.status), 30);
    assert_eq!(told.done.summary.body_bytes, 0);
    assert_eq!(told.last().body_bytes, told.last().started * 9);
    assert!(server.connections() < server.requests() / 2);
}

#[test]
fn other_protocols_are_malformed() {
    let server = Server::start(Answer::Gibberish);
    let told = told(&plan(&server, concurrency(2)));
    assert!(told.failed_only(|failures| &mut failures.malformed) > 0);
}

#[test]
fn a_server_that_never_answers_shows_in_the_counter_and_the_maximum() {
    let server = Server::start(Answer::Never);
    let mut plan = plan(&server, concurrency(2));
    plan.load.timeout_ms = 60;
    let told = told(&plan);
    let timeouts = told.failed_only(|failures| &mut failures.timeout);
    assert!((2..=2 * 300 / 60 + 2).contains(&timeouts), "{timeouts}");
    // The timeout counts from the start, service time from the sending just after.
    assert!(told.done.response_time.p50 >= 60 * MS && told.done.response_time.max >= 60 * MS);
    assert!(told.done.service_time.p50 >= 40 * MS, "{:?}", told.done.service_time);
}

#[test]
fn what_is_on_its_way_when_the_graceful_stop_is_over_is_abandoned() {
    let server = Server::start(Answer::Never);
    let mut plan = plan(&server, concurrency(3));
    plan.phases.warmup_ms = 0;
    plan.phases.graceful_stop_ms = 50;
    let told = told(&plan);
    assert_eq!(told.failed_only(|failures| &mut failures.abandoned), 3);
    assert!(told.done.drained_ns >= told.done.load_ended_ns + 50 * MS);
    assert!(told.done.response_time.max >= 200 * MS);
}

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
fn the_backlog_of_the_warmup_does_not_reach_the_load_phase() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = plan(&server, rate(1_000.0));
    plan.load.max_in_flight = 1;
    plan.phases.warmup_ms = 400;
    plan.load.profile = LoadProfile::ConstantArrivalRate { rate: 1_000.0, duration_ms: 100 };
    let told = told(&plan);
    assert_eq!((told.done.summary.offered, told.last().offered), (100, 500));
    // Carried over, the backlog would have kept the only connection busy to the end.
    assert!(told.done.summary.started > 0);
    assert!(told.done.response_time.max < 300 * MS, "{:?}", told.done.response_time);
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
    assert!(response_time.p50 < service_time.p50 + 10 * MS, "{response_time:?} {service_time:?}");
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
    assert!(told_open.failed_only(|failures| &mut failures.connect) > 20);
    let mut abort = plan(&server, rate(2_000.0));
    abort.load.on_saturation = OnSaturation::Abort;
    assert_eq!(told(&abort).done.saturated, None, "a dead target is not a saturated one");
}

#[test]
fn a_stop_ends_each_phase_at_once() {
    let server = Server::start(Answer::Length(10));
    let mut plan = plan(&server, rate(200.0));
    plan.load.profile = LoadProfile::ConstantArrivalRate { rate: 200.0, duration_ms: 60_000 };
    plan.phases = Phases { baseline_ms: 60_000, ..plan.phases };
    let (stop, commands) = mpsc::channel();
    stop.send(Command::Stop).unwrap();
    let began = Instant::now();
    let told_baseline = told_with(&plan, commands);
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(told_baseline.done.summary, Default::default());

    plan.phases = Phases { baseline_ms: 0, warmup_ms: 0, ..plan.phases };
    let (stop, commands) = mpsc::channel();
    let mut seen = None;
    run(&plan, clock::monotonic_ns(), commands.into_iter(), |event| match event {
        Event::Sample { tick, .. } => {
            if tick == 5 {
                stop.send(Command::Stop).unwrap();
            }
            ControlFlow::Continue(())
        }
        Event::Done(done) => {
            seen = Some(*done);
            ControlFlow::Break(())
        }
    })
    .unwrap();
    let done = seen.unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
    assert!(done.summary.duration_ns >= 100 * MS && done.summary.offered >= 20, "{done:?}");
    assert_eq!(done.summary.offered, done.summary.started + done.summary.dropped);
    assert_eq!(done.summary.duration_ns, done.load_ended_ns);
}

#[test]
fn a_sink_that_breaks_ends_the_load_threads() {
    let server = Server::start(Answer::Never);
    let mut plan = plan(&server, concurrency(2));
    plan.load.profile = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 60_000 };
    plan.phases.graceful_stop_ms = 60_000;
    let began = Instant::now();
    run(&plan, clock::monotonic_ns(), mpsc::channel().1.into_iter(), |_| ControlFlow::Break(())).unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn profiles_that_cannot_be_run_yet_are_refused() {
    let server = Server::gone();
    let plan = plan(&server, LoadProfile::Pause { duration_ms: 1 });
    let refused = run(&plan, 0, mpsc::channel().1.into_iter(), |_| ControlFlow::Break(()));
    assert!(refused.is_err());
}
