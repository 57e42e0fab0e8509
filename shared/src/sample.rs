//! One reading of everything, on the run's monotonic clock.

use serde::{Deserialize, Serialize};

use crate::{adjust::RunEvent, buckets::Buckets, pool::PoolReading, soft_limit::SoftLimitReading};

/// One reading of everything. Parts whose process did not answer in time are `None`, never guessed.
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
    /// What the allocator tells; `None` where it did not in time, since one of its locks was held.
    pub allocator: Option<AllocatorReading>,
    /// Bytes the kernel counts as resident for the whole process.
    pub rss_bytes: u64,
    /// The most it ever counted for this process.
    pub rss_peak_bytes: u64,
    /// Page faults served without disk since the process began.
    pub minor_faults: u64,
    /// Page faults served from disk since the process began.
    pub major_faults: u64,
    /// CPU time, user and system, since the process began.
    pub cpu_ns: u64,
    /// Times a thread gave its CPU up to wait for something, since the process began.
    pub voluntary_switches: u64,
    /// Times the kernel took a thread's CPU away, since the process began.
    pub involuntary_switches: u64,
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
    /// Time that the runtime's workers spent on tasks, all together, since it began.
    pub busy_ns: u64,
    /// Tasks that wait for a worker in the runtime's common queue.
    pub queue_depth: u64,
    /// What its buffer pools tell; all zero where there are none.
    #[serde(default)]
    pub pool: PoolReading,
    /// What its soft memory limit tells; all zero where there is none.
    #[serde(default)]
    pub soft_limit: SoftLimitReading,
    /// What the sampler itself cost.
    pub sampler: SamplerReading,
}

/// What the allocator tells of itself. Words are jemalloc's own; counters run since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatorReading {
    /// Bytes the application holds, rounded up to size classes: live memory, and what thread caches keep.
    pub allocated_bytes: u64,
    /// Bytes in pages with at least one live allocation.
    pub active_bytes: u64,
    /// Bytes of the allocator's own bookkeeping.
    pub metadata_bytes: u64,
    /// Bytes the allocator holds in physical pages, at most: active, dirty and metadata. Muzzy pages are not
    /// among them.
    pub resident_bytes: u64,
    /// Bytes in mapped extents.
    pub mapped_bytes: u64,
    /// Bytes of address space kept for later; virtual only, no physical cost.
    pub retained_bytes: u64,
    /// Bytes in pages that were freed and are kept for reuse.
    pub dirty_bytes: u64,
    /// Bytes in pages that were freed and that the kernel may take; they count as RSS until it does.
    pub muzzy_bytes: u64,
    /// Bytes that thread caches keep; `allocated_bytes` counts them.
    pub tcache_bytes: u64,
    /// The part of `allocated_bytes` in size classes up to 14 KiB.
    pub small_bytes: u64,
    /// The part of `allocated_bytes` in larger ones.
    pub large_bytes: u64,
    /// Large allocations; unlike the small ones' this count is exact.
    pub large_allocations: u64,
    /// Large frees.
    pub large_frees: u64,
    /// Sweeps that gave pages back.
    pub purges: u64,
    /// Calls of the kernel that they made.
    pub purge_calls: u64,
    /// Bytes that were given back, also at once on being freed.
    pub purged_bytes: u64,
    /// Background threads that run.
    pub background_threads: u64,
    /// Times that one of them woke up.
    pub background_runs: u64,
    /// Times that a thread had to wait for one of the allocator's locks.
    pub lock_waits: u64,
    /// For how long, all together.
    pub lock_wait_ns: u64,
}

impl AllocatorReading {
    /// Memory that is in use: what is allocated less what waits in thread caches.
    pub fn live_bytes(&self) -> u64 {
        self.allocated_bytes.saturating_sub(self.tcache_bytes)
    }

    /// Memory that is in no use but held by the pages that live memory is in.
    pub fn fragmentation_bytes(&self) -> u64 {
        self.active_bytes.saturating_sub(self.allocated_bytes)
    }

    /// Memory that is kept for reuse: dirty and muzzy pages, and thread caches.
    pub fn cache_bytes(&self) -> u64 {
        self.dirty_bytes + self.muzzy_bytes + self.tcache_bytes
    }
}

impl TargetReading {
    /// What the kernel counts beyond what the allocator holds: code, stacks, and muzzy pages. Negative where
    /// the allocator counts pages that nobody has touched yet.
    pub fn os_gap_bytes(&self) -> Option<i64> {
        Some(self.rss_bytes as i64 - self.allocator?.resident_bytes as i64)
    }
}

/// One of jemalloc's size classes with what lives in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizeClass {
    /// Bytes of an allocation.
    pub size_bytes: u64,
    /// Allocations that live, those in thread caches included.
    pub live: u64,
    /// Allocations that the pages of this class have room for. Far more than live ones is fragmentation.
    pub room: u64,
}

impl SizeClass {
    /// Bytes of the pages that its allocations have room in.
    pub fn held_bytes(&self) -> u64 {
        self.room * self.size_bytes
    }

    /// The part of its room that is taken, from 0 to 1.
    pub fn utilisation(&self) -> f64 {
        self.live as f64 / self.room.max(1) as f64
    }
}

/// What the sampler itself cost, since it began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SamplerReading {
    /// Samples taken.
    pub samples: u64,
    /// CPU time of the sampler's thread.
    pub cpu_ns: u64,
    /// Allocations made by the sampler's thread after its first sample.
    pub allocations: u64,
    /// Samples that were dropped because their pipe was full.
    pub dropped: u64,
}

/// What the load generator counted. All counters run from the first request of the warm-up.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReading {
    /// When it was taken, since the run began.
    pub elapsed_ns: u64,
    /// Requests whose intended instant has come.
    pub offered: u64,
    /// Requests that were sent.
    pub started: u64,
    /// Replies received whole, with a status of 2xx or 3xx.
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
    /// Latency from the intended start, over requests that completed since the last sample.
    pub response_time: LatencyWindow,
    /// Latency from the actual start, over the same requests.
    pub service_time: LatencyWindow,
    /// The response times of the same requests, all of them.
    #[serde(default)]
    pub response_times: Buckets,
    /// CPU time of the load generator, since it began.
    pub cpu_ns: u64,
    /// Resident memory of the load generator.
    pub rss_bytes: u64,
}

/// Percentiles of the requests that completed in one window. All zero when none did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyWindow {
    /// Requests that completed.
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
    /// Counters and gauges are the last ones. Percentiles are each the worst of the windows: a spike never
    /// disappears, and nothing is averaged. Distributions are added up, and events are all kept.
    /// `None` for an empty slice.
    pub fn merge(samples: &[Sample]) -> Option<Sample> {
        let (last, earlier) = samples.split_last()?;
        let mut merged = last.clone();
        merged.events = samples.iter().flat_map(|sample| sample.events.iter().cloned()).collect();
        for sample in earlier {
            if let (Some(into), Some(from)) = (&mut merged.load, &sample.load) {
                into.response_time.worst(&from.response_time);
                into.service_time.worst(&from.service_time);
                into.response_times.add(&from.response_times);
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
        let response_times = Buckets::of_ascending([(p99_ns, 1)]);
        let load = LoadReading { completed, response_time, response_times, ..Default::default() };
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
        assert_eq!((load.response_time.count, load.response_times.total()), (3, 3));
        assert_eq!(Sample::merge(&[]), None);
    }
}
