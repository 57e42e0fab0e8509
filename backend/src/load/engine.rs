//! Runs one load: starts the load threads, samples them on schedule and sums up at the end.

use std::{
    io,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
        mpsc,
    },
    thread,
};

use anyhow::Context;

use super::{
    arrivals::{Arrivals, Change},
    connections::Target,
    coordinator::{Coordinator, LoadThread},
    event::Event,
    event_loop::{Ends, EventLoop, Mailbox, Message, Orders},
    plan::Plan,
    watch::Watch,
    window::Window,
};
use crate::{child::Command, threads::NO_THREAD};

/// Changes that may wait for a load thread to look at them.
const MAX_WAITING_CHANGES: usize = 64;

/// Runs a load whose clock reads zero at `origin_ns` of `CLOCK_MONOTONIC`, and gives `sink` its samples and
/// its summary until it breaks. `Command::Stop` ends the load early, `Command::GiveUp` without a drain,
/// `Command::Adjust` changes it.
///
/// # Errors
/// When the plan cannot be run, or the kernel refuses a thread, a poll or a timer. What the target does
/// is never an error.
pub fn run(
    plan: &Plan,
    origin_ns: u64,
    commands: impl Iterator<Item = Command> + Send + 'static,
    sink: impl FnMut(Event) -> ControlFlow<()>,
) -> anyhow::Result<()> {
    let pace = plan.pace()?;
    let target =
        Target { address: plan.address, request: plan.request.clone(), timeout_ns: plan.timeout_ns() };
    let timeline = plan.timeline(origin_ns);
    let limits = plan.connections_by_thread();
    let ends = Ends {
        end_ns: Arc::new(AtomicU64::new(timeline.end_ns)),
        given_up: Arc::new(AtomicBool::new(false)),
    };
    // Each thread has at most one message of each kind under way: no thread ever waits here.
    let (sender, messages) = mpsc::sync_channel(3 * limits.len() + 1);

    let mut threads = Vec::new();
    let mut changers = Vec::new();
    let mut event_loops = Vec::new();
    for (thread, &limit) in limits.iter().enumerate() {
        let (spare, spares) = mpsc::sync_channel(1);
        let (change, changes) = mpsc::sync_channel(MAX_WAITING_CHANGES);
        spare.send(Box::new(Window::new()?))?;
        let orders = Orders {
            thread,
            target: target.clone(),
            arrivals: Arrivals::new(&pace, (thread as u64, limits.len() as u64), timeline),
            limit,
            on_saturation: plan.on_saturation(),
            graceful_ns: timeline.graceful_ns,
            own_processor: plan.own_processors,
            ends: ends.clone(),
            spares,
            changes,
            messages: sender.clone(),
        };
        let (event_loop, mailbox) =
            EventLoop::new(orders, Box::new(Window::new()?)).context("failed to prepare a load thread")?;
        changers.push(Changer { changes: change, mailbox: mailbox.clone() });
        threads.push(LoadThread::new(mailbox, spare));
        event_loops.push(event_loop);
    }
    let interval_ns = plan.sample_interval_ns();
    let watch = Watch::new(&plan.thresholds, timeline, ends.end_ns.clone(), interval_ns)?;
    let coordinator = Coordinator::new(timeline, interval_ns, watch, threads, messages, ends, sink)?;
    listen(commands, sender.clone(), changers).context(NO_THREAD)?;
    thread::scope(|scope| {
        // Moved in: when it leaves, for whatever reason, the load threads end and can be joined.
        let coordinator = coordinator;
        for (thread, event_loop) in event_loops.into_iter().enumerate() {
            let sender = sender.clone();
            let body = move || {
                // A thread that panics must end the run, not leave it waiting.
                let ending = catch_unwind(AssertUnwindSafe(|| event_loop.run()))
                    .unwrap_or_else(|_| Err(io::Error::other("a load thread panicked")));
                let _ = sender.send(Message::Ended { thread, ending });
            };
            thread::Builder::new()
                .name(format!("load-{thread}"))
                .spawn_scoped(scope, body)
                .context(NO_THREAD)?;
        }
        coordinator.run()
    })
}

/// Where a load thread hears of changes.
struct Changer {
    changes: mpsc::SyncSender<Change>,
    mailbox: Arc<Mailbox>,
}

impl Changer {
    fn tell(&self, change: Change) {
        // Waits until the thread has looked at those before, for which it was woken: only the listener ever
        // waits for a load thread. One that has ended makes no more changes, and one that cannot be woken
        // looks for itself when its next request is due.
        let _ = self.changes.send(change);
        let _ = self.mailbox.wake();
    }
}

/// Hands on the commands: changes to the load threads, a stop to the coordinator, which waits for messages only.
fn listen(
    commands: impl Iterator<Item = Command> + Send + 'static,
    coordinator: mpsc::SyncSender<Message>,
    threads: Vec<Changer>,
) -> io::Result<()> {
    let body = move || {
        for command in commands {
            match command {
                Command::Adjust { at_ns, change: adjustment } => {
                    threads.iter().for_each(|thread| thread.tell(Change { at_ns, adjustment }));
                }
                Command::Stop if coordinator.send(Message::Stop).is_err() => return,
                Command::GiveUp if coordinator.send(Message::GiveUp).is_err() => return,
                Command::Stop
                | Command::GiveUp
                | Command::SizeClasses
                | Command::Begin { .. }
                | Command::Profile { .. } => {}
            }
        }
    };
    thread::Builder::new().name("load-commands".to_owned()).spawn(body).map(drop)
}

#[cfg(test)]
mod tests;
