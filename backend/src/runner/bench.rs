//! One variant benchmarked: a fresh child that calls its handler, guarded like a run's target.

use std::time::Duration;

use heapgym_shared::{
    Outcome, outcome::Child, report::Environment, spec::AllocatorOptions, workload::Workload,
};
use tokio::time::timeout;

use super::{Runner, cpus::CpuSets, environment, guard::Guard, process::ChildProcess};
use crate::{
    bench::{BENCH_CHILD, BenchFrame, BenchOrder},
    child::Setup,
};

/// How long the child may take to tell that it is ready.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take to end once it is done.
const END_WITHIN: Duration = Duration::from_secs(1);

/// What to benchmark, and how long.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BenchSpec {
    pub(crate) workload: Workload,
    pub(crate) variant: String,
    /// About how long a round lasts.
    pub(crate) round: Duration,
    pub(crate) rounds: u32,
    /// Most resident memory of the child.
    pub(crate) memory_bytes: u64,
}

/// Where benchmarks take place. Their child may run on every CPU.
pub(crate) fn environment() -> Environment {
    environment::describe(&CpuSets { target: Vec::new(), load: Vec::new() })
}

impl Runner {
    /// Benchmarks one variant and shows `observe` what its child tells. The child has ended when this returns.
    pub(crate) async fn bench(&self, spec: &BenchSpec, mut observe: impl FnMut(BenchFrame)) -> Outcome {
        let mut guard = Guard::prepare(spec.memory_bytes, self.cgroups.as_ref());
        let order = BenchOrder {
            setup: Setup {
                parent: std::process::id() as i32,
                cpus: Vec::new(), // nothing else runs: the kernel places it best
                cgroup: guard.cgroup(),
                data_limit_bytes: guard.data_limit_bytes(),
                expendable: true,
            },
            workload: spec.workload.clone(),
            variant: spec.variant.clone(),
            round_ms: spec.round.as_millis() as u64,
            rounds: spec.rounds,
        };
        let conf = AllocatorOptions::default().malloc_conf();
        let spawned = ChildProcess::spawn(&self.program, BENCH_CHILD, &conf, &order).await;
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => {
                return Outcome::Lost { reason: format!("the child could not be started: {error}") };
            }
        };
        let Ok(first) = timeout(READY_WITHIN, child.next()).await else {
            child.end(Duration::ZERO).await;
            return Outcome::Lost { reason: "the child was not ready after 10 s".to_owned() };
        };
        if let Some(pid) = child.id() {
            guard.watch(pid);
        }
        let mut done = false;
        let mut next = first;
        while let Some(frame) = next {
            done = frame == BenchFrame::Done;
            observe(frame);
            next = if done { None } else { child.next().await };
        }
        let ended = child.end(END_WITHIN).await;
        match guard.ended_for_memory(&ended) {
            _ if done => Outcome::Completed,
            Some(kind) => Outcome::OutOfMemory {
                limit_bytes: guard.limit_bytes(kind),
                reached_bytes: guard.peak_bytes(),
                guard: kind,
            },
            None => Outcome::Crashed {
                process: Child::Target,
                status: ended.describe(),
                last_words: ended.last_words,
            },
        }
    }
}
