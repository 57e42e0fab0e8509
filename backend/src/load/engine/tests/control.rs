//! Live control: what is changed holds from its instant on, for all threads, and loses no request.

use std::time::Instant;

use heapgym_shared::{
    adjust::Adjustment::{self, Pause, Resume, SetConcurrency, SetRate},
    load::{Arrivals as Spacing, Schedule},
};

use super::*;
use crate::load::{
    arrivals::Arrivals,
    plan::{Pace, Segment, Timeline},
};

/// From the start of a run to its clock's zero: what is sent before has been heard by then.
const READY_WITHIN_NS: u64 = 200 * MS;

/// Runs a plan with changes at these milliseconds of its clock, all of them known beforehand.
fn told_adjusted(plan: &Plan, changes: &[(u64, Adjustment)]) -> Told {
    let origin_ns = clock::monotonic_ns() + READY_WITHIN_NS;
    let commands: Vec<_> = changes
        .iter()
        .map(|&(at_ms, change)| Command::Adjust { at_ns: origin_ns + at_ms * MS, change })
        .collect();
    told_from(plan, origin_ns, commands.into_iter(), |_| ())
}

/// With connections to spare: what a busy machine is late with is sent all the same, and not dropped at the end.
fn spare_plan(server: &Server, profile: LoadProfile) -> Plan {
    let mut plan = bare_plan(server, profile);
    plan.load.max_in_flight = 400;
    plan
}

#[test]
fn a_rate_that_is_set_holds_from_its_instant_on() {
    let server = Server::start(Answer::Length(2));
    let plan = spare_plan(&server, rate_for(200.0, 600));
    let told = told_adjusted(&plan, &[(300, SetRate { rate: 800.0 }), (500, SetRate { rate: 50.0 })]);
    // 0.3 s of 200, 0.2 s of 800 and 0.1 s of 50 a second.
    assert_eq!(told.done.summary.offered, 60 + 160 + 5);
    assert_eq!(told.done.summary.completed, 60 + 160 + 5);
}

/// A thread that looks late must not go on with the old rate until it looks.
#[test]
fn a_change_holds_from_its_instant_even_if_the_thread_wakes_later() {
    let schedule = Schedule::constant(1_000.0, Spacing::Uniform, 1);
    let pace =
        Pace::Open { schedules: Box::new([schedule.clone(), schedule]), spacing: Spacing::Uniform, seed: 1 };
    let end_ns = 1_000 * MS;
    let timeline = Timeline { origin_ns: 0, warmup_ns: 0, load_ns: 0, end_ns, graceful_ns: 0 };
    let mut arrivals = Arrivals::new(&pace, (0, 1), timeline);
    while arrivals.turn(0) {}
    arrivals.change(Change { at_ns: 100 * MS, adjustment: Pause });
    arrivals.change(Change { at_ns: 200 * MS, adjustment: Resume });
    arrivals.change(Change { at_ns: 300 * MS, adjustment: SetRate { rate: 100.0 } });
    let mut intended = Vec::new();
    // As the event loop does: start what is due, then turn, until there is nothing to do.
    for now in [50, 150, 450, 1_000].map(|ms| ms * MS) {
        loop {
            intended
                .extend(std::iter::from_fn(|| arrivals.next(now)).map(|arrival| arrival.intended_ns / MS));
            if !arrivals.turn(now) {
                break;
            }
        }
    }
    let expected: Vec<_> = (0..100).chain(200..300).chain((300..1_000).step_by(10)).collect();
    assert_eq!(intended, expected);
    assert_eq!(arrivals.counts(Segment::Load, 2_000 * MS), (270, 270, 0));
}

#[test]
fn nothing_is_offered_in_a_pause_and_nothing_is_made_up_after_it() {
    let server = Server::start(Answer::Length(2));
    let plan = spare_plan(&server, rate_for(500.0, 800));
    let told = told_adjusted(&plan, &[(200, Pause), (600, Resume)]);
    assert_eq!(told.done.summary.offered, 100 + 100);
    // Far from the resumption, so that no busy machine reads it into them.
    assert!(told.between(200, 450).count() > 0);
    assert!(told.between(200, 450).all(|reading| reading.offered <= 100));
    // Those due in the pause were neither queued nor dropped.
    assert_eq!((told.done.summary.dropped, told.done.summary.completed), (0, 200));
}

/// A ramp goes on where it would be without the pause.
#[test]
fn after_a_pause_the_profile_is_where_its_time_is() {
    let server = Server::start(Answer::Length(2));
    let stages = vec![heapgym_shared::load::Stage { target: 1_000.0, duration_ms: 800 }];
    let profile = LoadProfile::RampingArrivalRate { start_rate: 0.0, time_unit_ms: 1_000, stages };
    let told = told_adjusted(&spare_plan(&server, profile), &[(200, Pause), (600, Resume)]);
    // By t seconds 625 t^2 are expected: 25 before the pause, and 400 - 225 after it.
    assert_eq!((told.done.summary.offered, told.done.summary.completed), (25 + 175, 25 + 175));
}

