//! Runs one specification from its first to its last phase, and owns the children that do it.

use std::{collections::VecDeque, pin::pin, time::Duration};

use heapgym_probe::clock;
use heapgym_shared::{
    Outcome, Report, RunSpec, Sample,
    adjust::{Adjustment, EventKind, RunEvent},
    outcome::Child,
    report::Environment,
    sample::SizeClass,
};
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    Controlled, Runner,
    control::Takes,
    cpus::CpuSets,
    downstream::{self, Downstream},
    environment,
    failure::{crashed, soft_limit_passed},
    guard::Guard,
    judge::Judge,
    merge::Merger,
    process::{ChildProcess, Ended},
    profiling::Profiling,
    purges::Purges,
    summary::{Ending, Summary},
    timeline::Timeline,
};
use crate::{
    child::{Command, LoadDone, LoadFrame, TargetFrame},
    profile::Profiles,
};

mod adjust;
mod hear;
mod profiles;
mod start;

/// How long a child may take to end when it is asked to.
const END_WITHIN: Duration = Duration::from_secs(1);
/// From `begin` to the first instant of the run, so that both children have heard of it.
const BEGIN_AFTER_NS: u64 = 20_000_000;

impl Runner {
    /// Executes `spec` and shows `observe` each sample; it must not block. Ends early when `controlled` is
    /// asked to stop. However the run ends, its children have ended too when this returns.
    pub async fn run(
        &self,
        spec: &RunSpec,
        controlled: Controlled,
        observe: impl FnMut(&Sample) + Send,
    ) -> Report {
        self.run_with_profiles(spec, controlled, observe).await.0
    }

    /// The same, and the heap profiles that were taken, in their order.
    pub async fn run_with_profiles(
        &self,
        spec: &RunSpec,
        mut controlled: Controlled,
        mut observe: impl FnMut(&Sample) + Send,
    ) -> (Report, Profiles) {
        let sets = CpuSets::of_this_process();
        let timeline = Timeline::new(spec);
        let mut run = Run {
            spec,
            profiling: Profiling::new(spec, &timeline),
            timeline,
            merger: Merger::default(),
            summary: Summary::default(),
            judge: Judge::new(&spec.thresholds),
            purges: Purges::default(),
            environment: environment::describe(&sets),
            guard: Guard::prepare(spec.limits.memory_bytes, self.cgroups.as_ref()),
            load_done: None,
            events: Vec::new(),
            asked: VecDeque::new(),
            origin_ns: 0,
            rss_peak_bytes: 0,
            size_classes: Vec::new(),
        };
        // First, and last to go: the target calls it. Whatever happens, it ends when this returns.
        let outcome = match Downstream::start(&self.program, &spec.workload, spec.seed, &sets.load).await {
            Err(error) => Outcome::Lost { reason: format!("{error:#}") },
            Ok(mut downstream) => {
                let outcome = run.run(self, &sets, &mut downstream, &mut controlled, &mut observe).await;
                if let Some(downstream) = downstream {
                    downstream.end().await;
                }
                outcome
            }
        };
        run.report(outcome, &controlled).await
    }
}

/// A run under way.
struct Run<'a> {
    spec: &'a RunSpec,
    profiling: Profiling,
    timeline: Timeline,
    merger: Merger,
    summary: Summary,
    judge: Judge,
    purges: Purges,
    environment: Environment,
    guard: Guard,
    load_done: Option<Box<LoadDone>>,
    /// What was done to the run since the last sample.
    events: Vec<RunEvent>,
    /// Changes that the target was asked for and has not made yet; few, for a person or a specification asks.
    asked: VecDeque<Adjustment>,
    /// The run's zero on `CLOCK_MONOTONIC`.
    origin_ns: u64,
    rss_peak_bytes: u64,
    size_classes: Vec<SizeClass>,
}

type Target = ChildProcess<TargetFrame>;
type Load = ChildProcess<LoadFrame>;

/// Why the run's main loop ended.
enum End {
    /// With this outcome, decided by the supervisor.
    Decided(Outcome),
    /// A child closed its pipe.
    Gone(Child),
}

