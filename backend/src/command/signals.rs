//! The signals that ask a command to end (TERM, INT and HUP) or to pause (TSTP).

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

use anyhow::Context;
use nix::sys::signal::Signal as Name;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::mpsc::{self, Receiver, Sender},
};

use crate::runner::suspend::suspend;

/// Signals that a command has not looked at yet. From the third on, all commands exit.
const WAITING: usize = 4;

/// The command that handles the signals of this process itself, if any.
static HANDLER: Mutex<Option<Sender<Name>>> = Mutex::new(None);

/// The signals that ask a command to end. Until it is dropped, they do not end this process by themselves.
#[derive(Debug)]
pub(super) struct Signals(Receiver<Name>);

impl Signals {
    /// From now on the signals of this process are this command's.
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        *handler() = Some(sender);
        Self(receiver)
    }

    /// Waits for the next signal. Can be cancelled.
    pub(super) async fn next(&mut self) -> Name {
        match self.0.recv().await {
            Some(signal) => signal,
            // Another command took over.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        // What follows, such as a report, may wait for a reader that never reads.
        *handler() = None;
    }
}

fn handler() -> MutexGuard<'static, Option<Sender<Name>>> {
    HANDLER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Installs what all commands do on signals, in a thread of its own.
///
/// TERM, INT and HUP go to the command's [`Signals`]. While there are none, the process exits with the code that a shell
/// shows for the signal. That is also so as process 1 of a container, where the kernel drops a signal without a
/// handler. On TSTP (Ctrl-Z) the children are suspended and continued with this process.
///
/// HUP and TSTP stay ignored where whoever started this process had them ignored, as `nohup` does.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub(super) fn install() -> anyhow::Result<()> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let listen = |name| match ignores(&status, name) {
        true => Ok(None),
        false => signal(SignalKind::from_raw(name as i32)).map(Some),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [hang_up, suspended, terminate, interrupt] = {
        let _guard = runtime.enter();
        let always = |kind| signal(kind).map(Some);
        [
            listen(Name::SIGHUP)?,
            listen(Name::SIGTSTP)?,
            always(SignalKind::terminate())?,
            always(SignalKind::interrupt())?,
        ]
    };
    let ends = [(terminate, Name::SIGTERM), (interrupt, Name::SIGINT), (hang_up, Name::SIGHUP)];
    let [terminate, interrupt, hang_up] = ends.map(|(signal, name)| end_on(signal, name));
    let body = move || {
        runtime.block_on(async { tokio::join!(terminate, interrupt, hang_up, suspend_on(suspended)) })
    };
    thread::Builder::new().name("signals".to_owned()).spawn(body).context("cannot wait for signals")?;
    Ok(())
}

async fn end_on(signal: Option<Signal>, name: Name) {
    let Some(mut signal) = signal else { return };
    while signal.recv().await.is_some() {
        match &*handler() {
            // One that does not fit is one too many: there are enough to end the command.
            Some(command) => drop(command.try_send(name)),
            None => std::process::exit(128 + name as i32),
        }
    }
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
    fn the_mask_says_which_signals_are_ignored() {
        let status = "Name:\theapgym\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000080001\n";
        assert!(ignores(status, Name::SIGHUP) && ignores(status, Name::SIGTSTP));
        assert!(!ignores(status, Name::SIGINT) && !ignores(status, Name::SIGTERM));
        assert!(!ignores("SigIgn:\t0000000000001000\n", Name::SIGHUP));
        assert!(!ignores("", Name::SIGHUP));
    }
}
