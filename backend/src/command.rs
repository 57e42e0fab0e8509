//! The command line: what a terminal or CI sees.

use std::process::ExitCode;

use clap::{
    Arg, CommandFactory, FromArgMatches, Parser, Subcommand,
    error::{ContextKind, ErrorKind},
};
use tracing_subscriber::EnvFilter;

use self::exit::ExitStatus;
use crate::{
    bench::BENCH_CHILD,
    child::{DOWNSTREAM_CHILD, LOAD_CHILD, TARGET_CHILD, program::take_name},
    descriptors, downstream, file_size,
    profile::{self, child::SYMBOLIZE_CHILD},
    target,
};

mod attack;
mod bench;
mod calibrate;
mod change;
mod compare;
pub mod exit;
mod export;
mod find_rate;
mod foreign_flags;
mod heap_profile;
mod junit;
mod load;
mod output;
mod print;
mod progress;
mod quantity;
mod result_file;
mod run;
mod serve;
mod signals;
mod source;
mod spec;
mod stopping;
mod target_alone;
mod workload;

/// A gym for a service's memory: allocator state and latency, live, on one clock.
#[derive(Debug, Parser)]
#[command(name = "heapgym", version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the page, the API and the runs behind them; exit 0 after Ctrl-C or SIGTERM, 1 when the port or the folder
    /// is in use, 2 bad usage.
    Serve(serve::Args),
    /// Execute one run and print its report; exit 0 ok, 1 no answer (crashed, timed out, lost, no request completed, or
    /// a file could not be read or written), 2 bad usage, 99 a threshold failed, 101 out of memory, 102 saturated, 130
    /// stopped.
    Run(Box<run::Args>),
    /// Run two sides in alternating pairs, or read two runs from files, and say whether the second is improved,
    /// regressed, unchanged or mixed; exit 0 ok, 1 cannot tell, 2 bad usage, 99 when anything got worse, 130 stopped.
    Compare(Box<compare::Args>),
    /// Call handlers directly, without a network, and print ns/op, B/op, allocs/op and faults/op as
    /// `go test -bench -benchmem` does; exit 1 when a variant failed.
    Bench(bench::Args),
    /// Read known answers back through whole runs, and print how far off each figure was; exit 0 when all are within
    /// their bounds, 99 otherwise, 1 when a run did not complete.
    Calibrate(calibrate::Args),
    /// Write a run as a picture, a table, data, or one page that holds all of it.
    Export(export::Args),
    /// Load a server that runs already, print a report as wrk does, and exit 0, 1 nothing completed,
    /// 2 for flags that were refused, 99 a threshold failed, 102 saturated, 130 stopped.
    Attack(Box<attack::Args>),
    /// Serve one handler alone, for use with any other load tool, and its heap profiles, for `go tool pprof`.
    Target(target_alone::Args),
    #[command(name = TARGET_CHILD, hide = true)]
    TargetChild,
    #[command(name = LOAD_CHILD, hide = true)]
    LoadChild,
    #[command(name = DOWNSTREAM_CHILD, hide = true)]
    DownstreamChild,
    #[command(name = BENCH_CHILD, hide = true)]
    BenchChild,
    #[command(name = SYMBOLIZE_CHILD, hide = true)]
    SymbolizeChild(profile::child::Args),
}

/// Reads the command line. An empty environment variable counts as unset.
fn parse() -> Result<Args, clap::Error> {
    let mut command = Args::command().mut_subcommands(|command| command.mut_args(without_empty_variable));
    let mut matches = command.try_get_matches_from_mut(std::env::args_os())?;
    Args::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn without_empty_variable(arg: Arg) -> Arg {
    let is_empty = arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    if is_empty { arg.env(None::<&str>) } else { arg }
}

/// The whole program: parses the command line and executes it.
pub fn main() -> ExitCode {
    // Rust's own exit code for a panic is 101, which here means that a target went out of memory.
    std::panic::catch_unwind(parse_and_execute).unwrap_or(ExitStatus::NoAnswer.into())
}

fn parse_and_execute() -> ExitCode {
    take_name();
    file_size::report_limit_as_error();
    let args = match parse() {
        Ok(args) => args,
        Err(mut error) => {
            // A flag behind `--` would be taken for a URL or a file.
            error.remove(ContextKind::Suggested);
            match foreign_flag(&error) {
                Some(instead) => print::refusal(&instead),
                None => print::usage(&error),
            }
            let code = u8::try_from(error.exit_code()).unwrap_or(ExitStatus::BadUsage.code());
            return if print::all_written() { code.into() } else { ExitStatus::NoAnswer.into() };
        }
    };
    descriptors::raise_limit();
    // To stderr: a child's stdout carries frames, a command's stdout its result.
    let asked = std::env::var(EnvFilter::DEFAULT_ENV).ok().filter(|filter| !filter.is_empty());
    let filter = asked
        .and_then(|filter| EnvFilter::try_new(filter).ok())
        .unwrap_or_else(|| EnvFilter::new(args.command.log_level()));
    let colours = print::is_watched(); // a child's words go to its supervisor, not to a terminal
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours)
        .log_internal_errors(false) // it would panic where stderr cannot be written
        .init();
    if !args.command.is_child()
        && let Err(error) = signals::install()
    {
        tracing::warn!("{error:#}"); // the command works without
    }
    let result = match args.command {
        Command::Serve(args) => serve::execute(args),
        Command::Run(args) => run::execute(&args),
        Command::Compare(args) => compare::execute(&args),
        Command::Bench(args) => bench::execute(&args),
        Command::Calibrate(args) => calibrate::execute(&args),
        Command::Export(args) => export::execute(&args),
        Command::Attack(args) => attack::execute(&args),
        Command::Target(args) => target_alone::execute(&args),
        Command::TargetChild => target::run_child().map(|()| ExitCode::SUCCESS),
        Command::LoadChild => crate::load::run().map(|()| ExitCode::SUCCESS),
        Command::DownstreamChild => downstream::run_child().map(|()| ExitCode::SUCCESS),
        Command::BenchChild => crate::bench::run_child().map(|()| ExitCode::SUCCESS),
        Command::SymbolizeChild(args) => profile::child::run_child(&args).map(|()| ExitCode::SUCCESS),
    };
    match result {
        Ok(_) if !print::all_written() => ExitStatus::NoAnswer.into(),
        Ok(code) => code,
        Err(error) => {
            print::error(&error);
            ExitStatus::of_error(&error).into()
        }
    }
}

/// What to write instead of a flag that another load tool has.
fn foreign_flag(error: &clap::Error) -> Option<String> {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    match error.kind() {
        ErrorKind::UnknownArgument => foreign_flags::instead(error, &Args::command(), &words),
        _ => None,
    }
}

impl Command {
    /// Whether this is a child of a run: it ends with its parent, and not on signals of its own.
    fn is_child(&self) -> bool {
        matches!(
            self,
            Self::TargetChild
                | Self::LoadChild
                | Self::DownstreamChild
                | Self::BenchChild
                | Self::SymbolizeChild(_)
        )
    }

    fn log_level(&self) -> &'static str {
        match self {
            Self::Serve(_) => "info",
            // They print their own progress.
            Self::Run(_)
            | Self::Compare(_)
            | Self::Export(_)
            | Self::Attack(_)
            | Self::Target(_)
            | Self::Bench(_)
            | Self::Calibrate(_)
            | Self::TargetChild
            | Self::LoadChild
            | Self::DownstreamChild
            | Self::BenchChild
            | Self::SymbolizeChild(_) => "warn",
        }
    }
}