#[test]
fn pausing_twice_is_pausing_once_and_a_rate_may_be_set_meanwhile() {
    let server = Server::start(Answer::Length(2));
    let plan = spare_plan(&server, rate_for(500.0, 600));
    let changes = [(100, Resume), (200, Pause), (250, Pause), (300, SetRate { rate: 100.0 }), (400, Resume)];
    let told = told_adjusted(&plan, &changes);
    assert_eq!((told.done.summary.offered, told.done.summary.completed), (100 + 20, 100 + 20));
}

/// One connection for 50 requests a second, and 500 offered: nearly all of them wait through every change.
#[test]
fn changes_lose_no_request_that_is_queued() {
    let server = Server::start(Answer::After(Duration::from_millis(20)));
    let mut plan = bare_plan(&server, rate_for(500.0, 600));
    plan.load.max_in_flight = 2;
    let changes =
        [(100, SetRate { rate: 1_000.0 }), (200, Pause), (300, Resume), (400, SetRate { rate: 300.0 })];
    let told_few = told_adjusted(&plan, &changes);
    assert_eq!(told_few.done.summary.offered, 50 + 100 + 100 + 60);
    assert!(told_few.done.summary.dropped > 100, "{:?}", told_few.done.summary);
    assert!(told_few.done.response_time.max > 300 * MS, "the oldest come first: {:?}", told_few.done);

    // More changes than a thread remembers with requests waiting: what it lets go of is counted.
    let changes: Vec<_> = (0..50).flat_map(|n| [(100 + 8 * n, Pause), (104 + 8 * n, Resume)]).collect();
    let told_many = told_adjusted(&plan, &changes);
    assert_eq!(told_many.done.summary.offered, 50 + 50 * 2 + 50);
}

#[test]
fn changes_before_the_load_and_in_the_warmup_hold_for_the_load() {
    let server = Server::start(Answer::Length(2));
    // Its baseline lasts 30 ms, its warm-up 100 ms, its load 300 ms.
    let plan = plan(&server, rate(1_000.0));
    let early = told_adjusted(&plan, &[(10, SetRate { rate: 100.0 })]);
    assert_eq!((early.done.summary.offered, early.last().offered), (30, 10 + 30));
    let warm = told_adjusted(&plan, &[(80, SetRate { rate: 100.0 })]);
    assert_eq!((warm.done.summary.offered, warm.last().offered), (30, 50 + 5 + 30));
    let paused = told_adjusted(&plan, &[(10, Pause), (230, Resume)]);
    assert_eq!((paused.done.summary.offered, paused.last().offered), (200, 200));
}

#[test]
fn changes_after_the_end_change_nothing() {
    let server = Server::start(Answer::Length(2));
    let plan = bare_plan(&server, rate(100.0));
    let origin_ns = clock::monotonic_ns();
    let (sender, commands) = mpsc::channel();
    let change = SetRate { rate: 10_000.0 };
    sender.send(Command::Adjust { at_ns: origin_ns + 301 * MS, change }).unwrap();
    let told = told_from(&plan, origin_ns, commands.into_iter(), |reading| {
        if reading.elapsed_ns > 310 * MS {
            let _ = sender.send(Command::Adjust { at_ns: reading.elapsed_ns, change });
        }
    });
    assert_eq!((told.done.summary.offered, told.done.load_ended_ns), (30, 300 * MS));
}

#[test]
fn a_concurrency_is_set_up_and_down() {
    let server = Server::start(Answer::After(Duration::from_millis(5)));
    let mut plan = bare_plan(&server, concurrency(2));
    plan.load.profile = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 900 };
    let changes = [(300, SetConcurrency { concurrency: 7 }), (600, SetConcurrency { concurrency: 1 })];
    let told = told_adjusted(&plan, &changes);
    assert!(told.between(0, 250).all(|reading| reading.in_flight <= 2));
    assert!(told.between(350, 600).all(|reading| reading.in_flight <= 7));
    assert!(told.between(350, 600).any(|reading| reading.in_flight == 7));
    assert!(told.between(750, 900).all(|reading| reading.in_flight <= 1));
    assert_eq!(server.connections(), 7);
    assert_eq!(told.done.summary.completed, told.done.summary.started, "those too many were waited for");
}

#[test]
fn a_closed_profile_pauses_and_goes_on() {
    let server = Server::start(Answer::Length(2));
    let mut plan = bare_plan(&server, concurrency(2));
    plan.load.profile = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 900 };
    let told = told_adjusted(&plan, &[(200, Pause), (700, Resume)]);
    let started: Vec<_> = told.between(400, 650).map(|reading| reading.started).collect();
    assert!(!started.is_empty() && started.iter().all(|count| *count == started[0]), "{started:?}");
    assert!(told.between(400, 650).all(|reading| reading.in_flight == 0));
    assert!(told.last().started > started[0]);
    assert_eq!(server.connections(), 2, "kept through the pause");
}

