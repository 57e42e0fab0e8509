//! A handler served to connections, by a process in which what measures it goes on and off.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::{Builds, Handler};
use crate::bench::{
    generator::{Generator, Load, Stop, heapgym::Heapgym},
    processors::{Processors, Side},
    target::Target,
};

/// Connections, one request at a time on each.
pub(super) const CONNECTIONS: u32 = 64;
/// How long each is measured: a reading of a sampler. What neighbours of the machine take changes more slowly.
pub(super) const WINDOW: Duration = Duration::from_millis(100);
/// Between a switch and the measurement: its thread has to get a CPU that is busy.
const SETTLE: Duration = Duration::from_millis(15);
/// The longest that `heapgym attack` goes on: longer than any measurement, and ended with it.
const LOAD_SECONDS: u64 = 600;

/// What measures the target, or only looks like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measuring {
    Nothing,
    /// Nothing again, at another place of the program: what is left of a difference then is the method's.
    Branch,
    /// The least that a counter has to do, without its sum.
    Store,
    Counting,
    /// As in a run: readings ten times a second, on the target's own CPU.
    Both,
}

/// What one window came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served {
    /// Completed requests per second.
    pub(super) throughput: f64,
    /// CPU time of the target for each of them, in microseconds.
    pub(super) cpu_us: f64,
}

/// A target under load, until it is dropped.
pub(super) struct Service {
    target: Target,
    load: Child,
}

/// What the target tells of itself, read at one instant.
#[derive(Debug, Deserialize)]
struct Vars {
    elapsed_ns: u64,
    cpu_ns: u64,
    requests_ended: u64,
    allocations: u64,
}

impl Measuring {
    /// The first is what the others are compared with.
    pub(super) const ALL: [Self; 5] = [Self::Nothing, Self::Branch, Self::Store, Self::Counting, Self::Both];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "neither",
            Self::Branch => "neither, by another branch",
            Self::Store => "one store an allocation",
            Self::Counting => "counting",
            Self::Both => "counting and sampling",
        }
    }

    fn counts(self) -> bool {
        matches!(self, Self::Counting | Self::Both)
    }

    /// What the target is told.
    fn word(self) -> &'static str {
        match self {
            Self::Nothing => "neither",
            Self::Branch => "branch",
            Self::Store => "store",
            Self::Counting => "counting",
            Self::Both => "both",
        }
    }
}

impl Service {
    /// Starts a target, and a load that keeps it busy.
    pub(super) fn start(builds: &Builds, processors: Processors, handler: Handler) -> Result<Self> {
        let mut flags = vec!["--workload", handler.workload, "--variant", handler.variant];
        handler.parameters.iter().for_each(|parameter| flags.extend(["--param", parameter]));
        let target = Target::start_with(builds.command("stdin"), processors, &flags)?;
        let heapgym = Heapgym { program: builds.shipped.clone(), cpu: processors.of_generators() };
        let stop = Stop::After { seconds: LOAD_SECONDS };
        let mut load =
            Generator::Heapgym(heapgym).command(target.url(), Load { connections: CONNECTIONS, stop })?;
        load.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let load = processors.spawn(Side::Generator, &mut load)?;
        let service = Self { target, load };
        // Pools, caches and the allocator fill, and are not measured.
        thread::sleep(20 * WINDOW);
        Ok(service)
    }

    /// Switches, and measures for a moment.
    pub(super) fn window(&mut self, measuring: Measuring) -> Result<Served> {
        self.target.tell(measuring.word())?;
        thread::sleep(SETTLE);
        let before = self.vars()?;
        thread::sleep(WINDOW);
        let after = self.vars()?;
        let counted = after.allocations > before.allocations;
        ensure!(counted == measuring.counts(), "the switch of the counting does nothing");
        let requests = (after.requests_ended - before.requests_ended) as f64;
        ensure!(requests > 0.0, "the target completes no requests");
        Ok(Served {
            throughput: requests / (after.elapsed_ns - before.elapsed_ns) as f64 * 1e9,
            cpu_us: (after.cpu_ns - before.cpu_ns) as f64 / requests / 1e3,
        })
    }

    fn vars(&self) -> Result<Vars> {
        let address = self.target.url().trim_start_matches("http://").split('/').next().unwrap_or_default();
        let mut stream = TcpStream::connect(address)?;
        // Of 1.0, so that the reply ends with the connection, and is in one piece.
        stream.write_all(b"GET /debug/vars HTTP/1.0\r\n\r\n")?;
        let mut reply = String::new();
        stream.read_to_string(&mut reply)?;
        let (_, body) = reply.split_once("\r\n\r\n").context("the target gave no reply")?;
        serde_json::from_str(body).with_context(|| format!("the target's vars cannot be read: {body}"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and still something to wait for.
        let _ = self.load.kill();
        let _ = self.load.wait();
    }
}
