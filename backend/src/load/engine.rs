//! Runs one load: starts the load threads, samples them on schedule and sums up at the end.

use std::{
    io,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::AtomicU64, mpsc},
    thread,
};

use anyhow::Context;

use super::{
    arrivals::Arrivals,
    connections::Target,
    coordinator::{Coordinator, LoadThread},
    event::Event,
    event_loop::{EventLoop, Message, Orders},
    plan::Plan,
    window::Window,
};
use crate::child::Command;

/// Runs a load whose clock reads zero at `origin_ns` of `CLOCK_MONOTONIC`, and gives `sink` its samples and
/// its summary until it breaks. `Command::Stop` ends the load early.
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
    let target = Target { address: plan.address, request: plan.request()?, timeout_ns: plan.timeout_ns() };
    let timeline = plan.timeline(origin_ns);
    let limits = plan.connections_by_thread();
    let end_ns = Arc::new(AtomicU64::new(timeline.end_ns));
    // Each thread has at most one message of each kind under way: no thread ever waits here.
    let (sender, messages) = mpsc::sync_channel(3 * limits.len() + 1);

    let mut threads = Vec::new();
    let mut event_loops = Vec::new();
    for (thread, &limit) in limits.iter().enumerate() {
        let (spare, spares) = mpsc::sync_channel(1);
        spare.send(Box::new(Window::new()?))?;
        let orders = Orders {
            thread,
            target: target.clone(),
            arrivals: Arrivals::new(&pace, (thread as u64, limits.len() as u64), timeline),
            limit,
            on_saturation: plan.on_saturation(),
            graceful_ns: timeline.graceful_ns,
            end_ns: end_ns.clone(),
            spares,
            messages: sender.clone(),
        };
        let (event_loop, mailbox) =
            EventLoop::new(orders, Box::new(Window::new()?)).context("failed to prepare a load thread")?;
        threads.push(LoadThread::new(mailbox, spare));
        event_loops.push(event_loop);
    }
    let coordinator = Coordinator::new(timeline, plan.sample_interval_ns(), threads, messages, end_ns, sink)?;
    listen(commands, sender.clone())?;
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
            thread::Builder::new().name(format!("load-{thread}")).spawn_scoped(scope, body)?;
        }
        coordinator.run()
    })
}

/// Turns the commands into messages, so that the coordinator waits for one thing only.
fn listen(
    mut commands: impl Iterator<Item = Command> + Send + 'static,
    sender: mpsc::SyncSender<Message>,
) -> io::Result<()> {
    let body = move || {
        if commands.any(|command| command == Command::Stop) {
            let _ = sender.send(Message::Stop);
        }
    };
    thread::Builder::new().name("load-commands".to_owned()).spawn(body).map(drop)
}

#[cfg(test)]
mod tests;
