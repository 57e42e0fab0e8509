//! The signals that ask a command to end (TERM, INT and HUP) or to pause (TSTP).

use std::{
    fs, io,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use nix::sys::signal::Signal as Name;
use signal_hook::low_level::emulate_default_handler;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{self, Receiver, Sender},
};

use crate::runner::suspend::suspend;

/// Signals that a command has not looked at yet. At the latest on the third, all commands exit.
const WAITING: usize = 4;

/// A signal so soon after the last one that counted is the same order: GNU `timeout` sends TERM to the process, and then
/// to the whole group that the process is in.
const SAME_ORDER: Duration = Duration::from_millis(200);

/// The command that handles the signals of this process itself, if any.
static HANDLER: Mutex<Option<Orders>> = Mutex::new(None);

/// Where a command receives its signals.
#[derive(Debug)]
struct Orders {
    command: Sender<Name>,
    /// When the last one came that counted.
    last: Option<Instant>,
}

impl Orders {
    /// Passes a signal on that came at this instant, unless it repeats the last one.
    fn tell(&mut self, name: Name, now: Instant) {
        if self.last.is_some_and(|last| now.duration_since(last) < SAME_ORDER) {
            return;
        }
        self.last = Some(now);
        // Full: those that are in it end the command.
        let _ = self.command.try_send(name);
    }
}

/// The signals that ask a command to end. Until it is dropped, they do not end this process by themselves.
#[derive(Debug)]
pub(super) struct Signals(Receiver<Name>);

impl Signals {
    /// From now on the signals of this process are this command's.
    pub(super) fn new() -> Self {
        let (command, receiver) = mpsc::channel(WAITING);
        *handler() = Some(Orders { command, last: None });
        Self(receiver)
    }

    /// Waits for the next signal. Can be cancelled.
    pub(super) async fn next(&mut self) -> Name {
        match self.0.recv().await {
            Some(signal) => signal,
            None => std::future::pending().await, // not while this is there
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // What follows, such as a report, may wait for a reader that never reads.
        *handler() = None;
    }
}

fn handler() -> MutexGuard<'static, Option<Orders>> {
    HANDLER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs what all commands do on signals, in a thread of its own.
///
/// TERM, INT and HUP go to the command's [`Signals`]. While there are none, they end this process as if it had no
/// handler; process 1 of a container, for which the kernel drops such signals, exits with the code that a shell shows
/// for them. On TSTP (Ctrl-Z) the children are suspended and continued with this process.
///
/// Whoever started this process may have had signals ignored, as `nohup` does. HUP and TSTP stay ignored then, and INT
/// while there are no `Signals`.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub(super) fn install() -> anyhow::Result<()> {
    let (told, installed) = std::sync::mpsc::sync_channel(1);
    // Within the thread: without one, nobody would receive what has a handler.
    let receive = move || match Handlers::install() {
        Ok((runtime, handlers)) => {
            let _ = told.send(Ok(()));
            runtime.block_on(handlers.receive());
        }
        Err(error) => drop(told.send(Err(error))),
    };
    thread::Builder::new().name("signals".to_owned()).spawn(receive).context("cannot wait for signals")?;
    Ok(installed.recv()??)
}

/// The handlers of this process. `None` for a signal that stays ignored.
struct Handlers {
    terminate: Signal,
    interrupt: Signal,
    /// Whether INT was ignored when this process began.
    ignores_interrupt: bool,
    hang_up: Option<Signal>,
    suspend: Option<Signal>,
}

impl Handlers {
    fn install() -> io::Result<(Runtime, Self)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handlers = {
            let _guard = runtime.enter();
            let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
            let handler = |name| signal(SignalKind::from_raw(name as i32));
            let unless_ignored = |name| (!ignores(&status, name)).then(|| handler(name)).transpose();
            Self {
                terminate: handler(Name::SIGTERM)?,
                interrupt: handler(Name::SIGINT)?,
                ignores_interrupt: ignores(&status, Name::SIGINT),
                hang_up: unless_ignored(Name::SIGHUP)?,
                suspend: unless_ignored(Name::SIGTSTP)?,
            }
        };
        Ok((runtime, handlers))
    }

    async fn receive(self) {
        tokio::join!(
            end_on(Some(self.terminate), Name::SIGTERM, false),
            end_on(Some(self.interrupt), Name::SIGINT, self.ignores_interrupt),
            end_on(self.hang_up, Name::SIGHUP, false),
            suspend_on(self.suspend),
        );
    }
}

async fn end_on(signal: Option<Signal>, name: Name, is_ignored: bool) {
    let Some(mut signal) = signal else { return };
    while signal.recv().await.is_some() {
        match &mut *handler() {
            Some(orders) => orders.tell(name, Instant::now()),
            None if is_ignored => {}
            None => end(name),
        }
    }
}

/// Ends this process by a signal.
fn end(name: Name) {
    if std::process::id() != 1 {
        // A shell that waits for this process stops its script, too, when it sees the signal.
        let _ = emulate_default_handler(name as i32);
    }
    std::process::exit(128 + name as i32);
}

async fn suspend_on(signal: Option<Signal>) {
    let Some(mut signal) = signal else { return };
    while signal.recv().await.is_some() {
        suspend();
    }
}

/// Whether a process with this `/proc/self/status` ignores a signal.
fn ignores(status: &str, signal: Name) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal as i32 - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_right_after_another_is_the_same_order() {
        let (command, mut receiver) = mpsc::channel(WAITING);
        let (mut orders, began) = (Orders { command, last: None }, Instant::now());
        for (ms, name, counts) in [
            (0, Name::SIGTERM, true),
            (1, Name::SIGTERM, false),
            (150, Name::SIGINT, false), // whatever its name
            (199, Name::SIGTERM, false),
            (200, Name::SIGTERM, true), // counted from the last one that was passed on
            (350, Name::SIGTERM, false),
            (450, Name::SIGINT, true),
        ] {
            orders.tell(name, began + Duration::from_millis(ms));
            assert_eq!(receiver.try_recv().ok(), counts.then_some(name), "{ms} ms");
        }
    }

    #[test]
    fn the_mask_says_which_signals_are_ignored() {
        let status = "Name:\theapgym\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000080001\n";
        assert!(ignores(status, Name::SIGHUP) && ignores(status, Name::SIGTSTP));
        assert!(!ignores(status, Name::SIGINT) && !ignores(status, Name::SIGTERM));
        assert!(!ignores("SigIgn:\t0000000000001000\n", Name::SIGHUP));
        assert!(!ignores("", Name::SIGHUP));
    }
}