/// Sends a command once a run of 60 s has got so far, and expects its end.
fn stopped_at_tick(plan: &Plan, paused: bool) -> Told {
    let began = Instant::now();
    let origin_ns = clock::monotonic_ns() + READY_WITHIN_NS;
    let (sender, commands) = mpsc::channel();
    if paused {
        sender.send(Command::Adjust { at_ns: origin_ns + 200 * MS, change: Pause }).unwrap();
    }
    let told = told_from(plan, origin_ns, commands.into_iter(), |reading| {
        if reading.elapsed_ns > 300 * MS {
            let _ = sender.send(Command::Stop);
        }
    });
    assert!(began.elapsed() < Duration::from_secs(30));
    told
}

#[test]
fn a_run_that_is_stopped_while_it_pauses_ends() {
    let server = Server::start(Answer::Length(2));
    let closed = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 60_000 };
    let fixed =
        LoadProfile::FixedIterations { iterations: u64::MAX, concurrency: 2, max_duration_ms: 60_000 };
    for profile in [rate_for(200.0, 60_000), closed, fixed] {
        let told = stopped_at_tick(&bare_plan(&server, profile), true);
        assert!(told.done.load_ended_ns > 300 * MS && told.done.summary.completed > 0);
        if told.done.summary.offered < 100 {
            assert_eq!(told.done.summary.offered, 40, "only what was due before the pause");
        }
    }
}

#[test]
fn a_stop_ends_each_phase_at_once() {
    let server = Server::start(Answer::Length(10));
    let mut plan = plan(&server, rate_for(200.0, 60_000));
    plan.phases.baseline_ms = 60_000;
    let (stop, commands) = mpsc::channel();
    stop.send(Command::Stop).unwrap();
    let began = Instant::now();
    let told_baseline = told_with(&plan, commands);
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(told_baseline.done.summary, Default::default());

    let done = stopped_at_tick(&bare_plan(&server, rate_for(200.0, 60_000)), false).done;
    assert!(done.summary.duration_ns >= 300 * MS && done.summary.offered >= 60, "{done:?}");
    assert_eq!(done.summary.duration_ns, done.load_ended_ns);
}

#[test]
fn a_load_that_is_given_up_tells_what_it_counted_without_waiting() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    let profile = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 60_000 };
    let mut plan = bare_plan(&server, profile);
    plan.phases.graceful_stop_ms = 60_000;
    let began = Instant::now();
    let origin_ns = clock::monotonic_ns() + READY_WITHIN_NS;
    let (sender, commands) = mpsc::channel();
    let told = told_from(&plan, origin_ns, commands.into_iter(), |reading| {
        if reading.started > 0 && reading.elapsed_ns > 300 * MS {
            let _ = sender.send(Command::GiveUp);
        }
    });
    assert!(began.elapsed() < Duration::from_secs(30));
    let summary = told.done.summary;
    assert_eq!((summary.started, summary.failed, summary.failures.abandoned), (2, 2, 2), "{summary:?}");
}

#[test]
fn a_sink_that_breaks_ends_the_load_threads() {
    let server = Server::start(Answer::Bytes(b"", Then::Hang));
    let mut plan = plan(&server, concurrency(2));
    plan.load.profile = LoadProfile::ConstantConcurrency { concurrency: 2, duration_ms: 60_000 };
    plan.phases.graceful_stop_ms = 60_000;
    let began = Instant::now();
    run(&plan, clock::monotonic_ns(), mpsc::channel().1.into_iter(), |_| ControlFlow::Break(())).unwrap();
    assert!(began.elapsed() < Duration::from_secs(30));
}

/// Who reads the samples may be slow, and who sends changes may be quick: the load threads wait for neither.
#[test]
fn a_sink_that_blocks_holds_up_no_request() {
    let server = Server::start(Answer::Length(2));
    let plan = spare_plan(&server, rate_for(500.0, 400));
    let origin_ns = clock::monotonic_ns();
    let many = (0..10_000).map(move |_| Command::Adjust { at_ns: origin_ns, change: Resume });
    let told = told_from(&plan, origin_ns, many, |reading| {
        if (50 * MS..200 * MS).contains(&reading.elapsed_ns) {
            let (until, deadline) = (server.requests() + 50, Instant::now() + Duration::from_secs(10));
            while server.requests() < until.min(200) {
                assert!(Instant::now() < deadline, "no request while the sink blocks");
                std::thread::yield_now();
            }
        }
    });
    assert_eq!(told.done.summary.completed, 200);
}
