//! Turns the signals of an attack into commands to its load engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::Context;

use crate::{
    child::Command,
    command::stopping::{Ask, Stopping},
};

/// What has been received of signals.
#[derive(Debug)]
pub(super) struct Interrupts {
    /// Commands for the engine: `Stop` on the first signal, `GiveUp` on the second.
    pub(super) commands: mpsc::Receiver<Command>,
    /// Sends further commands the same way.
    pub(super) stop: mpsc::Sender<Command>,
    /// Whether the first signal has come.
    pub(super) heard: Arc<AtomicBool>,
}

/// Waits for signals from now on, on a thread of its own. `in_flight` is the number of requests without a reply,
/// `at_most_ms` the longest wait for them.
///
/// # Errors
/// When the system refuses a handler or a thread.
pub(super) fn listen(in_flight: Arc<AtomicU64>, at_most_ms: u64) -> anyhow::Result<Interrupts> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut stopping = runtime.block_on(async { Stopping::new() })?;
    let (sender, commands) = mpsc::channel();
    let stop = sender.clone();
    let heard = Arc::new(AtomicBool::new(false));
    let is_heard = heard.clone();
    let forward = async move {
        loop {
            let ask = stopping.next(&in_flight, at_most_ms).await;
            is_heard.store(true, Ordering::Relaxed);
            // The engine may have ended by itself.
            let _ = sender.send(match ask {
                Ask::Stop => Command::Stop,
                Ask::GiveUp => Command::GiveUp,
            });
        }
    };
    let body = move || runtime.block_on(forward);
    thread::Builder::new().name("interrupts".to_owned()).spawn(body).context("cannot wait for signals")?;
    Ok(Interrupts { commands, stop, heard })
}
