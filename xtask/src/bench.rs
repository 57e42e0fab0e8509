//! `cargo xtask bench`: benchmarks of the load generator, the charts, the cost of measuring, and the delay to the page.

mod browser;
mod charts;
mod environment;
mod generator;
mod latency;
mod load;
mod memory;
mod meter;
mod overhead;
mod pacing;
mod processors;
mod rig;
mod server;
mod spread;
mod table;
mod target;

use anyhow::{Context, Result, ensure};
use clap::{Command, Subcommand};

pub(crate) use meter::{METER, meter};

/// What can be measured.
#[derive(Debug, Subcommand)]
pub(crate) enum Benchmark {
    /// Drawing charts: redraws, live charts, cursors and a heat map, beside uPlot
    Charts(charts::Args),
    /// Sample to pixel: from the instant of a sample to the frame that shows it in the page
    Latency(latency::Args),
    /// Throughput, CPU per request and peak memory, beside wrk and oha in turn
    Load(load::Args),
    /// Peak memory after a short and a long run, beside oha
    Memory(memory::Args),
    /// What counting and sampling cost the target, beside itself without them
    Overhead(overhead::Args),
    /// A steady rate: what was asked, what was offered, and how late
    Pacing(pacing::Args),
}

/// Measures, and prints the result as Markdown.
pub(crate) fn run(benchmark: &Benchmark) -> Result<()> {
    match benchmark {
        Benchmark::Charts(args) => charts::run(args),
        Benchmark::Latency(args) => latency::run(args),
        Benchmark::Load(args) => load::run(args),
        Benchmark::Memory(args) => memory::run(args),
        Benchmark::Overhead(args) => overhead::run(args),
        Benchmark::Pacing(args) => pacing::run(args),
    }
}

/// The benchmarks, one per line.
pub(crate) fn list() -> String {
    let benchmarks = Benchmark::augment_subcommands(Command::new("bench"));
    let lines: Vec<_> = benchmarks
        .get_subcommands()
        .map(|one| {
            let about = one.get_about().map(ToString::to_string).unwrap_or_default();
            format!("cargo xtask bench {:10}{about}", one.get_name())
        })
        .collect();
    lines.join("\n")
}

/// A duration that every generator can be told: wrk knows only whole seconds.
fn whole_seconds(text: &str) -> Result<u64> {
    let duration = humantime::parse_duration(text).context("a duration such as 5s")?;
    let seconds = duration.as_secs();
    ensure!(seconds > 0 && duration.subsec_nanos() == 0, "whole seconds, at least one");
    Ok(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_seconds() {
        assert_eq!(whole_seconds("1m 5s").unwrap(), 65);
        for wrong in ["0s", "1500ms", "5", "soon"] {
            assert!(whole_seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_benchmark_is_listed_with_what_it_does() {
        let list = list();
        for name in ["charts", "latency", "load", "memory", "overhead", "pacing"] {
            let line = list.lines().find(|line| line.contains(&format!("bench {name} ")));
            assert!(line.is_some_and(|line| line.len() > 40), "{list}");
        }
    }
}
