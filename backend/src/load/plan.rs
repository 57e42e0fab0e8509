//! What one load is to do, and the instants of its phases.

use std::net::SocketAddr;

use anyhow::ensure;
use heapgym_shared::{
    load::{Load, LoadProfile, OnSaturation},
    spec::Phases,
};

use super::schedule::Schedule;

const NS_PER_MS: u64 = 1_000_000;

/// What one load is to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where the target listens.
    pub address: SocketAddr,
    /// What to ask for, such as `/api/products`.
    pub path: String,
    /// How requests arrive.
    pub load: Load,
    /// The phases around the load.
    pub phases: Phases,
    /// From one sample to the next; at least 1.
    pub sample_interval_ms: u64,
    /// Load threads wanted; fewer are started when there are fewer connections than that.
    pub threads: usize,
}

/// How requests of a plan arrive.
#[derive(Debug, Clone)]
pub(super) enum Pace {
    /// At the instants of a schedule.
    Open(Schedule),
    /// Whenever the last reply is in.
    Closed,
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
    /// When the profile cannot be run yet.
    pub(super) fn pace(&self) -> anyhow::Result<Pace> {
        match &self.load.profile {
            LoadProfile::ConstantConcurrency { .. } => Ok(Pace::Closed),
            profile => match Schedule::of(profile) {
                Some(schedule) => Ok(Pace::Open(schedule)),
                None => anyhow::bail!("this load profile cannot be run yet"),
            },
        }
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

    /// The bytes of every request.
    ///
    /// # Errors
    /// When the path holds anything but visible ASCII, which could end the request line early.
    pub(super) fn request(&self) -> anyhow::Result<Vec<u8>> {
        let path = &self.path;
        ensure!(
            path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic()),
            "bad path `{path}`"
        );
        Ok(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).into_bytes())
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

    fn plan(max_in_flight: u32, threads: usize, path: &str) -> Plan {
        Plan {
            address: ([127, 0, 0, 1], 80).into(),
            path: path.to_owned(),
            load: Load {
                profile: LoadProfile::ConstantArrivalRate { rate: 10.0, duration_ms: 3_000 },
                max_in_flight,
                on_saturation: OnSaturation::Drop,
                timeout_ms: 100,
            },
            phases: Phases { baseline_ms: 1_000, warmup_ms: 2_000, graceful_stop_ms: 5, recovery_ms: 0 },
            sample_interval_ms: 100,
            threads,
        }
    }

    #[test]
    fn connections_are_split_evenly_and_no_thread_has_none() {
        assert_eq!(plan(1_000, 3, "/").connections_by_thread(), [334, 333, 333]);
        assert_eq!(plan(2, 8, "/").connections_by_thread(), [1, 1]);
        assert_eq!(plan(5, 0, "/").connections_by_thread(), [5]);
    }

    #[test]
    fn a_path_cannot_smuggle_a_second_request() {
        assert_eq!(
            plan(1, 1, "/a?b=c").request().unwrap(),
            b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"
        );
        for path in ["", "a", "/a b", "/a\r\nX: y"] {
            assert!(plan(1, 1, path).request().is_err(), "{path:?}");
        }
    }

    #[test]
    fn an_early_end_cuts_the_segments() {
        let timeline = plan(1, 1, "/").timeline(500);
        let ms = |ms: u64| 500 + ms * NS_PER_MS;
        assert_eq!(timeline.bounds(Segment::Warmup, u64::MAX), (ms(1_000), ms(3_000)));
        assert_eq!(timeline.bounds(Segment::Load, u64::MAX), (ms(3_000), ms(6_000)));
        assert_eq!(timeline.bounds(Segment::Load, ms(4_000)), (ms(3_000), ms(4_000)));
        assert_eq!(timeline.bounds(Segment::Load, 7), (7, 7));
        assert_eq!(timeline.bounds(Segment::Warmup, ms(1_500)), (ms(1_000), ms(1_500)));
    }
}
