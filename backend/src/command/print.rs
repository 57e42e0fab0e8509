//! The one place that writes to the terminal.
//!
//! Nothing here fails: a reader that has gone, as behind `| head`, must not end a run or change its exit code.

use std::io::{self, IsTerminal, Write};

use terminal_size::{Width, terminal_size_of};

/// A result, to stdout.
pub(super) fn result(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// A remark, to stderr.
pub(super) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// A failure with its causes in one sentence, to stderr.
pub(super) fn error(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "heapgym: {error:#}");
}

/// What is wrong with the command line, to stderr.
pub(super) fn refusal(text: &str) {
    let _ = writeln!(io::stderr(), "error: {text}\n\nFor more information, try '--help'.");
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
    let _ = write!(io::stderr(), "\r{text}\x1b[K");
    let _ = io::stderr().flush();
}
