//! The signals that ask a command to end (TERM, INT and HUP) or to pause (TSTP).

use std::{
    fs, io,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use anyhow::Context;
use nix::sys::signal::Signal as Name;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::runner::suspend::suspend;

/// Whether a command handles the signals of this process itself.
static HANDLED: AtomicBool = AtomicBool::new(false);

/// The signals that ask a command to end.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// `None` when whoever started this process had it ignored, as `nohup` does.
    hang_up: Option<Signal>,
}

impl Signals {
    /// From now on these signals do not end this process by themselves.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub(super) fn new() -> io::Result<Self> {
        let signals = Self::listen()?;
        HANDLED.store(true, Ordering::Relaxed);
        Ok(signals)
    }

    fn listen() -> io::Result<Self> {
        let ignored = fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hang_up(&status));
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: if ignored { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    /// Waits for the next signal. Can be cancelled.
    pub(super) async fn next(&mut self) -> Name {
        let hang_up = async {
            match &mut self.hang_up {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => Name::SIGTERM,
            _ = self.interrupt.recv() => Name::SIGINT,
            _ = hang_up => Name::SIGHUP,
        }
    }
}

/// Installs what all commands do on signals, in a thread of its own.
///
/// On TSTP (Ctrl-Z) the children are suspended and continued with this process. As process 1 of a container, a command
/// that does not call [`Signals::new`] ends on TERM, INT and HUP with the exit code that a shell shows for the signal:
/// the kernel drops a signal of process 1 that has no handler.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub(super) fn install() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let is_process_1 = std::process::id() == 1;
    let (end, suspend) = runtime.block_on(async {
        let end = if is_process_1 { Some(Signals::listen()?) } else { None };
        io::Result::Ok((end, signal(SignalKind::from_raw(Name::SIGTSTP as i32))?))
    })?;
    let body = move || runtime.block_on(async { tokio::join!(end_on(end), suspend_on(suspend)) });
    thread::Builder::new().name("signals".to_owned()).spawn(body).context("cannot wait for signals")?;
    Ok(())
}

async fn end_on(signals: Option<Signals>) {
    let Some(mut signals) = signals else { return };
    loop {
        let signal = signals.next().await;
        if !HANDLED.load(Ordering::Relaxed) {
            std::process::exit(128 + signal as i32);
        }
    }
}

async fn suspend_on(mut asked: Signal) {
    while asked.recv().await.is_some() {
        suspend();
    }
}

/// Whether a process with this `/proc/self/status` ignores SIGHUP, which is the first bit of the mask.
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mask_says_whether_hang_up_is_ignored() {
        assert!(ignores_hang_up("Name:\theapgym\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000001\n"));
        assert!(!ignores_hang_up("SigIgn:\t0000000000001000\n"));
        assert!(!ignores_hang_up(""));
    }
}
