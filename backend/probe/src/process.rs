//! What the kernel knows of this process: resident memory, page faults, CPU time.

use std::fs::File;

use nix::sys::resource::{Usage as Counters, UsageWho, getrusage};

use crate::{Error, clock};

mod high_water;

use high_water::HighWater;

/// One reading of this process. Counters run since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident memory, in bytes; 0 on systems without `/proc`.
    pub rss_bytes: u64,
    /// The most resident memory so far, in bytes; 0 where the system keeps no such mark.
    pub rss_peak_bytes: u64,
    /// Page faults served without disk.
    pub minor_faults: u64,
    /// Page faults served from disk.
    pub major_faults: u64,
    /// CPU time, user and system.
    pub cpu_ns: u64,
    /// Times a thread gave its CPU up.
    pub voluntary_switches: u64,
    /// Times a thread's CPU was taken away.
    pub involuntary_switches: u64,
}

/// Reads this process's usage without allocating.
#[derive(Debug)]
pub struct Reader {
    statm: Option<Statm>,
    high_water: HighWater,
}

impl Reader {
    /// Opens what is to be read.
    pub fn new() -> Self {
        Self { statm: Statm::open("self").ok(), high_water: HighWater::open() }
    }

    /// The usage now.
    pub fn read(&self) -> Usage {
        let counters = getrusage(UsageWho::RUSAGE_SELF).ok();
        let counter = |read: fn(&Counters) -> i64| counters.as_ref().map_or(0, |usage| read(usage) as u64);
        Usage {
            rss_bytes: self.statm.as_ref().and_then(Statm::rss_bytes).unwrap_or(0),
            rss_peak_bytes: self.high_water.bytes().unwrap_or(0),
            minor_faults: counter(Counters::minor_page_faults),
            major_faults: counter(Counters::major_page_faults),
            voluntary_switches: counter(Counters::voluntary_context_switches),
            involuntary_switches: counter(Counters::involuntary_context_switches),
            cpu_ns: clock::process_cpu_ns(),
        }
    }
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

/// A process's `/proc/{pid}/statm`, kept open. Once the process has ended it reads as none, even when
/// its id has been given to another.
#[derive(Debug)]
pub struct Statm {
    file: File,
    page_bytes: u64,
}

impl Statm {
    /// Opens it for a process id, or `self`.
    ///
    /// # Errors
    /// When there is no such process, or no `/proc`.
    pub fn open(pid: &str) -> Result<Self, Error> {
        let file = File::open(format!("/proc/{pid}/statm"))?;
        let page_bytes =
            nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096);
        Ok(Self { file, page_bytes: page_bytes as u64 })
    }

    /// Resident memory now, in bytes; `None` when the process has ended.
    pub fn rss_bytes(&self) -> Option<u64> {
        let mut text = [0; 128]; // seven decimal numbers
        let length = std::os::unix::fs::FileExt::read_at(&self.file, &mut text, 0).ok()?;
        second_number(&text[..length]).map(|pages| pages * self.page_bytes)
    }
}

/// The high-water mark of this process's resident memory, in bytes, where the kernel keeps one.
pub fn rss_peak_bytes() -> Option<u64> {
    HighWater::open().bytes()
}

/// The CPUs that the calling thread may run on; none where threads cannot be bound to CPUs.
#[cfg(target_os = "linux")]
pub fn usable_cpus() -> Vec<usize> {
    use nix::{
        sched::{CpuSet, sched_getaffinity},
        unistd::Pid,
    };
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
}

/// The CPUs that the calling thread may run on: none, since this system has no such call.
#[cfg(not(target_os = "linux"))]
pub fn usable_cpus() -> Vec<usize> {
    Vec::new()
}

/// Lets the calling thread, and those it starts from then on, run on these CPUs only; on all it
/// had when `cpus` is empty.
///
/// # Errors
/// When the system has no such CPUs.
#[cfg(target_os = "linux")]
pub fn run_on(cpus: &[usize]) -> Result<(), Error> {
    use nix::{
        sched::{CpuSet, sched_setaffinity},
        unistd::Pid,
    };
    if cpus.is_empty() {
        return Ok(());
    }
    let mut set = CpuSet::new();
    for &cpu in cpus {
        set.set(cpu).map_err(std::io::Error::from)?;
    }
    Ok(sched_setaffinity(Pid::from_raw(0), &set).map_err(std::io::Error::from)?)
}

/// Lets the calling thread run where it wants: this system has no such call.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn run_on(_cpus: &[usize]) -> Result<(), Error> {
    Ok(())
}

fn second_number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_pages_are_the_second_number() {
        assert_eq!(second_number(b"1842 437 395 12 0 130 0\n"), Some(437));
        assert_eq!(second_number(b""), None);
    }

    /// Some of the kernel's marks outlive `exec`: a child would begin with its parent's.
    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_is_this_processes_own() {
        const NAME: &str = "process::tests::the_peak_is_this_processes_own";
        if std::env::var_os(NAME).is_some() {
            let peak_bytes = Reader::new().read().rss_peak_bytes;
            assert!((1 << 20..128 << 20).contains(&peak_bytes), "{peak_bytes}");
            return;
        }
        let _alone = crate::alone_with_memory();
        let ballast = std::hint::black_box(vec![1u8; 256 << 20]);
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        assert!(child.args(["--exact", NAME]).env(NAME, "1").status().unwrap().success());
        drop(ballast);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn memory_that_is_touched_shows() {
        let _alone = crate::alone_with_memory();
        // Pages that other tests left would be touched already.
        crate::jemalloc::purge().unwrap();
        let reader = Reader::new();
        let before = reader.read();
        let touched = std::hint::black_box(vec![1u8; 64 << 20]);
        let after = reader.read();
        assert!(after.rss_bytes > before.rss_bytes + (48 << 20), "{before:?} {after:?}");
        assert!(after.minor_faults > before.minor_faults && after.cpu_ns > before.cpu_ns);
        // The kernel keeps the peak from per-CPU counts that lag by some pages.
        assert!(rss_peak_bytes().unwrap() > before.rss_bytes + (48 << 20));
        drop(touched);
    }
}
