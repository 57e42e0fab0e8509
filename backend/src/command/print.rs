//! The one place that writes to the terminal.
//!
//! Nothing here stops a command. A reader that has gone, as behind `| head`, changes nothing; any other result that
//! cannot be written is reported once, and makes the exit code 1. What stderr does not take is lost.

use std::{
    io::{self, IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use terminal_size::{Width, terminal_size_of};

/// Whether a result could not be written to stdout.
static LOST: AtomicBool = AtomicBool::new(false);

/// A result, to stdout.
pub(super) fn result(text: &str) {
    let mut out = UntilClosed(io::stdout());
    check_stdout(writeln!(out, "{text}").and_then(|()| out.flush()));
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

/// What clap has to say: help to stdout, an error to stderr.
pub(super) fn usage(message: &clap::Error) {
    if message.use_stderr() {
        let _ = message.print();
    } else {
        check_stdout(closed_is_no_error(message.print().and_then(|()| io::stdout().flush()), ()));
    }
}

/// Whether stdout took every result that was printed.
pub(super) fn all_written() -> bool {
    !LOST.load(Ordering::Relaxed)
}

fn check_stdout(written: io::Result<()>) {
    if let Err(cause) = written
        && !LOST.swap(true, Ordering::Relaxed)
    {
        error(&anyhow::Error::new(cause).context("cannot write to stdout"));
    }
}

/// A writer that drops what it is given once its reader has gone.
#[derive(Debug)]
pub(super) struct UntilClosed<W>(pub(super) W);

impl<W: Write> Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        closed_is_no_error(self.0.write(bytes), bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        closed_is_no_error(self.0.flush(), ())
    }
}

fn closed_is_no_error<T>(written: io::Result<T>, as_if: T) -> io::Result<T> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(as_if),
        written => written,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    #[test]
    fn only_a_closed_pipe_is_no_error() {
        let mut closed = UntilClosed(Failing(io::ErrorKind::BrokenPipe));
        assert!(closed.write_all(b"x").and_then(|()| closed.flush()).is_ok());
        let mut full = UntilClosed(Failing(io::ErrorKind::StorageFull));
        assert!(full.write_all(b"x").is_err() && full.flush().is_err());
    }
}