impl Run<'_> {
    /// Starts target and load generator, and runs them to their end.
    async fn run(
        &mut self,
        runner: &Runner,
        sets: &CpuSets,
        downstream: &mut Option<Downstream>,
        controlled: &mut Controlled,
        observe: &mut (impl FnMut(&Sample) + Send),
    ) -> Outcome {
        let called = downstream.as_ref().map(|downstream| downstream.address);
        let (target, address) = match self.start_target(runner, sets, called).await {
            Ok(started) => started,
            Err(outcome) => return outcome,
        };
        match self.start_load(runner, sets, address).await {
            Ok(load) => self.supervise(target, load, downstream, controlled, observe).await,
            Err(outcome) => {
                target.end(Duration::ZERO).await;
                outcome
            }
        }
    }

    async fn supervise(
        &mut self,
        mut target: Target,
        mut load: Load,
        downstream: &mut Option<Downstream>,
        controlled: &mut Controlled,
        observe: &mut (impl FnMut(&Sample) + Send),
    ) -> Outcome {
        self.origin_ns = clock::monotonic_ns() + BEGIN_AFTER_NS;
        let began_at_ms = clock::unix_ms() + BEGIN_AFTER_NS / 1_000_000;
        self.environment.began_at_ms = Some(began_at_ms);
        controlled.begin(began_at_ms);
        let begin = Command::Begin { origin_ns: self.origin_ns };
        target.tell(begin).await;
        load.tell(begin).await;
        let end = self.watch_over(&mut target, &mut load, downstream, controlled, observe).await;

        // The load generator first: it may still be waiting for replies of a target that hangs.
        let target_gone = matches!(end, End::Gone(Child::Target));
        if target_gone || matches!(end, End::Decided(Outcome::TimedOut { .. } | Outcome::OutOfMemory { .. }))
        {
            // A target that exceeded its soft limit still answers, and its next sample tells of it. Otherwise nobody
            // answers, or waits for the answers: what was counted is wanted now.
            let still_answers = matches!(end, End::Decided(Outcome::OutOfMemory { .. }));
            load.tell(if still_answers { Command::Stop } else { Command::GiveUp }).await;
            let _ = timeout(END_WITHIN, self.hear_out_load(&mut load)).await;
        }
        if !target_gone {
            self.profile_ends("end of the run", &mut target).await;
            target.tell(Command::Stop).await;
            let _ = timeout(END_WITHIN, self.hear_out_target(&mut target)).await;
        }
        let (load_ended, target_ended) = tokio::join!(load.end(END_WITHIN), target.end(END_WITHIN));
        while let Some(sample) = self.merger.flush(&self.timeline, self.interval_ns()) {
            self.emit(sample, observe);
        }
        if let Some(last) = self.events.last() {
            let sample = self.merger.afterword(last.elapsed_ns, &self.timeline, self.interval_ns());
            self.emit(sample, observe);
        }
        self.rss_peak_bytes = self.rss_peak_bytes.max(self.guard.peak_bytes());
        match end {
            // However it ended, a target that was killed for its memory is the story of the run.
            _ if self.guard.ended_for_memory(&target_ended).is_some() => self.out_of_memory(&target_ended),
            End::Decided(outcome) => outcome,
            End::Gone(Child::Target) => crashed(Child::Target, target_ended),
            End::Gone(Child::Load) => crashed(Child::Load, load_ended),
            End::Gone(Child::Downstream) => match downstream.take() {
                Some(downstream) => crashed(Child::Downstream, downstream.end().await),
                None => Outcome::Lost { reason: "a service ended that was not there".to_owned() },
            },
        }
    }

    /// The main loop: until the last phase is over, or something ends the run before.
    async fn watch_over(
        &mut self,
        target: &mut Target,
        load: &mut Load,
        downstream: &mut Option<Downstream>,
        controlled: &mut Controlled,
        observe: &mut (impl FnMut(&Sample) + Send),
    ) -> End {
        let limit_ms = self.spec.limits.wall_clock_ms;
        let mut deadline = pin!(sleep_until(Instant::now() + Duration::from_millis(limit_ms)));
        let mut recovered = pin!(sleep_until(Instant::now()));
        let (mut stopping, mut gave_up) = (None, false);
        let spec = self.spec;
        let mut changes = &spec.changes[..];
        loop {
            let next_change = self.instant(changes.first().map_or(0, |next| next.at_ms * 1_000_000));
            tokio::select! {
                frame = target.next() => match frame {
                    Some(frame) => {
                        let passed = soft_limit_passed(&frame);
                        self.hear_target(frame);
                        if let Some(outcome) = passed {
                            return End::Decided(outcome);
                        }
                    }
                    None => return End::Gone(Child::Target),
                },
                frame = load.next() => match frame {
                    Some(LoadFrame::Done(done)) => {
                        self.profile_ends("end of the load", target).await;
                        let (saturated, drained_ns) = (done.saturated, done.drained_ns);
                        self.hear_load(LoadFrame::Done(done));
                        if let Some(in_flight) = saturated {
                            return End::Decided(Outcome::Saturated { in_flight });
                        }
                        if let Some(outcome) = stopping {
                            return End::Decided(outcome);
                        }
                        self.timeline.recovers(drained_ns);
                        target.tell(Command::SizeClasses).await;
                        controlled.take_only(Takes::OfTarget);
                        let recovery = Duration::from_millis(self.spec.phases.recovery_ms);
                        recovered.as_mut().reset(Instant::now() + recovery);
                    }
                    Some(frame) => self.hear_load(frame),
                    None => return End::Gone(Child::Load),
                },
                () = downstream::gone(downstream) => return End::Gone(Child::Downstream),
                () = controlled.stop.cancelled(), if stopping.is_none() => {
                    if self.load_done.is_some() {
                        return End::Decided(Outcome::STOPPED); // only the recovery is cut short
                    }
                    controlled.take_only(Takes::Nothing);
                    stopping = Some(Outcome::STOPPED);
                    self.note(clock::monotonic_ns(), EventKind::StopAsked);
                    self.profile_ends("stop asked for", target).await;
                    load.tell(Command::Stop).await;
                }
                () = controlled.give_up.cancelled(), if !gave_up && self.load_done.is_none() => {
                    gave_up = true;
                    load.tell(Command::GiveUp).await;
                }
                Some(change) = controlled.changes.recv(), if stopping.is_none() => {
                    // One of the load may have been accepted in the last instant of the load: it changes nothing.
                    if self.load_done.is_none() || change.made_by() == Child::Target {
                        self.adjust(change, target, load).await;
                    }
                }
                () = sleep_until(next_change), if stopping.is_none() && !changes.is_empty() => {
                    let change = changes[0].change;
                    changes = &changes[1..];
                    // A change of a load that is over changes nothing; the target is there to the end.
                    if self.load_done.is_none() || change.made_by() == Child::Target {
                        self.adjust(change, target, load).await;
                    }
                }
                () = self.profile_due() => self.profile_now(target).await,
                () = &mut recovered, if self.load_done.is_some() => return End::Decided(Outcome::Completed),
                () = &mut deadline => return End::Decided(Outcome::TimedOut { limit_ms }),
            }
            while let Some(sample) = self.merger.next(&self.timeline, self.interval_ns()) {
                self.emit(sample, observe);
            }
            if stopping.is_none()
                && let Some(threshold) = self.failed_threshold()
            {
                self.note(clock::monotonic_ns(), EventKind::ThresholdFailed { threshold: threshold.clone() });
                let outcome = Outcome::Stopped { threshold: Some(threshold) };
                if self.load_done.is_some() {
                    return End::Decided(outcome);
                }
                controlled.take_only(Takes::Nothing);
                stopping = Some(outcome);
                self.profile_ends("threshold failed", target).await;
                load.tell(Command::Stop).await;
            }
        }
    }

    /// An instant of the run's clock.
    fn instant(&self, elapsed_ns: u64) -> Instant {
        let left_ns = (self.origin_ns + elapsed_ns).saturating_sub(clock::monotonic_ns());
        Instant::now() + Duration::from_nanos(left_ns)
    }

    /// The threshold that is to stop the run now, if any.
    fn failed_threshold(&mut self) -> Option<String> {
        let elapsed_ns = clock::monotonic_ns().saturating_sub(self.origin_ns);
        self.judge.abort(elapsed_ns, self.load_done.is_some()).map(|threshold| threshold.to_string())
    }

    fn emit(&mut self, mut sample: Sample, observe: &mut impl FnMut(&Sample)) {
        sample.events = std::mem::take(&mut self.events);
        sample.events.extend(self.purges.observe(&sample));
        self.summary.observe(&sample);
        self.judge.observe(&sample);
        observe(&sample);
    }

    /// Takes note of something that is done to the run; the next sample tells it.
    fn note(&mut self, at_ns: u64, what: EventKind) {
        let elapsed_ns = at_ns.saturating_sub(self.origin_ns);
        self.events.push(RunEvent { elapsed_ns, what });
    }

    fn out_of_memory(&self, ended: &Ended) -> Outcome {
        let guard = self.guard.ended_for_memory(ended).unwrap_or(self.guard.kind());
        let limit_bytes = self.guard.limit_bytes(guard);
        Outcome::OutOfMemory { limit_bytes, reached_bytes: self.rss_peak_bytes, guard }
    }

    fn interval_ns(&self) -> u64 {
        self.spec.sample_interval_ms * 1_000_000
    }

    async fn report(self, outcome: Outcome, controlled: &Controlled) -> (Report, Profiles) {
        let ending = Ending {
            outcome,
            environment: self.environment,
            load: self.load_done,
            rss_peak_bytes: self.rss_peak_bytes,
            size_classes: self.size_classes,
        };
        let mut report = self.summary.finish(self.spec, ending);
        report.thresholds = self.judge.finish(&report);
        let (profiles, failures) = profiles::read(self.profiling, controlled).await;
        report.profiles = profiles.iter().map(|profile| profile.taken.clone()).collect();
        report.profile_failures = failures;
        (report, profiles)
    }
}
