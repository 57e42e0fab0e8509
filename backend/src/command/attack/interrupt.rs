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
use tokio::{select, sync::oneshot};

use crate::{
    child::Command,
    command::stopping::{Ask, Stopping},
};

/// What has been received of signals. Once it is dropped, they end this process again.
#[derive(Debug)]
pub(super) struct Interrupts {
    /// Sends further commands to the engine.
    pub(super) stop: mpsc::Sender<Command>,
    /// Whether the first signal has come.
    pub(super) heard: Arc<AtomicBool>,
    _listening: oneshot::Sender<()>,
}

/// Waits for signals from now on, on a thread of its own. The engine receives `Stop` on the first one, and `GiveUp` on
/// the second. `in_flight` is the number of requests without a reply, `at_most_ms` the longest wait for them.
///
/// # Errors
/// When the system refuses a thread.
pub(super) fn listen(
    in_flight: Arc<AtomicU64>,
    at_most_ms: u64,
) -> anyhow::Result<(Interrupts, mpsc::Receiver<Command>)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (sender, commands) = mpsc::channel();
    let (listening, mut over) = oneshot::channel();
    let interrupts =
        Interrupts { stop: sender.clone(), heard: Arc::new(AtomicBool::new(false)), _listening: listening };
    let heard = interrupts.heard.clone();
    let mut stopping = Stopping::new();
    let forward = async move {
        loop {
            let ask = select! {
                ask = stopping.next(&in_flight, at_most_ms) => ask,
                _ = &mut over => return,
            };
            heard.store(true, Ordering::Relaxed);
            // The engine may have ended by itself.
            let _ = sender.send(match ask {
                Ask::Stop => Command::Stop,
                Ask::GiveUp => Command::GiveUp,
            });
        }
    };
    let body = move || runtime.block_on(forward);
    thread::Builder::new().name("interrupts".to_owned()).spawn(body).context("cannot wait for signals")?;
    Ok((interrupts, commands))
}
