//! The load generator child: an order in on stdin, samples and a summary out on stdout.

use std::ops::ControlFlow;

use anyhow::Context;

use crate::child::{self, Command, FrameWriter, LoadFrame, LoadOrder};

mod alarm;
mod arrivals;
mod connection;
mod connections;
mod coordinator;
pub mod engine;
pub mod event;
mod event_loop;
pub mod plan;
mod queues;
mod reply;
mod schedule;
mod tally;
mod window;

use event::Event;
use plan::Plan;

/// Runs the load generator child until stdin ends. The body of the subcommand [`child::LOAD_CHILD`].
///
/// # Errors
/// When the order cannot be read or carried out, or the supervisor reads no more frames.
pub fn run() -> anyhow::Result<()> {
    let (order, commands) = child::receive::<LoadOrder>()?;
    child::apply(&order.setup)?;
    let plan = Plan::from(order);
    let mut frames = FrameWriter::new(child::unbuffered_stdout()?);
    frames.write(&LoadFrame::Ready)?;
    let mut early = None;
    let origin_ns = loop {
        match commands.recv().context("no command came")? {
            Command::Begin { origin_ns } => break origin_ns,
            Command::Stop => early = Some(Command::Stop), // holds for what is yet to begin
        }
    };
    let mut written = Ok(());
    engine::run(&plan, origin_ns, early.into_iter().chain(commands), |event| {
        written = frames.write(&LoadFrame::from(event));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(written?)
}

impl From<LoadOrder> for Plan {
    fn from(order: LoadOrder) -> Self {
        let LoadOrder { setup, address, path, load, phases, sample_interval_ms } = order;
        Self { address, path, load, phases, sample_interval_ms, threads: setup.cpus.len() }
    }
}

impl From<Event> for LoadFrame {
    fn from(event: Event) -> Self {
        match event {
            Event::Sample { tick, reading } => Self::Sample { tick, reading },
            Event::Done(done) => Self::Done(done),
        }
    }
}
