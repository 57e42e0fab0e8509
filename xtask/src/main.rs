//! `cargo xtask`: parses the arguments and calls the task.

mod bench;
mod check;
mod needs;
mod page;
mod rust;
mod say;
mod serve;
mod shell;
mod ship;
mod steps;
mod test;
mod tools;

use std::{ffi::OsString, process::ExitCode};

use clap::Parser;

/// What heapgym needs beyond cargo: set up, serve, test, check and bench.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Set up, build the page and the server, and serve on http://127.0.0.1:8080
    Serve {
        /// Arguments for `heapgym serve`, such as `--listen 127.0.0.1:9000`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Set up, build what is shipped and test it; --unit and --slow run other tiers
    Test(test::Args),
    /// Format and lint, for this machine and for the browser
    Check,
    /// Build only the page
    Page,
    /// Put the page that trunk built where the server takes it in (trunk calls this)
    #[command(hide = true)]
    Ship,
    /// Measure heapgym beside other tools; without a name, list the benchmarks
    Bench {
        #[command(subcommand)]
        benchmark: Option<bench::Benchmark>,
    },
    /// Run one program and say what it cost (xtask calls itself)
    #[command(name = bench::METER, hide = true)]
    Meter {
        #[arg(last = true, required = true)]
        words: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Serve { args } => serve::serve(&args),
        Task::Test(args) => test::test(args),
        Task::Check => check::check(),
        Task::Page => page::steps().and_then(steps::run),
        Task::Ship => ship::ship(),
        Task::Bench { benchmark: Some(benchmark) } => bench::run(&benchmark),
        Task::Bench { benchmark: None } => {
            say::result(&bench::list());
            Ok(())
        }
        Task::Meter { words } => bench::meter(&words),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            match error.downcast_ref() {
                // As for bad usage: nothing was tried, and the user can mend it.
                Some(needs::Missing(_)) => ExitCode::from(2),
                None => ExitCode::FAILURE,
            }
        }
    }
}
