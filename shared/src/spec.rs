//! A run's specification: what to run, how to load it, within which limits. Parsed once, at the edge.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    adjust::ScheduledChange,
    field::{Number, Reader, Rejection},
    load::{self, Caps, Load},
    pool::PoolOptions,
    soft_limit::{self, SOFT_MEMORY_BYTES},
    threshold::Threshold,
    unit::{MIB, Unit},
    workload::Workload,
};

pub mod allocator;
mod heap_profile;

pub use allocator::{AllocatorOptions, PROFILING_CONF};
pub use heap_profile::{HEAP_PROFILE, HeapProfiling};

/// Everything that decides a run. Serialises to what [`RunSpec::parse`] reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSpec {
    /// What the target does per request.
    pub workload: Workload,
    /// How it is written: one of the workload's variant ids.
    pub variant: String,
    /// Where the variant's buffers wait; `None` for a variant that has no pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolOptions>,
    /// How requests arrive.
    pub load: Load,
    /// The phases around the load.
    pub phases: Phases,
    /// Start-up options of the target's allocator.
    pub allocator: AllocatorOptions,
    /// What the run may use.
    pub limits: RunLimits,
    /// From one sample to the next.
    pub sample_interval_ms: u64,
    /// Seed of everything random.
    pub seed: u64,
    /// What must hold of the run; at most [`crate::threshold::MOST`].
    #[serde(default)]
    pub thresholds: Vec<Threshold>,
    /// Changes that are made to the run while it goes on, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ScheduledChange>,
    /// Whether a heap profile is taken.
    #[serde(default)]
    pub heap_profile: HeapProfiling,
}

/// Lengths of the phases around the load phase, whose length the profile gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phases {
    /// Idle, before the first request.
    pub baseline_ms: u64,
    /// Under load, but left out of the summary.
    pub warmup_ms: u64,
    /// The longest wait for the last replies; the drain ends as soon as they are in.
    pub graceful_stop_ms: u64,
    /// Idle, after the last reply.
    pub recovery_ms: u64,
}

/// What a run may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunLimits {
    /// Most resident memory of the target; beyond it the run ends `out_of_memory`.
    pub memory_bytes: u64,
    /// Memory that the target stays below by itself, by giving memory back and shedding load; `None` for no such limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub soft_memory_bytes: Option<u64>,
    /// Longest run from its first to its last phase; beyond it the run ends `timed_out`.
    pub wall_clock_ms: u64,
}

/// What an instance allows; part of its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InstanceLimits {
    /// Longest load phase.
    pub duration_ms: u64,
    /// Largest memory limit of a run.
    pub memory_bytes: u64,
    /// Highest rate, in requests per second.
    pub rate: f64,
    /// Most requests in flight.
    pub concurrency: u32,
    /// Most runs waiting in the queue.
    pub queue: u32,
}

impl Default for InstanceLimits {
    fn default() -> Self {
        Self {
            duration_ms: load::DURATION_MS.max as u64,
            memory_bytes: MEMORY_BYTES.max as u64,
            rate: load::RATE.max,
            concurrency: load::CONCURRENCY.max as u32,
            queue: 16,
        }
    }
}

/// A whole number in milliseconds.
const fn milliseconds(
    name: &'static str,
    title: &'static str,
    (min, max): (u32, u32),
    default: Option<f64>,
    help: &'static str,
) -> Number {
    Number {
        name,
        title,
        unit: Unit::Milliseconds,
        min: min as f64,
        max: max as f64,
        default,
        whole: true,
        help,
    }
}

/// Idle time before the first request.
pub const BASELINE_MS: Number = milliseconds(
    "baseline_ms",
    "Baseline",
    (0, 60_000),
    Some(1_000.0),
    "Idle time before the first request.",
);
/// Time under load that the summary leaves out.
pub const WARMUP_MS: Number = milliseconds(
    "warmup_ms",
    "Warm-up",
    (0, 60_000),
    Some(1_000.0),
    "Time under load that is charted but left out of the summary.",
);
/// Longest wait for the last replies.
pub const GRACEFUL_STOP_MS: Number = milliseconds(
    "graceful_stop_ms",
    "Graceful stop",
    (0, 60_000),
    Some(5_000.0),
    "The longest wait for replies after the last request.",
);
/// Idle time after the last reply.
pub const RECOVERY_MS: Number = milliseconds(
    "recovery_ms",
    "Recovery",
    (0, 120_000),
    Some(2_000.0),
    "Idle time after the last reply, in which memory may come back.",
);
/// Longest run.
pub const WALL_CLOCK_MS: Number = milliseconds(
    "wall_clock_ms",
    "Wall clock limit",
    (1_000, 1_000_000),
    None,
    "The run ends `timed_out` when it takes longer; by default the sum of its phases and ten seconds.",
);
/// From one sample to the next.
pub const SAMPLE_INTERVAL_MS: Number = milliseconds(
    "sample_interval_ms",
    "Sample interval",
    (20, 1_000),
    Some(100.0),
    "Time from one sample to the next.",
);
/// Most resident memory of the target.
pub const MEMORY_BYTES: Number = Number {
    name: "memory_bytes",
    title: "Memory limit",
    unit: Unit::Bytes,
    min: (32 * MIB) as f64,
    max: (64 * 1024 * MIB) as f64,
    default: Some((2048 * MIB) as f64),
    whole: true,
    help: "The run ends out_of_memory when the target's resident memory passes this.",
};
/// Seed of everything random.
pub const SEED: Number = Number {
    name: "seed",
    title: "Seed",
    unit: Unit::Count,
    min: 0.0,
    max: 9_007_199_254_740_991.0, // 2^53 - 1: exact in every JSON reader
    default: Some(1.0),
    whole: true,
    help: "Seed of everything random; the same seed gives the same arrivals.",
};

