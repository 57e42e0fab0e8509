//! The one place that writes to the terminal.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where commands print")]

use std::io::{self, IsTerminal, Write};

/// A result, to stdout.
pub(super) fn result(text: &str) {
    println!("{text}");
}

/// A remark, to stderr.
pub(super) fn remark(text: &str) {
    eprintln!("{text}");
}

/// A failure with its causes in one sentence, to stderr.
pub(super) fn error(error: &anyhow::Error) {
    eprintln!("heapgym: {error:#}");
}

/// Whether somebody sees stderr as it is written.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Writes over the line of the last call.
pub(super) fn over(text: &str) {
    // Erase to the end of the line, so that a shorter text leaves nothing behind.
    eprint!("\r{text}\x1b[K");
    let _ = io::stderr().flush(); // a terminal that is gone sees nothing anyway
}
