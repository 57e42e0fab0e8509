//! The measured process: one workload's handler on axum, and the probe that reads it.
//!
//! Nothing else allocates here. It knows nothing of the server, the store or the load generator.

use std::{fs::File, net::Ipv4Addr, sync::mpsc, time::Duration};

use anyhow::Context;
use heapgym_probe::{Delivery, Gauges, Sampler, clock, jemalloc, process};
use heapgym_shared::sample::TargetReading;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use tokio::{net::TcpListener, runtime::RuntimeMetrics};

use crate::child::{self, Command, FrameError, FrameWriter, TargetFrame, TargetOrder};

mod adjust;
mod admission;
mod connections;
pub mod debug;
pub mod pool;
mod profile;
pub mod requests;
pub mod soft_limit;
pub mod threads;
pub mod vars;
pub mod workload;

pub use connections::serve;
use pool::Pools;
use requests::RequestCounter;
use soft_limit::{Limiter, Pipe};
use workload::Resources;

/// The body of the hidden subcommand [`child::TARGET_CHILD`].
///
/// # Errors
/// When the order cannot be read or followed.
pub fn run_child() -> anyhow::Result<()> {
    let (order, commands) = child::receive::<TargetOrder>()?;
    child::apply(&order.setup)?;
    if let Some(on) = order.background_thread {
        jemalloc::set_background_thread(on)?;
    }
    let runtime = threads::runtime(order.setup.cpus.len().max(1)).context("failed to start the runtime")?;

    let resources = Resources {
        pools: order.pool.map(Pools::new).unwrap_or_default(),
        downstream: order.downstream,
        ..Resources::default()
    };
    let router = workload::router(&order.workload, &order.variant, &resources)?;
    let Resources { requests, pools, .. } = resources;
    let listener =
        runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).context("failed to listen")?;
    let address = listener.local_addr()?;
    let metrics = runtime.metrics();
    let server = runtime.spawn(serve(listener, router));

    let mut frames = FrameWriter::new(child::unbuffered_stdout()?);
    frames.write(&TargetFrame::Ready {
        address,
        allocator: jemalloc::describe()?,
        allocator_options: jemalloc::options()?,
    })?;
    let Some(origin_ns) = await_begin(&commands) else { return Ok(()) };

    let adjusted = pools.clone();
    let changes = Pipe::new(nonblocking(child::unbuffered_stdout()?)?)?;
    let mut limiter =
        Limiter::new(requests.gate().clone(), pools.clone(), order.sampler_cpus.clone(), changes);
    limiter.set(order.soft_limit_bytes)?;
    let mut samples = FrameWriter::new(nonblocking(child::unbuffered_stdout()?)?);
    let sampler = Sampler::spawn(
        Duration::from_millis(order.sample_interval_ms),
        origin_ns,
        order.sampler_cpus,
        move || gauges(&requests, &pools, &metrics),
        move |tick, reading| deliver(&mut samples, tick, reading),
    )?;

    // Until `stop`; the end of stdin ends the process.
    while let Ok(command) = commands.recv() {
        match command {
            Command::Stop | Command::GiveUp => break,
            Command::SizeClasses => tell_size_classes(&mut frames)?,
            Command::Adjust { change, .. } => {
                let at_ns = clock::monotonic_ns();
                let effect = adjust::make(change, &adjusted, &mut limiter);
                frames.write_patiently(&TargetFrame::Adjusted { at_ns, effect })?;
            }
            Command::Profile { step } => profile::follow(step, order.profiles.as_deref(), &mut frames)?,
            Command::Begin { .. } => {}
        }
    }
    sampler.stop();
    drop(limiter);
    server.abort();
    frames.write_patiently(&TargetFrame::Done { rss_peak_bytes: process::rss_peak_bytes() })?;
    Ok(())
}

/// What a reading takes from this program rather than from the allocator and the system.
fn gauges(requests: &RequestCounter, pools: &Pools, metrics: &RuntimeMetrics) -> Gauges {
    Gauges {
        requests: requests.begun(),
        requests_ended: requests.ended(),
        live_tasks: metrics.num_alive_tasks() as u64,
        busy_ns: (0..metrics.num_workers())
            .map(|worker| metrics.worker_total_busy_duration(worker).as_nanos() as u64)
            .sum(),
        queue_depth: metrics.global_queue_depth() as u64,
        pool: pools.reading(),
        soft_limit: requests.gate().reading(),
    }
}

fn await_begin(commands: &mpsc::Receiver<Command>) -> Option<u64> {
    match commands.recv() {
        Ok(Command::Begin { origin_ns }) => Some(origin_ns),
        Ok(
            Command::Stop
            | Command::GiveUp
            | Command::SizeClasses
            | Command::Adjust { .. }
            | Command::Profile { .. },
        )
        | Err(_) => None,
    }
}

/// In as many frames as it takes.
fn tell_size_classes(frames: &mut FrameWriter<File>) -> anyhow::Result<()> {
    const CLASSES_PER_FRAME: usize = 64; // three numbers of at most ten bytes each
    for classes in jemalloc::size_classes()?.chunks(CLASSES_PER_FRAME) {
        frames.write_patiently(&TargetFrame::SizeClasses(classes.to_vec()))?;
    }
    Ok(())
}

fn deliver(samples: &mut FrameWriter<File>, tick: u64, reading: &TargetReading) -> Delivery {
    match samples.write(&TargetFrame::Sample { tick, reading: *reading }) {
        Ok(()) => Delivery::Delivered,
        // A full pipe refuses the frame whole. A broken one means that the supervisor is gone, and so
        // will this process be in a moment.
        Err(FrameError::Pipe(_) | FrameError::TooLarge(_)) => Delivery::Dropped,
    }
}

/// The same pipe, refusing what it has no room for instead of holding the sampler up.
fn nonblocking(file: File) -> nix::Result<File> {
    fcntl(&file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(file)
}
