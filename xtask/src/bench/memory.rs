//! `cargo xtask bench memory`: a generator that keeps its results grows with the run; heapgym's does not.

use anyhow::{Result, ensure};

use super::{
    environment,
    generator::{self, Generator, Load, Peer, Stop},
    rig::Rig,
    table::{markdown, mebibytes},
};
use crate::say;

/// Connections of every run.
const CONNECTIONS: u32 = 64;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How many requests heapgym sends in each of its runs
    #[arg(long, value_delimiter = ',', default_value = "1000000,20000000",
        value_parser = clap::value_parser!(u64).range(1..))]
    iterations: Vec<u64>,
    /// How many requests oha sends; 0 leaves it out
    #[arg(long, default_value_t = 400_000)]
    oha: u64,
}

/// What one run came to.
struct Run {
    name: &'static str,
    requests: u64,
    seconds: f64,
    peak_rss_bytes: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let peers: &[_] = if args.oha == 0 { &[] } else { &[Peer::Oha] };
    let (peers, skipped) = generator::install(peers);
    let rig = Rig::set_up()?;
    let generators: Vec<_> = [Generator::Heapgym(rig.heapgym.clone())].into_iter().chain(peers).collect();
    let mut runs = Vec::new();
    for generator in &generators {
        let sizes = match generator {
            Generator::Heapgym(_) => args.iterations.as_slice(),
            Generator::Wrk | Generator::Oha(_) => &[args.oha],
        };
        for &requests in sizes {
            say::remark(&format!("{requests} requests by {}", generator.name()));
            runs.push(measure(&rig, generator, requests)?);
        }
    }

    let rows: Vec<_> = runs
        .iter()
        .map(|run| {
            let [requests, seconds] = [run.requests.to_string(), format!("{:.1}", run.seconds)];
            [run.name.to_owned(), requests, seconds, mebibytes(run.peak_rss_bytes)]
        })
        .collect();
    say::result(&format!("{}\n", markdown(["generator", "requests", "seconds", "peak RSS"], &rows)));
    let own = || runs.iter().filter(|run| run.name == "heapgym").map(|run| run.peak_rss_bytes);
    if let (Some(least), Some(most)) = (own().min(), own().max()) {
        let difference = mebibytes(most - least);
        say::result(&format!("heapgym: at most {}; difference {difference}.\n", mebibytes(most)));
    }
    say::result(&environment::describe(&rig, &generators)?);
    for sentence in skipped {
        say::result(&format!("- {sentence}"));
    }
    Ok(())
}

fn measure(rig: &Rig, generator: &Generator, requests: u64) -> Result<Run> {
    let load = Load { connections: CONNECTIONS, stop: Stop::Requests(requests) };
    let ran = rig.run(&generator.command(rig.url(), load)?)?;
    let account = generator.account(&ran.generator.stdout)?;
    let (name, completed) = (generator.name(), account.completed);
    ensure!(completed == requests, "{name} completed {completed} of {requests} requests");
    let seconds = account.took.as_secs_f64();
    Ok(Run { name, requests, seconds, peak_rss_bytes: ran.generator.peak_rss_bytes })
}
