//! Starts this program again with jemalloc's profiler, which can only be had from the start.

use std::{env, os::unix::process::CommandExt};

use anyhow::Context;
use clap::ValueEnum;
use heapgym_probe::profile;
use heapgym_shared::spec::PROFILING_CONF;

use crate::child::program::Program;

/// Where jemalloc looks for its options.
const CONF: &str = "_RJEM_MALLOC_CONF";

/// Whether heap profiles can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum HeapProfiles {
    /// From the beginning.
    On,
    /// Not at all, and nothing is spent on them.
    Off,
}

/// Counts allocations by stack from now on. This process becomes another one, with the same id, unless somebody
/// has set jemalloc's options: then it is for those to say.
///
/// # Errors
/// When the program cannot be started again.
pub(super) fn start(wanted: HeapProfiles) -> anyhow::Result<()> {
    if wanted == HeapProfiles::Off {
        return Ok(());
    }
    if env::var_os(CONF).is_none_or(|options| options.is_empty()) {
        let mut again = Program::this()?.command()?;
        let error = again.args(env::args_os().skip(1)).env(CONF, PROFILING_CONF).exec();
        return Err(error).context("the program could not be started again with jemalloc's profiler");
    }
    if profile::is_there() {
        profile::set_active(true)?;
    } else {
        tracing::warn!("no heap profiles: {CONF} is set without prof:true");
    }
    Ok(())
}
