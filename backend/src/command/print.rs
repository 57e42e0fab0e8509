//! The one place that writes to the terminal.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where commands print")]

use std::io::{self, IsTerminal, Write};

use terminal_size::{Width, terminal_size_of};

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

/// Writes over the line of the last call, cut to the terminal's width: what wraps stays behind.
pub(super) fn over(text: &str) {
    let width = terminal_size_of(io::stderr()).map_or(80, |(Width(width), _)| usize::from(width));
    let text: String = text.chars().take(width.saturating_sub(1)).collect();
    // Erase to the end of the line, so that a shorter text leaves nothing behind.
    eprint!("\r{text}\x1b[K");
    let _ = io::stderr().flush(); // a terminal that is gone sees nothing anyway
}
