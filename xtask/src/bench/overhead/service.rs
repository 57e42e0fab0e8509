//! A handler served to connections, with and without what measures it.

use anyhow::{Context, Result};

use super::{Builds, Handler};
use crate::bench::{
    generator::{Generator, Load, Stop},
    meter,
    processors::{Processors, Side},
    target::Target,
};

/// Connections, one request at a time on each.
const CONNECTIONS: u32 = 64;

/// What measures the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measuring {
    Nothing,
    Counting,
    /// As in a run: readings ten times a second, on the target's own processor.
    Both,
}

/// What one run came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Served {
    /// Completed requests per second.
    pub(super) throughput: f64,
    /// Processor time of the target for each of them, in microseconds.
    pub(super) cpu_us: f64,
}

impl Measuring {
    pub(super) const ALL: [Self; 3] = [Self::Nothing, Self::Counting, Self::Both];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Nothing => "neither",
            Self::Counting => "counting",
            Self::Both => "counting and sampling",
        }
    }
}

/// Starts a target, loads it for so many seconds, and ends it.
pub(super) fn measure(
    builds: &Builds,
    processors: Processors,
    handler: Handler,
    measuring: Measuring,
    generator: &Generator,
    seconds: u64,
) -> Result<Served> {
    let mut flags = vec!["--workload", handler.workload, "--variant", handler.variant];
    handler.parameters.iter().for_each(|parameter| flags.extend(["--param", parameter]));
    if measuring == Measuring::Both {
        flags.extend(["--sample-interval", "100ms"]);
    }
    let target = Target::start_with(builds.command(measuring != Measuring::Nothing), processors, &flags)?;
    let run = |stop: Stop| {
        let command = generator.command(target.url(), Load { connections: CONNECTIONS, stop })?;
        let metered = meter::run(&command, |meter| processors.spawn(Side::Generator, meter))?;
        let account = generator.account(&metered.stdout)?;
        account.check(CONNECTIONS)?;
        anyhow::Ok(account)
    };
    // Pools, caches and the allocator fill, and are not measured.
    run(Stop::Requests(2_000))?;
    let cpu = || target.cpu().context("this system does not tell a process's CPU time");
    let before = cpu()?;
    let account = run(Stop::After { seconds })?;
    let used = cpu()?.saturating_sub(before);
    let cpu_us = used.as_secs_f64() * 1e6 / account.completed as f64;
    Ok(Served { throughput: account.throughput(), cpu_us })
}
