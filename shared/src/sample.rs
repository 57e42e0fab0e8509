//! One reading of everything, on the run's monotonic clock.

use serde::{Deserialize, Serialize};

use crate::{adjust::RunEvent, pool::PoolReading};

/// One reading of everything. Parts whose process did not answer in time are none, never guessed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Position in the run, from 0, without gaps.
    pub seq: u64,
    /// The instant it stands for on the run's monotonic clock: a multiple of the sample interval.
    pub elapsed_ns: u64,
    /// The phase the run was in.
    pub phase: Phase,
    /// What the target read of itself.
    pub target: Option<TargetReading>,
    /// What the load generator counted.
    pub load: Option<LoadReading>,
    /// What was done to the run since the last sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<RunEvent>,
}

/// The phases of a run, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Idle, before the first request.
    Baseline,
    /// Under load, left out of the summary.
    Warmup,
    /// Under load, summarised.
    Load,
    /// Waiting for the last replies.
    Drain,
    /// Idle, after the last reply.
    Recovery,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Phase; 5] = [Self::Baseline, Self::Warmup, Self::Load, Self::Drain, Self::Recovery];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Warmup => "warmup",
            Self::Load => "load",
            Self::Drain => "drain",
            Self::Recovery => "recovery",
        }
    }
}

/// What a measured process reads of itself. Words for memory are jemalloc's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetReading {
    /// When it was taken, since the run began; a busy target answers a little after its tick.
    pub elapsed_ns: u64,
    /// Bytes the application holds, rounded up to size classes: live memory.
    pub allocated_bytes: u64,
    /// Bytes in pages with at least one live allocation.
    pub active_bytes: u64,
    /// Bytes of the allocator's own bookkeeping.
    pub metadata_bytes: u64,
    /// Bytes the allocator holds in physical pages, at most: active, dirty and metadata.
    pub resident_bytes: u64,
    /// Bytes in mapped extents.
    pub mapped_bytes: u64,
    /// Bytes of address space kept for later; virtual only, no physical cost.
    pub retained_bytes: u64,
    /// Bytes the kernel counts as resident for the whole process.
    pub rss_bytes: u64,
    /// Page faults served without disk since the process began.
    pub minor_faults: u64,
    /// Page faults served from disk since the process began.
    pub major_faults: u64,
    /// Processor time, user and system, since the process began.
    pub cpu_ns: u64,
    /// Calls of the allocator that gave memory, since the process began.
    pub allocations: u64,
    /// Bytes those calls asked for.
    pub allocation_bytes: u64,
    /// Requests whose handler began.
    pub requests: u64,
    /// Requests whose handler ended, with a reply or without.
    pub requests_ended: u64,
    /// Tasks of the async runtime that are alive.
    pub live_tasks: u64,
    /// What its buffer pools tell; all zero where there are none.
    #[serde(default)]
    pub pool: PoolReading,
    /// What the sampler itself cost.
    pub sampler: SamplerReading,
}

/// What the sampler itself cost, since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplerReading {
    /// Samples taken.
    pub samples: u64,
    /// Processor time of the sampler's thread.
    pub cpu_ns: u64,
    /// Allocations made by the sampler's thread after its first sample.
    pub allocations: u64,
    /// Samples that were dropped because their pipe was full.
    pub dropped: u64,
}

/// What the load generator counted. All counters run from the first request of the warm-up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReading {
    /// When it was taken, since the run began.
    pub elapsed_ns: u64,
    /// Requests whose intended instant has come.
    pub offered: u64,
    /// Requests that were sent.
    pub started: u64,
    /// Replies received whole, with a status below 400.
    pub completed: u64,
    /// Requests that ended without such a reply.
    pub failed: u64,
    /// Requests left out on purpose.
    pub dropped: u64,
    /// Requests that started more than 1 ms after their intended instant.
    pub late: u64,
    /// Requests on their way.
    pub in_flight: u64,
    /// Bytes of reply bodies received.
    pub body_bytes: u64,
    /// Latency from the intended start, over requests that ended since the last sample.
    pub response_time: LatencyWindow,
    /// Latency from the actual start, over the same requests.
    pub service_time: LatencyWindow,
    /// Processor time of the load generator, since it began.
    pub cpu_ns: u64,
    /// Resident memory of the load generator.
    pub rss_bytes: u64,
}

/// Percentiles of the requests that ended in one window. All zero when none did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyWindow {
    /// Requests that ended.
    pub count: u64,
    /// Half were no slower, in nanoseconds.
    pub p50_ns: u64,
    /// Nine in ten were no slower.
    pub p90_ns: u64,
    /// 99 in 100 were no slower.
    pub p99_ns: u64,
    /// The slowest.
    pub max_ns: u64,
}

impl Sample {
    /// Folds several consecutive samples into the last one, for a viewer that fell behind.
    ///
    /// Counters and gauges are the last ones. Percentiles cannot be merged without their histograms,
    /// so each is the worst of the windows: a spike never disappears, and nothing is averaged. Events are
    /// all kept.
    /// None for an empty slice.
    pub fn merge(samples: &[Sample]) -> Option<Sample> {
        let (last, earlier) = samples.split_last()?;
        let mut merged = last.clone();
        merged.events = samples.iter().flat_map(|sample| sample.events.iter().cloned()).collect();
        for sample in earlier {
            if let (Some(into), Some(from)) = (&mut merged.load, &sample.load) {
                into.response_time.worst(&from.response_time);
                into.service_time.worst(&from.service_time);
            }
        }
        Some(merged)
    }
}

impl LatencyWindow {
    fn worst(&mut self, other: &LatencyWindow) {
        self.count += other.count;
        self.p50_ns = self.p50_ns.max(other.p50_ns);
        self.p90_ns = self.p90_ns.max(other.p90_ns);
        self.p99_ns = self.p99_ns.max(other.p99_ns);
        self.max_ns = self.max_ns.max(other.max_ns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(seq: u64, completed: u64, p99_ns: u64) -> Sample {
        let response_time = LatencyWindow { count: 1, p99_ns, max_ns: p99_ns, ..Default::default() };
        let load = LoadReading { completed, response_time, ..Default::default() };
        Sample {
            seq,
            elapsed_ns: seq,
            phase: Phase::Load,
            target: None,
            load: Some(load),
            events: Vec::new(),
        }
    }

    #[test]
    fn a_merge_keeps_the_last_counters_and_the_worst_spike() {
        let merged = Sample::merge(&[sample(1, 10, 5), sample(2, 20, 900), sample(3, 30, 7)]).unwrap();
        let load = merged.load.unwrap();
        assert_eq!((merged.seq, load.completed, load.response_time.p99_ns), (3, 30, 900));
        assert_eq!(load.response_time.count, 3);
        assert_eq!(Sample::merge(&[]), None);
    }
}
