//! The engine against small servers that misbehave: what every test needs to run a plan and check what it told.

use std::{sync::mpsc::Receiver, time::Duration};

use heapgym_probe::clock;
use heapgym_shared::{
    load::{Load, LoadProfile, OnSaturation},
    report::{Failures, LoadSummary},
    sample::LoadReading,
    spec::Phases,
};

use super::*;
use crate::{child::LoadDone, load::request};

mod alone;
mod broken;
mod closed;
mod control;
mod failures;
mod hyper;
mod kinds;
mod replies;
mod saturation;
mod server;
mod stall;
mod traps;

use server::{Answer, Server, Then};

const MS: u64 = 1_000_000;

/// What a run told.
#[derive(Debug)]
struct Told {
    samples: Vec<(u64, LoadReading)>,
    done: LoadDone,
    details: Details,
}

/// What is only known where the load was generated.
#[derive(Debug, PartialEq)]
struct Details {
    /// Replies by status.
    statuses: Vec<(u16, u64)>,
    /// Bytes of their bodies.
    body_bytes: u64,
}

impl Details {
    /// As many replies with this status and a body of this size.
    fn of(status: u16, count: u64, body_bytes: u64) -> Self {
        Self { statuses: vec![(status, count)], body_bytes: count * body_bytes }
    }
}

/// A plan of short phases against a server.
fn plan(server: &Server, profile: LoadProfile) -> Plan {
    let max_in_flight = profile.concurrency().unwrap_or(8);
    Plan {
        address: server.address,
        request: request::get(server.address, "/").unwrap(),
        load: Load {
            profile,
            max_in_flight,
            on_saturation: OnSaturation::Queue,
            timeout_ms: 5_000,
            arrivals: Default::default(),
        },
        phases: Phases { baseline_ms: 30, warmup_ms: 100, graceful_stop_ms: 2_000, recovery_ms: 0 },
        sample_interval_ms: 20,
        threads: 2,
        own_processors: false,
        seed: 1,
        thresholds: Vec::new(),
    }
}

/// The same, with nothing before the load phase: its instants are those of the run.
fn bare_plan(server: &Server, profile: LoadProfile) -> Plan {
    let mut plan = plan(server, profile);
    (plan.phases.baseline_ms, plan.phases.warmup_ms) = (0, 0);
    plan
}

fn rate(rate: f64) -> LoadProfile {
    rate_for(rate, 300)
}

fn rate_for(rate: f64, duration_ms: u64) -> LoadProfile {
    LoadProfile::ConstantArrivalRate { rate, time_unit_ms: 1_000, duration_ms }
}

fn concurrency(concurrency: u32) -> LoadProfile {
    LoadProfile::ConstantConcurrency { concurrency, duration_ms: 300 }
}

/// Runs a plan to two samples beyond its end.
fn told(plan: &Plan) -> Told {
    told_with(plan, mpsc::channel().1)
}

fn told_with(plan: &Plan, commands: Receiver<Command>) -> Told {
    told_from(plan, clock::monotonic_ns(), commands.into_iter(), |_| ())
}

/// Runs a plan whose clock reads zero at `origin_ns`, and lets `watch` see each sample as it comes.
fn told_from(
    plan: &Plan,
    origin_ns: u64,
    commands: impl Iterator<Item = Command> + Send + 'static,
    mut watch: impl FnMut(&LoadReading),
) -> Told {
    let mut samples = Vec::new();
    let mut done = None;
    let mut left = 2;
    run(plan, origin_ns, commands, |event| {
        match event {
            Event::Sample { tick, reading, .. } => {
                watch(&reading);
                samples.push((tick, *reading));
                left -= u32::from(done.is_some());
            }
            Event::Done(summary) => assert!(done.replace(summary).is_none(), "done twice"),
        }
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .unwrap();
    let done = done.unwrap();
    let summary = &done.load.summary;
    // Each completed request is in the histograms once, and no other: nothing is clipped away or made up.
    let completed = summary.completed;
    let recorded = (done.latencies.response_time().len(), done.latencies.service_time().len());
    assert_eq!(recorded, (completed, completed));
    let replies: u64 = done.statuses.iter().map(|(_, count)| count).sum();
    assert_eq!(replies, summary.completed + summary.failures.status);
    let with_reason: u64 = done.failure_reasons.iter().map(|reason| reason.count).sum();
    assert_eq!(with_reason, summary.failed, "each failure has a reason");
    let details = Details { statuses: done.statuses.iter().collect(), body_bytes: done.body_bytes };
    let told = Told { samples, done: done.load, details };
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
        let LoadSummary { rate_per_s, throughput_per_s, .. } = summary;
        assert!(rate_per_s.is_finite() && throughput_per_s.is_finite());
        assert!(response_time.mean.is_finite() && service_time.mean.is_finite());

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
        assert_eq!(windows(|reading| reading.response_time.count), last.completed);
        assert_eq!(windows(|reading| reading.service_time.count), last.completed);
    }

    fn last(&self) -> &LoadReading {
        &self.samples.last().unwrap().1
    }

    /// The samples taken in this part of the run, in milliseconds.
    fn between(&self, from_ms: u64, to_ms: u64) -> impl Iterator<Item = &LoadReading> {
        let range = from_ms * MS..to_ms * MS;
        self.samples.iter().map(|(_, reading)| reading).filter(move |it| range.contains(&it.elapsed_ns))
    }

    /// The failures, of which only one kind is expected.
    #[track_caller]
    fn failed_only(&self, kind: fn(&mut Failures) -> &mut u64) -> u64 {
        let mut failures = self.done.summary.failures;
        let count = std::mem::take(kind(&mut failures));
        assert_eq!(failures, Failures::default());
        count
    }
}
