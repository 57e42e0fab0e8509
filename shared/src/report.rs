//! The summary of a finished run; `heapgym run --json` writes exactly this.

use serde::{Deserialize, Serialize};

use crate::{
    outcome::{GuardKind, Outcome},
    pool::PoolReading,
    sample::SizeClass,
    spec::RunSpec,
    threshold::ThresholdResult,
    unit::Unit,
};

mod failures;
mod headline;
mod leak;
mod parts;
mod soft_limit;

pub use failures::{FailureReason, Failures};
pub use leak::{Evidence, Leak, Reason, Verdict};
pub use parts::MemoryParts;
pub use soft_limit::SoftLimitSummary;

/// Version of the report's shape; grows when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// The summary of a finished run. Units are in the names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`] at the time of writing.
    pub schema: u32,
    /// What was run.
    pub spec: RunSpec,
    /// Where it was run.
    pub environment: Environment,
    /// How it ended.
    pub outcome: Outcome,
    /// What the load generator counted in the load phase and the drain after it.
    pub load: LoadSummary,
    /// Why requests of the load phase failed, the most frequent reason first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failure_reasons: Vec<FailureReason>,
    /// Latency from the intended start, over the completed requests of the load phase; all 0 when none completed.
    pub response_time_ns: Latency,
    /// Latency from the actual start, over the same requests.
    pub service_time_ns: Latency,
    /// From the intended to the actual start, over all requests that started; all 0 for closed profiles.
    #[serde(default)]
    pub lateness_ns: Latency,
    /// What generating the load cost.
    #[serde(default)]
    pub generator: GeneratorSummary,
    /// Memory of the target.
    pub memory: MemorySummary,
    /// What one request cost the target, over the load phase; `None` when it served none there.
    pub per_request: Option<PerRequest>,
    /// Tasks of the target's async runtime.
    pub tasks: TaskSummary,
    /// The target's buffer pools; `None` for a variant that has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolSummary>,
    /// What the soft memory limit did; `None` for a run without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_limit: Option<SoftLimitSummary>,
    /// Whether memory grew with the requests.
    pub leak: Leak,
    /// What measuring cost.
    pub sampler: SamplerSummary,
    /// What lived in which size class when the load ended; empty when the target could not be asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub size_classes: Vec<SizeClass>,
    /// Samples taken of the run.
    pub samples: u64,
    /// What became of the specification's thresholds, in their order.
    #[serde(default)]
    pub thresholds: Vec<ThresholdResult>,
    /// The heap profiles that were taken, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<ProfileTaken>,
    /// Why heap profiles that were asked for are not among them, each in a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profile_failures: Vec<String>,
}

impl Report {
    /// What is still held after the recovery without being in use, and why that is no leak; `None` when it is little,
    /// or the run did not get there.
    pub fn held_sentence(&self) -> Option<String> {
        let parts = self.memory.after_recovery?;
        let pools = self.pool.as_ref().and_then(PoolSummary::held_sentence);
        let sentences: Vec<_> = pools.into_iter().chain(parts.held_sentence()).collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }
}

/// A heap profile that was taken of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileTaken {
    /// When it was taken, from the beginning of the run.
    pub elapsed_ns: u64,
    /// Why it was taken, in a few words.
    pub cause: String,
}

/// Where a run took place. Two runs are comparable when these agree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// Version of heapgym.
    pub heapgym: String,
    /// Operating system, kernel release and architecture.
    pub kernel: String,
    /// Name of the CPU.
    pub cpu: String,
    /// CPUs this run could use.
    pub cpus: u32,
    /// Memory of the machine, or less in a container with a limit, in bytes.
    pub memory_bytes: u64,
    /// Version of the allocator.
    pub allocator: String,
    /// Allocator options in effect in the target, read back from it, in jemalloc's notation.
    pub allocator_options: String,
    /// CPUs of the target, such as `0`; `shared` where the host has only one.
    pub target_cpus: String,
    /// CPUs of the load generator.
    pub load_cpus: String,
    /// What held the memory limit; `None` where the target never started.
    pub guard: Option<GuardKind>,
    /// When the run's clock began, in milliseconds since 1970; `None` for a run that never started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at_ms: Option<u64>,
    /// The limit on a process's data that heapgym was started with (`ulimit -d`). `None` where there was no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_limit_bytes: Option<u64>,
    /// The limit on a process's address space that heapgym was started with (`ulimit -v`). `None` where there was no
    /// limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_space_limit_bytes: Option<u64>,
}

/// What lived in which size class after the load; nothing before that is known.
pub fn size_classes(report: Option<&Report>) -> &[SizeClass] {
    report.map_or(&[], |report| &report.size_classes)
}

