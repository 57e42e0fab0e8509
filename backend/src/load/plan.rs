//! What one load is to do, and the instants of its phases.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
};

use anyhow::Context;
use heapgym_shared::{
    load::{self, Concurrency, Load, LoadProfile, OnSaturation, Schedule},
    spec::Phases,
    threshold::Threshold,
};

use super::request::EncodedRequest;

const NS_PER_MS: u64 = 1_000_000;

/// What one load is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the target listens.
    pub address: SocketAddr,
    /// Every request.
    pub request: EncodedRequest,
    /// How requests arrive.
    pub load: Load,
    /// The phases around the load.
    pub phases: Phases,
    /// From one sample to the next; at least 1.
    pub sample_interval_ms: u64,
    /// Load threads wanted; fewer are started when there are fewer connections than that.
    pub threads: usize,
    /// Whether the load threads have CPUs of their own, which they may keep busy.
    pub own_processors: bool,
    /// Seed of random arrivals.
    pub seed: u64,
    /// What must hold; figures of those about latencies and requests are told with each sample.
    pub thresholds: Vec<Threshold>,
}

/// How requests of a plan arrive.
#[derive(Debug, Clone)]
pub(super) enum Pace {
    /// At the instants of a schedule.
    Open {
        /// By [`Segment::index`].
        schedules: Box<[Schedule; 2]>,
        /// How a rate that is set by hand is to be spread.
        spacing: load::Arrivals,
        /// Seed of random arrivals.
        seed: u64,
    },
    /// Whenever the last reply is in.
    Closed {
        /// How many requests may be on their way.
        concurrency: Concurrency,
        /// How many requests there are in the load phase; `None` where their number is not fixed.
        iterations: Option<Arc<AtomicU64>>,
    },
}

/// A stretch of time under load, with its own requests and counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment {
    /// Under load, left out of the summary.
    Warmup,
    /// Under load, summarised.
    Load,
}

/// The instants of a run's phases, in nanoseconds of `CLOCK_MONOTONIC`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timeline {
    /// The run's zero.
    pub(super) origin_ns: u64,
    /// When the warm-up begins.
    pub(super) warmup_ns: u64,
    /// When the load phase begins.
    pub(super) load_ns: u64,
    /// When the load phase ends, unless it is ended earlier.
    pub(super) end_ns: u64,
    /// The longest drain.
    pub(super) graceful_ns: u64,
}

impl Plan {
    /// How requests arrive.
    ///
    /// # Errors
    /// Never: each profile is either open or closed.
    pub(super) fn pace(&self) -> anyhow::Result<Pace> {
        let Self { load, seed, .. } = self;
        if let Some(concurrency) = Concurrency::of(&load.profile) {
            let iterations = match load.profile {
                LoadProfile::FixedIterations { iterations, .. } => Some(Arc::new(AtomicU64::new(iterations))),
                _ => None,
            };
            return Ok(Pace::Closed { concurrency, iterations });
        }
        let schedules = Schedule::warmup_of(load, *seed).zip(Schedule::of(load, *seed));
        let (warmup, load_phase) = schedules.context("the profile has neither a rate nor a concurrency")?;
        Ok(Pace::Open { schedules: Box::new([warmup, load_phase]), spacing: load.arrivals, seed: *seed })
    }

    /// What to do when no connection is left. Closed profiles wait by their nature.
    pub(super) fn on_saturation(&self) -> OnSaturation {
        match self.load.profile.concurrency() {
            Some(_) => OnSaturation::Queue,
            None => self.load.on_saturation,
        }
    }

    /// The instants of the phases of a run whose clock reads zero at `origin_ns`.
    pub(super) fn timeline(&self, origin_ns: u64) -> Timeline {
        let warmup_ns = origin_ns + self.phases.baseline_ms * NS_PER_MS;
        let load_ns = warmup_ns + self.phases.warmup_ms * NS_PER_MS;
        Timeline {
            origin_ns,
            warmup_ns,
            load_ns,
            end_ns: load_ns + self.load.profile.duration_ms() * NS_PER_MS,
            graceful_ns: self.phases.graceful_stop_ms * NS_PER_MS,
        }
    }

    /// How long one request may take; at least a millisecond.
    pub(super) fn timeout_ns(&self) -> u64 {
        self.load.timeout_ms.max(1) * NS_PER_MS
    }

    /// From one sample to the next; at least a millisecond.
    pub(super) fn sample_interval_ns(&self) -> u64 {
        self.sample_interval_ms.max(1) * NS_PER_MS
    }

    /// Most connections of each thread: all of them, split evenly, and no thread without any.
    pub(super) fn connections_by_thread(&self) -> Vec<usize> {
        let connections = (self.load.max_in_flight as usize).max(1);
        let threads = self.threads.clamp(1, connections);
        (0..threads).map(|thread| (connections + threads - 1 - thread) / threads).collect()
    }
}

impl Segment {
    /// Both, in their order; the position is [`Segment::index`].
    pub(super) const ALL: [Segment; 2] = [Self::Warmup, Self::Load];

    /// Its position among [`Segment::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

impl Timeline {
    /// From when until when a segment lasts if the load ends at `end_ns`. One that never begins is empty,
    /// at `end_ns`.
    pub(super) fn bounds(&self, segment: Segment, end_ns: u64) -> (u64, u64) {
        let (start, end) = match segment {
            Segment::Warmup => (self.warmup_ns, self.load_ns),
            Segment::Load => (self.load_ns, self.end_ns),
        };
        let end = end.min(end_ns);
        (start.min(end), end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(max_in_flight: u32, threads: usize) -> Plan {
        Plan {
            address: ([127, 0, 0, 1], 80).into(),
            request: EncodedRequest { bytes: Vec::new(), is_safe: true },
            load: Load {
                profile: LoadProfile::ConstantArrivalRate {
                    rate: 10.0,
                    time_unit_ms: 1_000,
                    duration_ms: 3_000,
                },
                max_in_flight,
                on_saturation: OnSaturation::Drop,
                timeout_ms: 100,
                arrivals: load::Arrivals::Uniform,
            },
            phases: Phases { baseline_ms: 1_000, warmup_ms: 2_000, graceful_stop_ms: 5, recovery_ms: 0 },
            sample_interval_ms: 100,
            threads,
            own_processors: false,
            seed: 1,
            thresholds: Vec::new(),
        }
    }

    #[test]
    fn connections_are_split_evenly_and_no_thread_has_none() {
        assert_eq!(plan(1_000, 3).connections_by_thread(), [334, 333, 333]);
        assert_eq!(plan(2, 8).connections_by_thread(), [1, 1]);
        assert_eq!(plan(5, 0).connections_by_thread(), [5]);
    }

    #[test]
    fn an_early_end_cuts_the_segments() {
        let timeline = plan(1, 1).timeline(500);
        let ms = |ms: u64| 500 + ms * NS_PER_MS;
        assert_eq!(timeline.bounds(Segment::Warmup, u64::MAX), (ms(1_000), ms(3_000)));
        assert_eq!(timeline.bounds(Segment::Load, u64::MAX), (ms(3_000), ms(6_000)));
        assert_eq!(timeline.bounds(Segment::Load, ms(4_000)), (ms(3_000), ms(4_000)));
        assert_eq!(timeline.bounds(Segment::Load, 7), (7, 7));
        assert_eq!(timeline.bounds(Segment::Warmup, ms(1_500)), (ms(1_000), ms(1_500)));
    }
}
