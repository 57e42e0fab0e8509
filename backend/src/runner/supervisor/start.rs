//! Starts the two children of a run, each with its order, and waits until it is ready.

use std::time::Duration;

use heapgym_shared::{Outcome, outcome::Child};
use tokio::time::timeout;

use super::{
    super::{
        Runner,
        cpus::CpuSets,
        failure::{crashed, not_started},
    },
    END_WITHIN, Load, Run, Target,
};
use crate::{
    child::{LOAD_CHILD, LoadFrame, LoadOrder, Setup, TARGET_CHILD, TargetFrame, TargetOrder},
    descriptors, target,
};

/// How long a child may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(10);

impl Run<'_> {
    pub(super) async fn start_target(
        &mut self,
        runner: &Runner,
        sets: &CpuSets,
        downstream: Option<std::net::SocketAddr>,
    ) -> Result<(Target, std::net::SocketAddr), Outcome> {
        let order = TargetOrder {
            setup: Setup {
                parent: std::process::id() as i32,
                cpus: sets.target.clone(),
                cgroup: self.guard.cgroup(),
                data_limit_bytes: self.guard.data_limit_bytes(),
                expendable: true,
            },
            workload: self.spec.workload.clone(),
            variant: self.spec.variant.clone(),
            pool: self.spec.pool,
            downstream,
            // Anywhere: the load's CPUs are the less busy ones, and it needs a few hundred us of them.
            sampler_cpus: [&sets.target[..], &sets.load[..]].concat(),
            background_thread: self.spec.allocator.background_thread,
            soft_limit_bytes: self.spec.limits.soft_memory_bytes,
            sample_interval_ms: self.spec.sample_interval_ms,
            profiles: self.profiling.folder().map(Into::into),
        };
        let conf = self.spec.allocator.malloc_conf();
        let spawned = Target::spawn(&runner.program, TARGET_CHILD, &conf, &order).await;
        let mut target = spawned.map_err(|error| not_started(Child::Target, &error))?;
        match timeout(READY_WITHIN, target.next()).await {
            Ok(Some(TargetFrame::Ready { address, allocator, allocator_options })) => {
                if let Some(pid) = target.id() {
                    self.guard.watch(pid);
                }
                self.environment.allocator = allocator;
                self.environment.allocator_options = allocator_options;
                self.environment.guard = Some(self.guard.kind());
                match self.spec.allocator.not_in_effect(&self.environment.allocator_options) {
                    None => Ok((target, address)),
                    Some(missed) => {
                        target.end(END_WITHIN).await;
                        Err(Outcome::Lost {
                            reason: format!("the target's allocator is not as asked: {missed}"),
                        })
                    }
                }
            }
            Ok(_) => Err(crashed(Child::Target, target.end(END_WITHIN).await)),
            Err(_) => {
                target.end(Duration::ZERO).await;
                Err(Outcome::Lost { reason: "the target was not ready after 10 s".to_owned() })
            }
        }
    }

    pub(super) async fn start_load(
        &self,
        runner: &Runner,
        sets: &CpuSets,
        address: std::net::SocketAddr,
    ) -> Result<Load, Outcome> {
        let connections = u64::from(self.spec.load.max_in_flight);
        if let Some(shortage) = descriptors::shortage(connections, sets.load.len() as u64) {
            tracing::warn!("{shortage}");
        }
        let order = LoadOrder {
            setup: Setup { parent: std::process::id() as i32, cpus: sets.load.clone(), ..Setup::default() },
            address,
            path: target::workload::path(&self.spec.workload),
            load: self.spec.load.clone(),
            seed: self.spec.seed,
            phases: self.spec.phases.clone(),
            sample_interval_ms: self.spec.sample_interval_ms,
            thresholds: self.spec.thresholds.clone(),
        };
        let spawned = Load::spawn(&runner.program, LOAD_CHILD, "", &order).await;
        let mut load = spawned.map_err(|error| not_started(Child::Load, &error))?;
        match timeout(READY_WITHIN, load.next()).await {
            Ok(Some(LoadFrame::Ready)) => Ok(load),
            Ok(_) => Err(crashed(Child::Load, load.end(END_WITHIN).await)),
            Err(_) => {
                load.end(Duration::ZERO).await;
                Err(Outcome::Lost { reason: "the load generator was not ready after 10 s".to_owned() })
            }
        }
    }
}
