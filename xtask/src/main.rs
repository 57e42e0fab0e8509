//! `cargo xtask`: set up, serve, test and check. This file only opens the door.

mod check;
mod needs;
mod page;
mod rust;
mod say;
mod serve;
mod shell;
mod steps;
mod test;
mod tools;

use std::process::ExitCode;

use clap::Parser;

/// What heapgym needs beyond cargo: set up, serve, test and check.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    /// Set up, build the page and the server, and serve on http://127.0.0.1:8080
    Serve {
        /// Arguments for `heapgym serve`, such as `--listen 127.0.0.1:9000`
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Set up, build what is shipped and run every test against it
    Test {
        /// Arguments for the test programs, such as a part of a test's name
        #[arg(last = true)]
        args: Vec<String>,
    },
    /// Format and lint, for this machine and for the browser
    Check,
    /// Build only the page
    Page,
}

fn main() -> ExitCode {
    let done = match Task::parse() {
        Task::Serve { args } => serve::serve(&args),
        Task::Test { args } => test::test(args),
        Task::Check => check::check(),
        Task::Page => page::steps().and_then(steps::run),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
