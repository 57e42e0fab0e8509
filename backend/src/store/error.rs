//! Faults of the store that its users tell apart: a disk that takes no more, and a run that cannot be read.

use heapgym_shared::protocol::RunId;

/// A fault of the store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The disk has no room.
    #[error("the disk is full")]
    DiskFull,
    /// The disk cannot be read or written, for another reason.
    #[error("the disk cannot be read or written: {0}")]
    Disk(String),
    /// What is stored of a run does not decode.
    #[error("run {id} cannot be read: {reason}")]
    Unreadable {
        /// The run.
        id: RunId,
        /// What is wrong with it.
        reason: String,
    },
}

/// SQLite's result codes for what a disk does not do.
mod code {
    pub(super) const READONLY: i32 = 8;
    pub(super) const IOERR: i32 = 10;
    pub(super) const FULL: i32 = 13;
    pub(super) const CANTOPEN: i32 = 14;
}

impl StoreError {
    /// Why a run is unreadable, as users read it. The log has the details.
    pub const WHY_UNREADABLE: &str = "what is stored of it is damaged, or of another version of heapgym";

    /// The fault behind an error of the store; `None` for any other.
    pub fn of(error: &anyhow::Error) -> Option<Self> {
        error.chain().find_map(|cause| {
            let own = cause.downcast_ref::<Self>().cloned();
            own.or_else(|| Self::of_database(cause.downcast_ref::<sqlx::Error>()?))
        })
    }

    /// An error that says that a run cannot be read.
    pub(super) fn unreadable(id: &RunId, reason: impl std::fmt::Display) -> anyhow::Error {
        Self::Unreadable { id: id.clone(), reason: reason.to_string() }.into()
    }

    fn of_database(error: &sqlx::Error) -> Option<Self> {
        let database = error.as_database_error()?;
        let extended: i32 = database.code()?.parse().ok()?;
        match extended & 0xff {
            code::FULL => Some(Self::DiskFull),
            code::READONLY | code::IOERR | code::CANTOPEN => Some(Self::Disk(database.message().to_owned())),
            _ => None,
        }
    }
}
