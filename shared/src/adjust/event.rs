//! What was done to a run, or by its target, as lines of its charts and of its list of events.

use serde::{Deserialize, Serialize};

use super::{Adjustment, Effect};
use crate::{soft_limit::SoftLimitChange, unit::Unit};

/// Something that was done to a run, at one instant; charts draw it as a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// When, since the run began.
    pub elapsed_ns: u64,
    /// What.
    pub what: EventKind,
}

/// What was done to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody changed the load or the target.
    Adjusted {
        /// How.
        change: Adjustment,
        /// What it did to the target's memory; `None` for a change of the load or of a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        effect: Option<Effect>,
    },
    /// Somebody asked for a graceful stop.
    StopAsked,
    /// A threshold with `abort_on_fail` failed, and the load was stopped.
    ThresholdFailed {
        /// The threshold, as it was written.
        threshold: String,
    },
    /// The target did something about its soft memory limit.
    SoftLimit {
        /// What.
        change: SoftLimitChange,
    },
    /// The allocator began to give back many freed pages, by itself or because it was told to.
    Purged {
        /// Bytes that went until the next sample.
        bytes: u64,
    },
    /// Allocations are counted by stack from here on.
    ProfileStarted,
    /// Allocations are no longer counted.
    ProfileStopped,
    /// A heap profile was taken.
    ProfileTaken {
        /// Why, in a few words.
        cause: String,
    },
    /// A heap profile that was asked for was not taken.
    ProfileFailed {
        /// Why, in a sentence.
        reason: String,
    },
}

impl EventKind {
    /// What happened and what came of it, for a list.
    pub fn describe(&self) -> String {
        match self {
            Self::Adjusted { effect: Some(effect), .. } => {
                format!("{} ({})", self.label(), effect.describe())
            }
            _ => self.label(),
        }
    }

    /// What happened, in a few words for a chart.
    pub fn label(&self) -> String {
        match self {
            Self::Adjusted { change, .. } => change.describe(),
            Self::SoftLimit { change } => change.describe(),
            Self::StopAsked => "stop asked for".to_owned(),
            Self::ThresholdFailed { threshold } => format!("threshold failed: {threshold}"),
            Self::Purged { bytes } => {
                format!("{} of freed pages given back", Unit::Bytes.format(*bytes as f64))
            }
            Self::ProfileStarted => "heap profile begins".to_owned(),
            Self::ProfileStopped => "heap profile ends".to_owned(),
            Self::ProfileTaken { cause } => format!("heap profile taken: {cause}"),
            Self::ProfileFailed { reason } => format!("no heap profile: {reason}"),
        }
    }
}