/// What the load generator counted in the load phase and the drain after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadSummary {
    /// Requests whose intended instant came.
    pub offered: u64,
    /// Requests that were sent.
    pub started: u64,
    /// Replies received whole, with a status of 2xx or 3xx.
    pub completed: u64,
    /// Requests that ended without such a reply.
    pub failed: u64,
    /// The failed ones by kind.
    pub failures: Failures,
    /// Requests left out on purpose: `on_saturation: drop`, or still queued when the load phase ended.
    pub dropped: u64,
    /// Requests that started more than 1 ms after their intended instant.
    pub late: u64,
    /// Requests that were sent a second time, since the server closed their reused connection before the first byte of
    /// a reply (RFC 9112, section 9.3.1). They are no failures, and counted once everywhere else.
    #[serde(default)]
    pub resent: u64,
    /// Bytes of reply bodies of the completed requests.
    pub body_bytes: u64,
    /// Length of the load phase as it was; that of a fixed number of requests ends with the last reply.
    pub duration_ns: u64,
    /// Requests sent per second of the load phase.
    pub rate_per_s: f64,
    /// Requests that completed within the load phase, those of the warm-up too; not those that completed in the drain.
    #[serde(default)]
    pub completed_in_load: u64,
    /// `completed_in_load` per second of the load phase.
    pub throughput_per_s: f64,
}

/// What generating the load cost: its process is not the one measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorSummary {
    /// CPU time, user and system.
    pub cpu_ns: u64,
    /// Most resident memory in any sample.
    pub rss_peak_bytes: u64,
}

/// A latency distribution in nanoseconds, from one HDR histogram over all requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Mean.
    pub mean: f64,
    /// The fastest.
    #[serde(default)]
    pub min: u64,
    /// Half were no slower.
    pub p50: u64,
    /// Nine in ten were no slower.
    pub p90: u64,
    /// 95 in 100 were no slower.
    pub p95: u64,
    /// 99 in 100 were no slower.
    pub p99: u64,
    /// 999 in 1000 were no slower.
    pub p999: u64,
    /// The slowest.
    pub max: u64,
}

/// Memory of the target over the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemorySummary {
    /// Live memory at the end of the baseline.
    pub baseline_allocated_bytes: u64,
    /// Most live memory in any sample.
    pub allocated_peak_bytes: u64,
    /// Most memory held by the allocator in any sample.
    pub resident_peak_bytes: u64,
    /// Most memory the kernel counted for the process: its high-water mark where it could be read.
    pub rss_peak_bytes: u64,
    /// Live memory at the end of the recovery, less the baseline's; negative when less is held, `None`
    /// when the run did not get that far.
    pub held_after_recovery_bytes: Option<i64>,
    /// Live memory at the end of the recovery; `None` when the run did not get that far.
    #[serde(default)]
    pub allocated_after_recovery_bytes: Option<u64>,
    /// Memory in pages with anything live in them, then. More than the live memory is fragmentation.
    #[serde(default)]
    pub active_after_recovery_bytes: Option<u64>,
    /// Where the memory was at the end of the baseline.
    #[serde(default)]
    pub baseline: Option<MemoryParts>,
    /// Where it was at the end of the recovery; `None` when the run did not get that far.
    #[serde(default)]
    pub after_recovery: Option<MemoryParts>,
}

/// What one request cost the target, from the first to the last sample of the load phase. Requests that the soft limit
/// refused are not counted, but what it cost to refuse them is in the figures of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct PerRequest {
    /// Bytes asked of the allocator.
    pub allocated_bytes: f64,
    /// Calls of the allocator that gave memory.
    pub allocations: f64,
    /// Page faults served without disk.
    pub minor_faults: f64,
    /// CPU time.
    pub cpu_ns: f64,
}

/// Tasks of the target's async runtime.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskSummary {
    /// Most tasks alive in any sample.
    pub live_peak: u64,
    /// Tasks alive in the last sample of the recovery; `None` when the run did not get that far.
    pub live_after_recovery: Option<u64>,
}

/// The target's buffer pools over the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSummary {
    /// Most bytes in waiting buffers in any sample.
    pub retained_peak_bytes: u64,
    /// The last reading: counters of the whole run, and what waits at its end.
    pub last: PoolReading,
}

impl PoolSummary {
    fn held_sentence(&self) -> Option<String> {
        (self.last.retained_bytes >= parts::WORTH_SAYING_BYTES).then(|| {
            format!(
                "Of what is live, {} are buffers that wait in pools to be used again: a pool keeps what it once needed.",
                Unit::Bytes.format(self.last.retained_bytes as f64)
            )
        })
    }
}

/// What measuring cost the target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SamplerSummary {
    /// Mean CPU time of one sample.
    pub cpu_ns_per_sample: f64,
    /// Share of one core, 0 to 1.
    pub cpu_share: f64,
    /// Mean number of allocations of one sample in steady state.
    pub allocations_per_sample: f64,
    /// Samples dropped because their pipe was full.
    pub dropped: u64,
    /// Samples without the allocator's figures, which it did not tell in time; `None` where nobody counted them yet.
    pub without_allocator: Option<u64>,
}
