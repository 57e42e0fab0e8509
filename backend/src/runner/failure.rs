//! The outcomes of children that did not start, ended by themselves, or say that they cannot go on.

use std::io;

use heapgym_shared::{
    Outcome,
    outcome::{Child, GuardKind},
    soft_limit::SoftLimitLevel,
};

use super::process::Ended;
use crate::child::TargetFrame;

/// A child that ended while it was still wanted.
pub(super) fn crashed(process: Child, ended: Ended) -> Outcome {
    Outcome::Crashed { process, status: ended.describe(), last_words: ended.last_words }
}

/// A child that the system did not start.
pub(super) fn not_started(process: Child, error: &io::Error) -> Outcome {
    Outcome::Lost { reason: format!("{} could not be started: {error}", process.describe()) }
}

/// The outcome of a target that passed its soft limit, if this frame says so.
pub(super) fn soft_limit_passed(frame: &TargetFrame) -> Option<Outcome> {
    let TargetFrame::SoftLimit { change, .. } = frame else { return None };
    (change.level == SoftLimitLevel::Exceeded).then_some(Outcome::OutOfMemory {
        limit_bytes: change.limit_bytes,
        reached_bytes: change.usage_bytes,
        guard: GuardKind::SoftLimit,
    })
}
