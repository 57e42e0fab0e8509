//! Ctrl-C and a polite kill: the first ends the load, the second the program.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::Context;
use nix::sys::signal::{SigSet, Signal};

use crate::{child::Command, command::exit::ExitStatus};

/// What has been heard of signals.
#[derive(Debug)]
pub(super) struct Interrupts {
    /// `stop`, when the first comes.
    pub(super) commands: mpsc::Receiver<Command>,
    /// Sends further commands the same way.
    pub(super) stop: mpsc::Sender<Command>,
    /// Whether it has come.
    pub(super) heard: Arc<AtomicBool>,
}

/// Waits for signals from now on, on a thread of its own. Call it before any other thread is started: they
/// inherit that these signals are not theirs.
///
/// # Errors
/// When the system refuses a thread.
pub(super) fn listen() -> anyhow::Result<Interrupts> {
    let signals: SigSet = [Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    signals.thread_block().context("failed to take over the signals")?;
    let (sender, commands) = mpsc::channel();
    let stop = sender.clone();
    let heard = Arc::new(AtomicBool::new(false));
    let told = heard.clone();
    let body = move || {
        while signals.wait().is_ok() {
            if told.swap(true, Ordering::Relaxed) {
                std::process::exit(ExitStatus::Stopped.code().into()); // asked twice: do not wait for replies
            }
            // Nobody listens any more when the load is over.
            let _ = sender.send(Command::Stop);
        }
    };
    thread::Builder::new().name("interrupts".to_owned()).spawn(body).context("failed to await signals")?;
    Ok(Interrupts { commands, stop, heard })
}
