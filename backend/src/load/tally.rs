//! What all load threads counted together: live readings and the summary.

use hdrhistogram::CreationError;
use heapgym_probe::process::Usage;
use heapgym_shared::{
    report::{FailureReason, LoadSummary},
    sample::LoadReading,
};

use super::{
    MAX_REASONS,
    event::{self, Done},
    failure::FailureCounts,
    plan::Segment,
    statuses::Statuses,
    watch::Known,
    window::{Counters, Latencies, Summaries, Window},
};
use crate::child::LoadDone;

/// What all load threads counted together.
#[derive(Debug)]
pub(super) struct Tally {
    /// The last known counters of each thread.
    threads: Vec<[Counters; 2]>,
    /// Since the last sample.
    window: Latencies,
    /// Of the load phase's requests.
    summary: Latencies,
    /// Of the load phase's replies.
    statuses: Statuses,
    /// Of the load phase's failed requests.
    failures: FailureCounts,
}

/// The instants of a load that is over, on one clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Course {
    /// The run's zero.
    pub(super) origin_ns: u64,
    /// When the load phase began, or would have.
    pub(super) load_ns: u64,
    /// When it ended.
    pub(super) end_ns: u64,
    /// When the last reply was in.
    pub(super) drained_ns: u64,
}

impl Tally {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// Never, with the bounds of [`Latencies`].
    pub(super) fn new(threads: usize) -> Result<Self, CreationError> {
        Ok(Self {
            threads: vec![Default::default(); threads],
            window: Latencies::new()?,
            summary: Latencies::new()?,
            statuses: Statuses::default(),
            failures: FailureCounts::default(),
        })
    }

    /// Takes in what one thread counted.
    pub(super) fn add(&mut self, thread: usize, window: &Window) {
        self.threads[thread] = window.counters;
        window.latencies.iter().for_each(|latencies| self.window.add(latencies));
        self.summary.add(&window.latencies[Segment::Load.index()]);
    }

    /// Takes in what one thread counted by status and by reason, once it has ended.
    pub(super) fn add_counts(&mut self, statuses: &Statuses, failures: &FailureCounts) {
        self.statuses.add(statuses);
        self.failures.add(failures);
    }

    /// A reading of what is known now; the next one begins a new window of latencies.
    pub(super) fn take_reading(&mut self, elapsed_ns: u64, usage: Usage) -> LoadReading {
        let mut total = self.total(Segment::Warmup);
        total.add(&self.total(Segment::Load));
        let (response_time, service_time) = self.window.windows();
        let response_times = self.window.response_times();
        self.window.reset();
        LoadReading {
            elapsed_ns,
            offered: total.offered,
            started: total.started,
            completed: total.completed,
            failed: total.failures.total(),
            dropped: total.dropped,
            late: total.late,
            in_flight: total.in_flight(),
            body_bytes: total.body_bytes,
            response_time,
            service_time,
            response_times,
            cpu_ns: usage.cpu_ns,
            rss_bytes: usage.rss_bytes,
        }
    }

    /// What thresholds are judged by, at an instant of `CLOCK_MONOTONIC`.
    pub(super) fn known(&self, now_ns: u64) -> Known<'_> {
        Known { now_ns, counters: Segment::ALL.map(|segment| self.total(segment)), load: &self.summary }
    }

    /// The summary of the load phase and its drain. Takes the histograms away: nothing is left to sum up.
    ///
    /// # Errors
    /// Never, with the bounds of [`Latencies`].
    pub(super) fn done(&mut self, course: Course, saturated: Option<u64>) -> Result<Done, CreationError> {
        let Course { origin_ns, load_ns, end_ns, drained_ns } = course;
        let total = self.total(Segment::Load);
        let duration_ns = end_ns.saturating_sub(load_ns);
        let Summaries { response_time, service_time, lateness } = self.summary.summaries();
        let summary = LoadSummary {
            offered: total.offered,
            started: total.started,
            completed: total.completed,
            failed: total.failures.total(),
            failures: total.failures,
            dropped: total.dropped,
            late: total.late,
            resent: total.resent,
            body_bytes: total.completed_body_bytes,
            duration_ns,
            rate_per_s: per_second(total.started, duration_ns),
            completed_in_load: total.completions,
            throughput_per_s: per_second(total.completions, duration_ns),
        };
        let statuses = std::mem::take(&mut self.statuses);
        let failure_reasons = event::failure_reasons(&statuses, &std::mem::take(&mut self.failures));
        let load = LoadDone {
            summary,
            failure_reasons: FailureReason::top(failure_reasons.clone(), MAX_REASONS),
            response_time,
            service_time,
            lateness,
            load_ended_ns: end_ns.saturating_sub(origin_ns),
            drained_ns: drained_ns.saturating_sub(origin_ns),
            figures: Vec::new(),
            saturated,
        };
        Ok(Done {
            load,
            latencies: std::mem::replace(&mut self.summary, Latencies::new()?),
            statuses,
            failure_reasons,
            body_bytes: total.body_bytes,
        })
    }

    fn total(&self, segment: Segment) -> Counters {
        self.threads.iter().fold(Counters::default(), |mut total, thread| {
            total.add(&thread[segment.index()]);
            total
        })
    }
}

fn per_second(count: u64, elapsed_ns: u64) -> f64 {
    if elapsed_ns == 0 { 0.0 } else { count as f64 * 1e9 / elapsed_ns as f64 }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::report::Failures;

    use super::*;

    fn counters(completed: u64) -> Counters {
        let failures = Failures { status: 1, ..Default::default() };
        let completions = completed - 5; // five replies came in the drain
        let (offered, started) = (completed + 3, completed + 2);
        Counters { offered, started, completed, completions, failures, ..Default::default() }
    }

    #[test]
    fn readings_span_both_segments_and_the_summary_only_the_load() {
        let mut tally = Tally::new(2).unwrap();
        let mut window = Window::new().unwrap();
        window.counters = [counters(10), counters(20)];
        window.of(Segment::Warmup).record(9_000_000, 9_000_000);
        window.of(Segment::Load).record(1_000_000, 500_000);
        tally.add(0, &window);
        tally.add(1, &window);

        let reading = tally.take_reading(7, Usage::default());
        assert_eq!((reading.completed, reading.failed, reading.in_flight), (60, 4, 4));
        assert_eq!((reading.offered, reading.response_time.count), (72, 4));
        assert!(reading.response_time.max_ns >= 9_000_000);
        assert_eq!(tally.take_reading(7, Usage::default()).response_time.count, 0);

        let course = Course { origin_ns: 500, load_ns: 1_000, end_ns: 2_001_000, drained_ns: 4_001_000 };
        let done = tally.done(course, None).unwrap().load;
        assert_eq!((done.summary.completed, done.summary.duration_ns), (40, 2_000_000));
        assert!(done.response_time.max < 1_010_000 && done.service_time.max < 510_000);
        assert_eq!((done.summary.completed_in_load, done.summary.duration_ns), (30, 2_000_000));
        assert_eq!((done.summary.rate_per_s, done.summary.throughput_per_s), (22_000.0, 15_000.0));
        assert_eq!((done.load_ended_ns, done.drained_ns), (2_000_500, 4_000_500));
    }

    #[test]
    fn a_load_that_never_began_has_rates_of_zero() {
        let course = Course { origin_ns: 500, load_ns: 1_000, end_ns: 700, drained_ns: 700 };
        let done = Tally::new(1).unwrap().done(course, None).unwrap().load;
        assert_eq!(done, LoadDone { load_ended_ns: 200, drained_ns: 200, ..Default::default() });
    }
}
