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
mod failure;
pub mod plan;
mod queues;
mod reply;
pub mod request;
mod statuses;
mod tally;
mod watch;
mod window;

use event::Event;
use plan::Plan;

/// Reasons of failures that a summary names: with all of them it must fit into a frame.
pub(crate) const MAX_REASONS: usize = 12;

/// Runs the load generator child until stdin ends. The body of the subcommand [`child::LOAD_CHILD`].
///
/// # Errors
/// When the order cannot be read or carried out, or the supervisor reads no more frames.
pub fn run() -> anyhow::Result<()> {
    let (order, commands) = child::receive::<LoadOrder>()?;
    child::apply(&order.setup)?;
    let plan = Plan::try_from(order)?;
    let mut frames = FrameWriter::new(child::unbuffered_stdout()?);
    frames.write(&LoadFrame::Ready)?;
    let mut early = None;
    let origin_ns = loop {
        match commands.recv().context("no command came")? {
            Command::Begin { origin_ns } => break origin_ns,
            command @ (Command::Stop | Command::GiveUp) => early = Some(command), // holds for what is yet to begin
            // Nothing goes on that could be changed.
            Command::SizeClasses | Command::Adjust { .. } | Command::Profile { .. } => {}
        }
    };
    let mut written = Ok(());
    engine::run(&plan, origin_ns, early.into_iter().chain(commands), |event| {
        written = frames.write(&LoadFrame::from(event));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(written?)
}

impl TryFrom<LoadOrder> for Plan {
    type Error = anyhow::Error;

    fn try_from(order: LoadOrder) -> anyhow::Result<Self> {
        let LoadOrder { setup, address, path, load, seed, phases, sample_interval_ms, thresholds } = order;
        let request = request::get(address, &path)?;
        let (threads, own_processors) = (setup.cpus.len(), !setup.cpus.is_empty());
        Ok(Self {
            address,
            request,
            load,
            seed,
            phases,
            sample_interval_ms,
            threads,
            own_processors,
            thresholds,
        })
    }
}

impl From<Event> for LoadFrame {
    fn from(event: Event) -> Self {
        match event {
            Event::Sample { tick, reading, figures } => Self::Sample { tick, reading, figures },
            Event::Done(done) => Self::Done(Box::new(done.load)),
        }
    }
}