impl RunSpec {
    /// Reads an untrusted specification.
    ///
    /// # Errors
    /// The first field that is unknown, missing or out of range, with what would be accepted.
    pub fn parse(value: &Value, max: &InstanceLimits) -> Result<Self, Rejection> {
        Self::read(Reader::new("", value)?, max)
    }

    /// Reads an untrusted specification that is part of a larger message.
    ///
    /// # Errors
    /// As [`RunSpec::parse`].
    pub fn read(mut reader: Reader<'_>, max: &InstanceLimits) -> Result<Self, Rejection> {
        let workload = Workload::parse(reader.required_object("workload", &Workload::allowed())?)?;
        let variant = reader.word("variant", &workload.info().variant_ids(), None)?.to_owned();
        let pool = PoolOptions::read(&mut reader, workload.info(), &variant)?;
        let caps = Caps {
            duration_ms: max.duration_ms as f64,
            rate: max.rate,
            concurrency: f64::from(max.concurrency),
        };
        let load = Load::parse(reader.required_object("load", "{profile, ...}")?, &caps)?;

        let empty = Value::Object(serde_json::Map::new());
        let phases_path = reader.path("phases");
        let phases = match reader.object("phases")? {
            Some(phases) => Phases::parse(phases)?,
            None => Phases::parse(Reader::new(phases_path, &empty)?)?,
        };
        let allocator = match reader.object("allocator")? {
            Some(allocator) => AllocatorOptions::parse(allocator)?,
            None => AllocatorOptions::default(),
        };
        let planned_ms = phases.sum_ms() + load.profile.duration_ms();
        let limits_path = reader.path("limits");
        let limits = match reader.object("limits")? {
            Some(limits) => RunLimits::parse(limits, planned_ms, max)?,
            None => RunLimits::parse(Reader::new(limits_path, &empty)?, planned_ms, max)?,
        };
        let sample_interval_ms = reader.integer(&SAMPLE_INTERVAL_MS)?;
        let spec = Self {
            workload,
            variant,
            pool,
            load,
            phases,
            allocator,
            limits,
            sample_interval_ms,
            seed: reader.integer(&SEED)?,
            thresholds: Threshold::read_all(&mut reader, sample_interval_ms)?,
            changes: ScheduledChange::read_all(&mut reader)?,
            heap_profile: HeapProfiling::read(&mut reader)?,
        };
        for (index, scheduled) in spec.changes.iter().enumerate() {
            scheduled.change.check(&spec, max).map_err(|refused| Rejection {
                field: format!("changes[{index}].{}", refused.field),
                ..refused
            })?;
        }
        reader.finish()?;
        Ok(spec)
    }

    /// The length of all phases together, if the drain takes as long as it may.
    pub fn planned_ms(&self) -> u64 {
        self.phases.sum_ms() + self.load.profile.duration_ms()
    }
}

impl Phases {
    /// Reads the object `{baseline_ms, warmup_ms, graceful_stop_ms, recovery_ms}`.
    ///
    /// # Errors
    /// When a field is unknown or out of range.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let phases = Self {
            baseline_ms: reader.integer(&BASELINE_MS)?,
            warmup_ms: reader.integer(&WARMUP_MS)?,
            graceful_stop_ms: reader.integer(&GRACEFUL_STOP_MS)?,
            recovery_ms: reader.integer(&RECOVERY_MS)?,
        };
        reader.finish()?;
        Ok(phases)
    }

    fn sum_ms(&self) -> u64 {
        self.baseline_ms + self.warmup_ms + self.graceful_stop_ms + self.recovery_ms
    }
}

impl RunLimits {
    /// Spare time beyond the planned phases, for starting and ending the children.
    const SPARE_MS: u64 = 10_000;

    fn parse(mut reader: Reader<'_>, planned_ms: u64, max: &InstanceLimits) -> Result<Self, Rejection> {
        let wall_clock = WALL_CLOCK_MS.with_default(Some((planned_ms + Self::SPARE_MS) as f64));
        let memory_bytes = reader.integer(&MEMORY_BYTES.capped(max.memory_bytes as f64))?;
        let soft_path = reader.path(SOFT_MEMORY_BYTES.name);
        let soft_memory_bytes = reader.optional_number(&SOFT_MEMORY_BYTES)?.map(|bytes| bytes as u64);
        if let Some(soft_bytes) = soft_memory_bytes {
            soft_limit::check_below(&soft_path, soft_bytes, memory_bytes)?;
        }
        let limits = Self { memory_bytes, soft_memory_bytes, wall_clock_ms: reader.integer(&wall_clock)? };
        reader.finish()?;
        Ok(limits)
    }
}

#[cfg(test)]
mod tests;
