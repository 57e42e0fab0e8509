//! What a load has to tell while it goes on, and when it is done.

use heapgym_shared::{report::FailureReason, sample::LoadReading};

use super::{failure::FailureCounts, statuses::is_success};
pub use super::{statuses::Statuses, window::Latencies};
use crate::child::{Figures, LoadDone};

/// What a load has to tell.
#[derive(Debug)]
pub enum Event {
    /// What was counted by an instant of the schedule.
    Sample {
        /// Which instant: `tick * sample_interval` after the origin. A tick that was missed is left out.
        tick: u64,
        /// What was counted.
        reading: Box<LoadReading>,
        /// What the plan's thresholds are to be told.
        figures: Figures,
    },
    /// The last reply is in, or was given up. Samples go on.
    Done(Box<Done>),
}

/// What there is to say of a load that is over. The histograms stay in the process that counted them.
#[derive(Debug)]
pub struct Done {
    /// The summary that a supervisor is told.
    pub load: LoadDone,
    /// Of the completed requests of the load phase.
    pub latencies: Latencies,
    /// The load phase's replies by status code.
    pub statuses: Statuses,
    /// Each reason why its requests failed, the most frequent first.
    pub failure_reasons: Vec<FailureReason>,
    /// Bytes of their bodies, of whatever reply, whole or not.
    pub body_bytes: u64,
}

/// Each reason why requests failed, the most frequent first.
pub(super) fn failure_reasons(statuses: &Statuses, failures: &FailureCounts) -> Vec<FailureReason> {
    let refused = statuses.iter().filter(|(code, _)| !is_success(*code));
    let by_status = refused.map(|(code, count)| FailureReason {
        kind: "status".to_owned(),
        reason: format!("{code:03}"),
        count,
    });
    FailureReason::top(by_status.chain(failures.reasons()).collect(), usize::MAX)
}
