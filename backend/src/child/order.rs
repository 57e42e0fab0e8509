//! What the supervisor tells its children: one order, then commands, each a line of JSON on stdin.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use heapgym_shared::{
    adjust::Adjustment,
    load::Load,
    pool::PoolOptions,
    spec::Phases,
    threshold::Threshold,
    workload::{Inventory, Workload},
};
use serde::{Deserialize, Serialize};

/// Limits and placement that a child applies to itself before anything else.
///
/// The child does it, not the parent: what runs between fork and exec would need unsafe code.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Process id of the supervisor; a child that finds another parent has been orphaned.
    pub parent: i32,
    /// CPUs to run on; empty for all.
    pub cpus: Vec<usize>,
    /// A cgroup v2 to enter.
    pub cgroup: Option<PathBuf>,
    /// Limit on the process's data, in bytes.
    pub data_limit_bytes: Option<u64>,
    /// Whether the kernel should end this process first when memory is short.
    pub expendable: bool,
}

/// What the target is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TargetOrder {
    /// Limits and placement.
    pub setup: Setup,
    /// What it does per request.
    pub workload: Workload,
    /// How it is written.
    pub variant: String,
    /// Which pool it takes buffers from; `None` for a variant that has none.
    pub pool: Option<PoolOptions>,
    /// Where the service listens that it calls; `None` for a workload that calls none.
    pub downstream: Option<SocketAddr>,
    /// CPUs of the sampler; empty for those of the target.
    pub sampler_cpus: Vec<usize>,
    /// Whether jemalloc's background threads are to be on; `None` leaves them as they are.
    pub background_thread: Option<bool>,
    /// The soft memory limit, in bytes; `None` for no such limit.
    pub soft_limit_bytes: Option<u64>,
    /// From one sample to the next.
    pub sample_interval_ms: u64,
    /// The folder that heap profiles are written to; `None` where there is none to be had.
    pub profiles: Option<PathBuf>,
}

/// What the service is to be that a target calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DownstreamOrder {
    /// Limits and placement.
    pub setup: Setup,
    /// How it answers.
    pub inventory: Inventory,
    /// Seed of its latencies.
    pub seed: u64,
}

/// What the load generator is to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadOrder {
    /// Limits and placement.
    pub setup: Setup,
    /// Where the target listens.
    pub address: SocketAddr,
    /// What to ask for, such as `/api/products`.
    pub path: String,
    /// How requests arrive.
    pub load: Load,
    /// Seed of random arrivals.
    pub seed: u64,
    /// The phases around the load: warm-up begins `baseline_ms` after the origin.
    pub phases: Phases,
    /// From one sample to the next.
    pub sample_interval_ms: u64,
    /// What must hold; it answers what is about latencies and requests.
    pub thresholds: Vec<Threshold>,
}

/// What a child is told once it is ready. The end of stdin means: exit now.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Begin sampling, and the load: the run's clock reads zero at `origin_ns` of `CLOCK_MONOTONIC`,
    /// which all processes of a machine share.
    Begin {
        /// Nanoseconds of `CLOCK_MONOTONIC`.
        origin_ns: u64,
    },
    /// Tell the size classes with something live in them.
    SizeClasses,
    /// Start no more requests; finish what is on its way.
    Stop,
    /// Start no more requests, and wait for none: nobody is left to answer.
    GiveUp,
    /// Change the load or the target.
    Adjust {
        /// When, in nanoseconds of `CLOCK_MONOTONIC`.
        at_ns: u64,
        /// How.
        change: Adjustment,
    },
    /// Do this about heap profiles, and answer with a frame.
    Profile {
        /// What.
        step: ProfileStep,
    },
}

/// What the target is to do about heap profiles.
///
/// It is in frames as well, so it has no tag of its own: postcard reads none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileStep {
    /// Count allocations by stack from now on.
    Start,
    /// Count them no longer.
    Stop,
    /// Write what was counted to [`profile_file`].
    Take {
        /// How many were taken before.
        index: u32,
        /// Whether counting ends with it.
        last: bool,
    },
}

/// The file of a heap profile in the folder of a run.
pub fn profile_file(folder: &Path, index: u32) -> PathBuf {
    folder.join(format!("{index}.heap"))
}
