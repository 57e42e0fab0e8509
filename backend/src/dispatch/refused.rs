//! Why the server takes no run now. The run's specification is not at fault, and a later try may succeed.

use heapgym_shared::{Rejection, protocol::RunId};

use crate::store::StoreError;

/// Why the server takes no run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// The server is shutting down.
    Closing,
    /// Too many runs wait.
    Full {
        /// How many wait.
        waiting: usize,
        /// How many may wait.
        capacity: usize,
    },
    /// The run could not be stored, for this reason.
    NotStored(String),
    /// Another run that has ended is not stored yet.
    NotKept {
        /// Such as `the disk is full`.
        reason: String,
        /// That other run.
        run: RunId,
    },
}

impl Refused {
    pub(super) fn not_stored(error: &anyhow::Error) -> Self {
        tracing::error!("a run could not be stored: {error:#}");
        Self::NotStored(StoreError::of(error).map_or_else(|| format!("{error:#}"), |fault| fault.to_string()))
    }
}

impl From<Refused> for Rejection {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Closing => Self::new(
                "server",
                "is shutting down and takes no new runs",
                "a run after its restart; runs that wait then start by themselves",
            ),
            Refused::Full { waiting, capacity } => Self::new(
                "queue",
                format!("has no room: {waiting} runs wait"),
                format!("at most {capacity} waiting; try again when one has ended"),
            ),
            Refused::NotStored(reason) => Self::new(
                "disk",
                format!("did not take the run: {reason}"),
                "a run when there is room; delete runs to make some",
            ),
            Refused::NotKept { reason, run } => Self::new(
                "disk",
                format!("has not taken run {run} yet: {reason}"),
                "a run when that one is stored; delete runs to make room",
            ),
        }
    }
}
