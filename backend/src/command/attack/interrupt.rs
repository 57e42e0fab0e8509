//! Turns the signals of an attack into commands to its load engine.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    thread::{self, JoinHandle},
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
    listener: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Drop for Interrupts {
    fn drop(&mut self) {
        let Some((over, thread)) = self.listener.take() else { return };
        drop(over);
        let _ = thread.join(); // it panicked; the signals are this process's again all the same
    }
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
    let stop = sender.clone();
    let heard = Arc::new(AtomicBool::new(false));
    let is_heard = heard.clone();
    let mut stopping = Stopping::new();
    let forward = async move {
        loop {
            let ask = select! {
                biased; // a signal that is there already is not lost
                ask = stopping.next(&in_flight, at_most_ms) => ask,
                _ = &mut over => return,
            };
            is_heard.store(true, Ordering::Relaxed);
            // The engine may have ended by itself.
            let _ = sender.send(match ask {
                Ask::Stop => Command::Stop,
                Ask::GiveUp => Command::GiveUp,
            });
        }
    };
    let thread = thread::Builder::new().name("interrupts".to_owned());
    let thread = thread.spawn(move || runtime.block_on(forward)).context("cannot wait for signals")?;
    Ok((Interrupts { stop, heard, listener: Some((listening, thread)) }, commands))
}
