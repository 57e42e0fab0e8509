//! The outcomes of children that did not start, or ended by themselves.

use std::io;

use heapgym_shared::{Outcome, outcome::Child};

use super::process::Ended;

/// A child that ended while it was still wanted.
pub(super) fn crashed(process: Child, ended: Ended) -> Outcome {
    Outcome::Crashed { process, status: ended.describe(), last_words: ended.last_words }
}

/// A child that the system did not start.
pub(super) fn not_started(process: Child, error: &io::Error) -> Outcome {
    Outcome::Lost { reason: format!("{} could not be started: {error}", process.describe()) }
}
