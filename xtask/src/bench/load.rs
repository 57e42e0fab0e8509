//! `cargo xtask bench load`: the same target and connections, each generator in turn, round after round.

mod figures;
mod tables;

use anyhow::Result;
use clap::builder::RangedU64ValueParser;

use self::{
    figures::Figures,
    tables::{Series, medians, of_round, ratios},
};
use super::{
    environment,
    generator::{self, Generator, Load, Peer, Stop},
    rig::Rig,
    whole_seconds,
};
use crate::say;

/// The first runs of a machine that was idle are not like the others: this long, and not counted.
const WARM_UP: Stop = Stop::After { seconds: 1 };

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How often each generator runs
    #[arg(long, default_value_t = 7, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1000))]
    rounds: usize,
    /// How long each run lasts, in whole seconds, such as 5s
    #[arg(long, default_value = "5s", value_parser = whole_seconds)]
    duration: u64,
    /// Connections, one request at a time on each
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// The generators to compare with
    #[arg(long, value_enum, value_delimiter = ',', default_value = "wrk,oha")]
    peers: Vec<Peer>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let (peers, skipped) = generator::install(&args.peers);
    let rig = Rig::set_up()?;
    let heapgym = Generator::Heapgym(rig.heapgym.clone());
    let generators: Vec<_> = [heapgym].into_iter().chain(peers).collect();

    let Args { rounds, duration, connections, .. } = *args;
    say::remark("warming up, not counted");
    for generator in &generators {
        measure(&rig, generator, Load { connections, stop: WARM_UP })?;
    }
    say::result(&format!("{connections} connections, {duration} s each, {rounds} rounds.\n"));
    let load = Load { connections, stop: Stop::After { seconds: duration } };
    let mut series: Vec<_> = generators.iter().map(|generator| Series::of(generator.name())).collect();
    for round in 0..rounds {
        for place in 0..generators.len() {
            // Each round begins with the next one, so that none always goes first.
            let turn = (place + round) % generators.len();
            say::remark(&format!("round {} of {rounds}: {}", round + 1, generators[turn].name()));
            series[turn].rounds.push(measure(&rig, &generators[turn], load)?);
        }
        say::result(&format!("Round {}\n\n{}\n", round + 1, of_round(&series, round)));
    }

    say::result(&format!("Median (least..most) of {rounds} rounds\n\n{}\n", medians(&series)));
    if let [ours, peers @ ..] = series.as_slice()
        && !peers.is_empty()
    {
        let ratios = ratios(ours, peers);
        say::result(&format!("heapgym / peer within each round, median (least..most)\n\n{ratios}\n"));
    }
    say::result(&environment::describe(&rig, &generators)?);
    for sentence in skipped {
        say::result(&format!("- {sentence}"));
    }
    Ok(())
}

fn measure(rig: &Rig, generator: &Generator, load: Load) -> Result<Figures> {
    let command = generator.command(rig.url(), load)?;
    let ran = rig.run(&command)?;
    let account = generator.account(&ran.generator.stdout)?;
    account.check(load.connections)?;
    Ok(Figures::of(&ran, account))
}
