//! `heapgym compare`: two sides, run in alternating pairs or read from files, and whether one is better.

use std::{path::PathBuf, process::ExitCode};

use heapgym_shared::{
    Rejection, Report, RunSpec,
    comparison::{Comparison, MOST_PAIRS, PAIRS},
};
use tokio::runtime::Builder;

use super::{exit::ExitStatus, output::Output, print, source::Source, spec::SpecArgs, stopping::Stopping};
use crate::{
    comparison::{Pair, compare, seeds},
    runner::Runner,
    threads,
};

mod given;
mod side;
mod text;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Two runs that are there already: reports of `heapgym run --json`, whole runs of --save, `-` for stdin, or
    /// addresses of runs that have ended (http://127.0.0.1:8080/r/ID). They are one pair, whose noise is assumed: to
    /// measure it, run both sides again with --a and --b. Or one comparison that is there already: its address
    /// (http://127.0.0.1:8080/c/ID..ID), or a file of `heapgym compare --json`.
    #[arg(value_name = "A B", num_args = 1..=2, required_unless_present = "a", conflicts_with_all = ["a", "b", "pairs"])]
    inputs: Vec<Source>,
    /// The first side: WORKLOAD/VARIANT such as logs/naive, loaded as the other flags say, or a file or an address with
    /// a whole specification.
    ///
    /// KEY=VALUE words after it are settings of this side alone: 'products/pooled pool=two_generation dirty_decay=0s'.
    /// A key is a flag of the run without its dashes, a parameter of the workload, or an option of the allocator;
    /// values with blanks are quoted as in a shell.
    #[arg(long, value_name = "SIDE", requires = "b")]
    a: Option<String>,
    /// The second side, which is said to be better or worse than the first.
    #[arg(long, value_name = "SIDE", requires = "a")]
    b: Option<String>,
    /// How many pairs of runs: at least 3 to tell a small change from noise.
    #[arg(long, default_value_t = PAIRS, allow_negative_numbers = true,
        value_parser = super::quantity::whole::<u32>(1..=u64::from(MOST_PAIRS)))]
    pairs: u32,
    #[command(flatten)]
    spec: SpecArgs,
    /// Write the comparison as JSON to this file; `-` writes it to stdout instead of the text.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    // The output may be one of the inputs, so it is opened after them.
    let mut stopping = None;
    let (output, pairs, stopped) = match (&args.a, &args.b, &args.inputs[..]) {
        (Some(a), Some(b), _) => {
            let sides = [side::parse("--a", a, &args.spec)?, side::parse("--b", b, &args.spec)?];
            let output = Output::open(args.json.as_ref())?;
            let (pairs, stopped) = run_pairs(&sides, args.pairs, stopping.insert(Stopping::new()))?;
            (output, pairs, stopped)
        }
        (_, _, [a, b]) => {
            side::refuse_flags("A B", &args.spec)?;
            if (a, b) == (&Source::Stdin, &Source::Stdin) {
                return Err(Rejection::new("B", "is stdin, as A is", "one of the two as `-`").into());
            }
            let pair = Pair { number: 1, a: given::report(a)?.into(), b: given::report(b)?.into() };
            (Output::open(args.json.as_ref())?, vec![pair], false)
        }
        (_, _, [both]) => {
            side::refuse_flags("A B", &args.spec)?;
            let comparison = given::comparison(both)?;
            return conclude(&comparison, Output::open(args.json.as_ref())?, None);
        }
        _ => return Err(Rejection::new("a", "is missing", "--a and --b, or two runs").into()),
    };
    if stopped {
        print::remark(&format!("heapgym: stopped after {} of {} pairs", pairs.len(), args.pairs));
    }
    let exit_code = match compare(&pairs) {
        Some(comparison) => conclude(&comparison, output, stopping)?,
        None => ExitStatus::NoAnswer.into(),
    };
    Ok(if stopped { ExitStatus::Stopped.into() } else { exit_code })
}

/// Writes a comparison, and says how the command ends.
fn conclude(comparison: &Comparison, output: Output, stopping: Option<Stopping>) -> anyhow::Result<ExitCode> {
    // Only a comparison that was run here has signals to wait for, and can be run with more pairs.
    let was_run = stopping.is_some();
    output.results(text::text(comparison, was_run), comparison).write(stopping)?;
    Ok(ExitStatus::of_comparison(comparison.verdict).into())
}

/// Runs both sides in pairs. When a signal stops it, gives the pairs that were complete by then, and `true`.
fn run_pairs(sides: &[RunSpec; 2], count: u32, stopping: &mut Stopping) -> anyhow::Result<(Vec<Pair>, bool)> {
    let runner = Runner::new()?;
    let runtime = threads::runtime(2, &mut Builder::new_multi_thread())?;
    runtime.block_on(async {
        let mut pairs = Vec::new();
        for (place, seed) in (0..count).zip(seeds(sides[0].seed)) {
            print::remark(&format!("pair {} of {count}", place + 1));
            let mut reports: [Option<Report>; 2] = [None, None];
            // Whoever goes second finds a warmer machine: the sides take turns.
            for side in if place % 2 == 0 { [0, 1] } else { [1, 0] } {
                let spec = RunSpec { seed, ..sides[side].clone() };
                let (report, _) = stopping.run(&runner, &spec, |_| {}).await;
                if stopping.is_asked() {
                    return Ok((pairs, true));
                }
                reports[side] = Some(report);
            }
            if let [Some(a), Some(b)] = reports {
                pairs.push(Pair { number: place + 1, a: a.into(), b: b.into() });
            }
        }
        Ok((pairs, false))
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        compare: Args,
    }

    fn parse(line: &str) -> Result<Args, clap::Error> {
        Line::try_parse_from(line.split(' ')).map(|line| line.compare)
    }

    #[test]
    fn sides_are_two_files_or_two_specifications() {
        assert_eq!(parse("compare a.json b.json").unwrap().inputs.len(), 2);
        assert_eq!(parse("compare http://127.0.0.1:8080/c/a..b").unwrap().inputs.len(), 1);
        assert_eq!(parse("compare --a logs/naive --b logs/pooled").unwrap().pairs, 5);
        for line in [
            "compare",
            "compare https://127.0.0.1/r/a b.json",
            "compare a.json b.json c.json",
            "compare --a logs/naive",
            "compare --a logs/naive --b logs/pooled --pairs 0",
            "compare --a logs/naive --b logs/pooled --pairs 21",
            "compare a.json b.json --pairs 3",
            "compare a.json b.json --a logs/naive --b logs/pooled",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
