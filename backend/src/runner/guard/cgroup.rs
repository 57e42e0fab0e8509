//! A cgroup v2 of a run's own, where the system has delegated a subtree to this process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use nix::{errno::Errno, sys::signal::kill, unistd::Pid};

use crate::runner::container::{own_v2, parse_oom_kills};

/// A cgroup below which runs get theirs.
#[derive(Debug)]
pub(in crate::runner) struct CgroupParent {
    directory: PathBuf,
    runs: AtomicU64,
}

impl CgroupParent {
    /// The cgroup of this process, if it may make others below it with a memory limit.
    pub(in crate::runner) fn find() -> Option<Self> {
        Self::below(own_v2()?)
            .inspect_err(
                |error| tracing::debug!(%error, "no cgroup v2 with memory is delegated to this process"),
            )
            .ok()
    }

    /// Takes over `directory`. A cgroup that gives controllers to its children may hold no process
    /// itself (the kernel's "no internal processes" rule), so this process moves into a leaf first.
    fn below(directory: PathBuf) -> io::Result<Self> {
        let controllers = fs::read_to_string(directory.join("cgroup.controllers"))?;
        if !controllers.split_whitespace().any(|controller| controller == "memory") {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "no memory controller"));
        }
        remove_abandoned(&directory);
        let leaf = directory.join(format!("heapgym-{}", process::id()));
        fs::create_dir(&leaf)?;
        let enter = |cgroup: &Path| fs::write(cgroup.join("cgroup.procs"), "0");
        let taken =
            enter(&leaf).and_then(|()| fs::write(directory.join("cgroup.subtree_control"), "+memory"));
        if let Err(error) = taken {
            // Somebody else lives there too: go back to where this process was.
            let _ = enter(&directory);
            let _ = fs::remove_dir(&leaf);
            return Err(error);
        }
        Ok(Self { directory, runs: AtomicU64::new(0) })
    }

    /// Makes a cgroup with this limit, without swap, that the kernel ends as a whole.
    pub(in crate::runner) fn create(&self, limit_bytes: u64) -> io::Result<RunCgroup> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let path = self.directory.join(format!("heapgym-{}-run-{number}", process::id()));
        fs::create_dir(&path)?;
        let cgroup = RunCgroup { path };
        cgroup.set("memory.max", &limit_bytes.to_string())?;
        cgroup.set("memory.oom.group", "1")?;
        // Missing on kernels without swap accounting, where there is nothing to forbid.
        let _ = cgroup.set("memory.swap.max", "0");
        Ok(cgroup)
    }
}

/// The cgroup of one run; removed when dropped, after its processes have ended.
#[derive(Debug)]
pub(in crate::runner) struct RunCgroup {
    path: PathBuf,
}

impl RunCgroup {
    /// Its directory.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        fs::write(self.path.join(file), value)
    }

    /// Most memory its processes had at once, in bytes; 0 on kernels before 5.19, which do not tell.
    pub(super) fn peak_bytes(&self) -> u64 {
        let peak = fs::read_to_string(self.path.join("memory.peak")).ok();
        peak.and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Whether the kernel ended a process in it for its memory.
    pub(super) fn killed(&self) -> bool {
        let events = fs::read_to_string(self.path.join("memory.events"));
        events.is_ok_and(|events| parse_oom_kills(&events) > Some(0))
    }
}

impl Drop for RunCgroup {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a run's cgroup stays behind");
        }
    }
}

/// Removes the cgroups that processes left in `directory`: no process can remove the one that it ends in.
fn remove_abandoned(directory: &Path) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_name().to_str().and_then(owner).is_some_and(has_ended) {
            let _ = fs::remove_dir(entry.path()); // fails while a process is in it: a later start removes it
        }
    }
}

/// The process that made the cgroup `heapgym-PID` or `heapgym-PID-run-N`.
fn owner(name: &str) -> Option<Pid> {
    let rest = name.strip_prefix("heapgym-")?;
    let pid = match rest.split_once("-run-") {
        Some((pid, number)) => number.parse::<u64>().is_ok().then_some(pid)?,
        None => rest,
    };
    let pid = pid.parse::<u32>().ok().filter(|pid| *pid > 0)?;
    i32::try_from(pid).ok().map(Pid::from_raw)
}

/// Whether the process that made a cgroup has ended. This process has made none yet: an earlier one had its id, as
/// process 1 of a container always has.
fn has_ended(owner: Pid) -> bool {
    owner == Pid::this() || kill(owner, None) == Err(Errno::ESRCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kills_are_counted_by_their_own_line() {
        assert_eq!(parse_oom_kills("low 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n"), Some(2));
        assert_eq!(parse_oom_kills(""), None);
    }

    #[test]
    fn a_subtree_without_memory_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("cgroup.controllers"), "cpu pids\n").unwrap();
        assert!(CgroupParent::below(directory.path().to_owned()).is_err());
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing was made there");
    }

    #[test]
    fn only_cgroups_of_ended_processes_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let cgroup = |name: &str| {
            let path = directory.path().join(name);
            fs::create_dir(&path).unwrap();
            path
        };
        let (ended, own, parent) = (4_194_304, process::id(), std::os::unix::process::parent_id());
        let abandoned = [
            cgroup(&format!("heapgym-{ended}")),
            cgroup(&format!("heapgym-{ended}-run-12")),
            cgroup(&format!("heapgym-{own}")),
        ];
        let others = [
            cgroup(&format!("heapgym-{parent}")),
            cgroup(&format!("heapgym-{parent}-run-0")),
            cgroup(&format!("heapgym-{ended}-run-mine")),
            cgroup("heapgym-notes"),
            cgroup("system.slice"),
        ];
        let populated = cgroup(&format!("heapgym-{ended}-run-13"));
        fs::create_dir(populated.join("inner")).unwrap();
        remove_abandoned(directory.path());
        assert!(abandoned.iter().all(|path| !path.exists()), "{abandoned:?}");
        assert!(others.iter().all(|path| path.exists()) && populated.exists(), "{others:?}");
    }
}
