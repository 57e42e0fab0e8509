//! Reads a process's resident memory every few milliseconds and kills it above its limit.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

use anyhow::Context;
use heapgym_probe::process::Statm;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// From one look to the next. Memory is filled at a few GB/s at most, so a target is caught some tens
/// of MiB above its limit; the resource limit behind it catches larger bursts.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A thread that watches one process, until it is dropped.
#[derive(Debug)]
pub(super) struct Watchdog {
    seen: Arc<Seen>,
    /// Dropping it ends the thread.
    _stop: mpsc::Sender<()>,
}

#[derive(Debug, Default)]
struct Seen {
    peak_bytes: AtomicU64,
    tripped: AtomicBool,
}

impl Watchdog {
    /// Watches process `pid`.
    ///
    /// # Errors
    /// When its memory cannot be read, as on systems without `/proc`.
    pub(super) fn start(pid: u32, limit_bytes: u64) -> anyhow::Result<Self> {
        // Kept open, so that it never reads another process that was given the same id.
        let statm = Statm::open(&pid.to_string())?;
        let pid = Pid::from_raw(pid.try_into().context("process id out of range")?);
        let seen = Arc::new(Seen::default());
        let (stop, stopped) = mpsc::channel::<()>();
        let watching = Arc::clone(&seen);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            while stopped.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                let Some(rss_bytes) = statm.rss_bytes() else { return };
                watching.peak_bytes.fetch_max(rss_bytes, Ordering::Relaxed);
                if rss_bytes > limit_bytes {
                    watching.tripped.store(true, Ordering::Relaxed);
                    // It may have ended in this moment; its status tells.
                    let _ = kill(pid, Signal::SIGKILL);
                    return;
                }
            }
        })?;
        Ok(Self { seen, _stop: stop })
    }

    /// The most resident memory seen, in bytes.
    pub(super) fn peak_bytes(&self) -> u64 {
        self.seen.peak_bytes.load(Ordering::Relaxed)
    }

    /// Whether the limit was passed.
    pub(super) fn tripped(&self) -> bool {
        self.seen.tripped.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::{os::unix::process::ExitStatusExt, process::Command};

    use super::*;

    #[test]
    fn a_process_that_grows_is_killed_above_its_limit() {
        const LIMIT: u64 = 32 << 20;
        let grow = "x=0123456789abcdef; while :; do x=$x$x; done";
        let mut child = Command::new("sh").args(["-c", grow]).spawn().unwrap();
        let watchdog = Watchdog::start(child.id(), LIMIT).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(Signal::SIGKILL as i32));
        assert!(watchdog.tripped() && watchdog.peak_bytes() > LIMIT);
    }

    #[test]
    fn a_process_that_stays_small_is_left_alone() {
        let mut child = Command::new("true").spawn().unwrap();
        let watchdog = Watchdog::start(child.id(), 1 << 40).unwrap();
        assert!(child.wait().unwrap().success());
        assert!(!watchdog.tripped());
    }
}
