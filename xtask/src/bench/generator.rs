//! The load generators: how each is started, and how its account of a run is read.

pub(super) mod heapgym;
mod oha;
pub(super) mod wrk;

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Result, ensure};
use clap::ValueEnum;

use self::heapgym::Heapgym;
use crate::{
    needs, say,
    shell::{self, output},
    steps, tools,
};

/// A load generator that heapgym is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Peer {
    Wrk,
    Oha,
}

/// An installed load generator.
#[derive(Clone, Debug)]
pub(super) enum Generator {
    Heapgym(Heapgym),
    Wrk,
    Oha(PathBuf),
}

/// Requests as fast as they are answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    /// Kept alive, one request at a time on each.
    pub(super) connections: u32,
    pub(super) stop: Stop,
}

/// When a load ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// After this many whole seconds.
    After { seconds: u64 },
    /// After this many requests.
    Requests(u64),
}

/// A generator's own account of what it did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Account {
    /// Requests answered with a status from 200 to 399.
    pub(super) completed: u64,
    /// All others, with those that the end of the run cut off where the generator counts them.
    pub(super) failed: u64,
    /// The time it measured.
    pub(super) took: Duration,
}

impl Peer {
    /// The generator, installed if need be. Fails with what to do about it.
    pub(super) fn install(self) -> Result<Generator> {
        match self {
            Self::Wrk => {
                steps::run(needs::install(&[needs::WRK])?.into_iter().collect())?;
                Ok(Generator::Wrk)
            }
            Self::Oha => {
                let oha = tools::oha()?;
                steps::run(oha.step().into_iter().collect())?;
                Ok(Generator::Oha(oha.program()))
            }
        }
    }

    /// How a person installs it.
    fn cure(self) -> &'static str {
        match self {
            Self::Wrk => "`apt install wrk`",
            Self::Oha => "`cargo install --locked oha` must work",
        }
    }
}

/// The peers that can be had, and a sentence about each that cannot.
pub(super) fn install(peers: &[Peer]) -> (Vec<Generator>, Vec<String>) {
    let mut skipped = Vec::new();
    let present = peers.iter().filter_map(|&peer| {
        peer.install()
            .inspect_err(|error| {
                let name =
                    peer.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
                let sentence = format!("{name} is left out ({}): {error:#}.", peer.cure());
                say::remark(&sentence);
                skipped.push(sentence);
            })
            .ok()
    });
    (present.collect(), skipped)
}

impl Generator {
    /// Its name in tables.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Heapgym(_) => "heapgym",
            Self::Wrk => "wrk",
            Self::Oha(_) => "oha",
        }
    }

    /// Name and version, where it tells.
    pub(super) fn version(&self) -> String {
        let told = match self {
            Self::Heapgym(Heapgym { program, .. }) | Self::Oha(program) => {
                output(shell::command(program, ["--version"]))
            }
            Self::Wrk => wrk::version(),
        };
        told.unwrap_or_else(|| format!("{} of unknown version", self.name()))
    }

    /// Loads `url` with one thread; fails where it cannot stop in the way asked for.
    pub(super) fn command(&self, url: &str, load: Load) -> Result<Command> {
        match self {
            Self::Heapgym(heapgym) => Ok(heapgym.loading(url, load)),
            Self::Wrk => wrk::command(url, load),
            Self::Oha(program) => Ok(oha::command(program, url, load)),
        }
    }

    /// Reads what the generator printed.
    pub(super) fn account(&self, printed: &str) -> Result<Account> {
        match self {
            Self::Heapgym(_) => heapgym::Report::read(printed)?.account(),
            Self::Wrk => wrk::account(printed),
            Self::Oha(_) => oha::account(printed),
        }
    }
}

impl Account {
    /// Completed requests per second of the time that the generator measured.
    pub(super) fn throughput(&self) -> f64 {
        self.completed as f64 / self.took.as_secs_f64()
    }

    /// Fails when more went wrong than what the end of a run may cut off: one request on each connection.
    pub(super) fn check(&self, connections: u32) -> Result<()> {
        let Self { completed, failed, took } = self;
        ensure!(*completed > 0 && !took.is_zero(), "no request was completed");
        ensure!(*failed <= u64::from(connections), "{failed} requests failed: this is no comparison");
        Ok(())
    }
}
