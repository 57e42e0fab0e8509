//! The runs in brief: what the whole page shows of them, which changes seldom.

use heapgym_shared::{Rejection, sample::Phase};

/// Where the run is that is told of, for the whole page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// There is no run.
    #[default]
    Idle,
    /// A run by link, of which the server has not told all yet.
    Loading,
    /// A start was sent and not answered yet.
    Asked,
    /// Waiting for the runs before it.
    Queued {
        /// How many they are.
        position: u32,
    },
    /// Its children are being started.
    Starting,
    /// Its samples are coming.
    Running {
        /// The phase it is in.
        phase: Phase,
    },
    /// It has ended.
    Finished,
}

impl Status {
    /// Its id, for tests and styles.
    pub fn id(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Asked | Self::Queued { .. } => "queued",
            Self::Starting => "starting",
            Self::Running { .. } => "running",
            Self::Finished => "finished",
        }
    }

    /// Whether something is on that can be stopped or waited for.
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Asked | Self::Queued { .. } | Self::Starting | Self::Running { .. })
    }
}

/// The runs in brief.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Brief {
    /// Where the run is that is told of.
    pub status: Status,
    /// Whether there is a run to stop.
    pub can_stop: bool,
    /// Whether the server was asked to stop it.
    pub is_stopping: bool,
    /// Whether a run is under load, so that something of it can be changed.
    pub under_load: bool,
    /// What the server refused last.
    pub refused: Option<Rejection>,
}
