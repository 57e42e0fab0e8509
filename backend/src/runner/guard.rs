//! The hard memory limit of a target: a cgroup v2 where one is delegated, else a watchdog and a resource limit.

use std::{os::unix::process::ExitStatusExt, path::PathBuf};

use heapgym_shared::outcome::GuardKind;
use nix::sys::signal::Signal;

use super::{container::Container, environment, inherited::Inherited, process::Ended};

mod cgroup;
mod watchdog;

pub(super) use cgroup::CgroupParent;
use cgroup::RunCgroup;
use watchdog::Watchdog;

/// What holds one target to its limit.
#[derive(Debug)]
pub(super) struct Guard {
    limit_bytes: u64,
    inherited: Inherited,
    container: Container,
    /// What `container` had counted before the target started.
    oom_kills_before: u64,
    mechanism: Mechanism,
}

#[derive(Debug)]
enum Mechanism {
    Cgroup(RunCgroup),
    /// `None` until the target runs, and for good where its memory cannot be read.
    Watchdog(Option<Watchdog>),
}

impl Guard {
    /// Prepares the limit for a target that is yet to be started.
    pub(super) fn prepare(limit_bytes: u64, cgroups: Option<&CgroupParent>) -> Self {
        let cgroup = cgroups.and_then(|parent| match parent.create(limit_bytes) {
            Ok(cgroup) => Some(cgroup),
            Err(error) => {
                tracing::warn!(%error, "no cgroup for this run; a watchdog holds its memory limit");
                None
            }
        });
        let container = Container::current();
        Self {
            limit_bytes,
            inherited: Inherited::read(),
            oom_kills_before: container.oom_kills(),
            container,
            mechanism: cgroup.map_or(Mechanism::Watchdog(None), Mechanism::Cgroup),
        }
    }

    /// The cgroup the target is to enter.
    pub(super) fn cgroup(&self) -> Option<PathBuf> {
        match &self.mechanism {
            Mechanism::Cgroup(cgroup) => Some(cgroup.path().to_owned()),
            Mechanism::Watchdog(_) => None,
        }
    }

    /// The resource limit that stands behind a watchdog, for a burst between two of its looks. A lower limit that
    /// heapgym was started with stays: only root could raise it.
    ///
    /// It counts address space: jemalloc reserves ahead in growing steps, so it needs room beyond
    /// twice the limit not to trip before the watchdog does.
    pub(super) fn data_limit_bytes(&self) -> Option<u64> {
        const ROOM_BYTES: u64 = 1 << 30;
        match &self.mechanism {
            Mechanism::Cgroup(_) => None,
            Mechanism::Watchdog(_) => {
                let wanted = self.limit_bytes.saturating_mul(2).saturating_add(ROOM_BYTES);
                Some(self.inherited.data_bytes.map_or(wanted, |inherited| inherited.min(wanted)))
            }
        }
    }

    /// Watches the target that has been started.
    pub(super) fn watch(&mut self, pid: u32) {
        if let Mechanism::Watchdog(watchdog) = &mut self.mechanism {
            *watchdog = Watchdog::start(pid, self.limit_bytes)
                .inspect_err(|error| tracing::warn!(%error, "the target's memory cannot be watched"))
                .ok();
        }
    }

    /// The limit that ended a target, in bytes: a lower one that heapgym was started with may have.
    pub(super) fn limit_bytes(&self, ended_by: GuardKind) -> u64 {
        match ended_by {
            GuardKind::Rlimit => self.inherited.lowest_bytes().unwrap_or(self.limit_bytes),
            GuardKind::Container => environment::memory_bytes().unwrap_or(self.limit_bytes),
            GuardKind::Cgroup | GuardKind::Watchdog | GuardKind::SoftLimit => self.limit_bytes,
        }
    }

    /// What holds the limit.
    pub(super) fn kind(&self) -> GuardKind {
        match &self.mechanism {
            Mechanism::Cgroup(_) => GuardKind::Cgroup,
            Mechanism::Watchdog(Some(_)) => GuardKind::Watchdog,
            Mechanism::Watchdog(None) => GuardKind::Rlimit,
        }
    }

    /// The most resident memory the guard saw, in bytes.
    pub(super) fn peak_bytes(&self) -> u64 {
        match &self.mechanism {
            Mechanism::Cgroup(cgroup) => cgroup.peak_bytes(),
            Mechanism::Watchdog(watchdog) => watchdog.as_ref().map_or(0, Watchdog::peak_bytes),
        }
    }

    /// Whether a target that has ended was ended for its memory; gives the guard that did it.
    pub(super) fn ended_for_memory(&self, ended: &Ended) -> Option<GuardKind> {
        let signal = ended.status.and_then(|status| status.signal());
        let killed = signal == Some(Signal::SIGKILL as i32);
        match &self.mechanism {
            Mechanism::Cgroup(cgroup) if killed && cgroup.killed() => Some(GuardKind::Cgroup),
            Mechanism::Watchdog(Some(watchdog)) if killed && watchdog.tripped() => Some(GuardKind::Watchdog),
            _ if killed && self.container.oom_kills() > self.oom_kills_before => Some(GuardKind::Container),
            // The allocator was refused memory: Rust says so and aborts.
            _ if signal == Some(Signal::SIGABRT as i32) && ended.was_refused_memory() => {
                Some(GuardKind::Rlimit)
            }
            _ => None,
        }
    }
}

impl Ended {
    fn was_refused_memory(&self) -> bool {
        self.last_words.as_deref().is_some_and(|words| words.starts_with("memory allocation of"))
    }
}
