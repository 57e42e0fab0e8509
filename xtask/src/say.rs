//! The one place that prints: results on stdout; progress, remarks and errors on stderr.
#![expect(clippy::print_stderr, reason = "a command's progress is for the person at the terminal")]

use std::{
    io::{self, Write},
    time::Duration,
};

/// A result, to stdout. A reader that has gone, as behind `| head`, is no failure.
pub(crate) fn result(text: &str) {
    let _ = writeln!(io::stdout(), "{text}");
}

/// What goes on within a step.
pub(crate) fn remark(text: &str) {
    eprintln!("      {text}");
}

/// Announces a step by its number.
pub(crate) fn step(number: usize, total: usize, title: &str) {
    eprintln!("[{number}/{total}] {title}");
}

/// Says that the announced step is done, and what it took.
pub(crate) fn done(took: Duration) {
    eprintln!("      done in {}", elapsed(took));
}

/// Asks a question with the answer yes or no, on the terminal. All but `y` and `yes` is a no.
pub(crate) fn ask(question: &str) -> bool {
    eprint!("{question}");
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && is_yes(&answer)
}

fn is_yes(answer: &str) -> bool {
    ["y", "yes"].contains(&answer.trim().to_lowercase().as_str())
}

/// Says why the command failed, as one line: a backtrace would not tell what to do.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
}

/// A duration as a person says it.
fn elapsed(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y", "Y\n", " yes\n"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "yesterday"].into_iter().any(is_yes));
    }

    #[test]
    fn elapsed_time_reads_naturally() {
        assert_eq!(elapsed(Duration::from_millis(840)), "0.8 s");
        assert_eq!(elapsed(Duration::from_secs(60)), "1 min 0 s");
        assert_eq!(elapsed(Duration::from_secs(192)), "3 min 12 s");
    }
}
