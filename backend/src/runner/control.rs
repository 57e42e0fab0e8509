//! What can be asked of a run while it waits or is active: to stop, and to change its load.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use heapgym_shared::{Rejection, adjust::Adjustment, outcome::Child};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

mod pace;

use pace::Pace;

/// Changes that may wait to be made.
const MAX_WAITING: usize = 16;

/// Which changes a run takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Changes of the load and of the target.
    All,
    /// Changes of the target: the load is over.
    OfTarget,
    /// No change: the run is ending.
    Nothing,
}

/// One end of a run's control: asks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    stop: CancellationToken,
    give_up: CancellationToken,
    changes: mpsc::Sender<Adjustment>,
    takes: watch::Receiver<Takes>,
    /// Shared by all clients of the run.
    pace: Arc<Mutex<Pace>>,
    began_at_ms: Arc<OnceLock<u64>>,
}

/// The other end: the run listens.
#[derive(Debug)]
pub struct Controlled {
    pub(super) stop: CancellationToken,
    pub(super) give_up: CancellationToken,
    pub(super) changes: mpsc::Receiver<Adjustment>,
    takes: watch::Sender<Takes>,
    began_at_ms: Arc<OnceLock<u64>>,
}

/// Both ends of a run's control.
pub fn control() -> (Control, Controlled) {
    let (stop, give_up) = (CancellationToken::new(), CancellationToken::new());
    let (sender, changes) = mpsc::channel(MAX_WAITING);
    let (takes, shown) = watch::channel(Takes::All);
    let began_at_ms = Arc::default();
    let pace = Arc::new(Mutex::new(Pace::new(Instant::now())));
    let control = Control {
        stop: stop.clone(),
        give_up: give_up.clone(),
        changes: sender,
        takes: shown,
        pace,
        began_at_ms: Arc::clone(&began_at_ms),
    };
    (control, Controlled { stop, give_up, changes, takes, began_at_ms })
}

impl Control {
    /// Asks the run to stop gracefully: no more requests, and its report comes early.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Asks a run that is stopping to wait no longer: requests in flight fail, and heap profiles stay unread.
    pub fn give_up(&self) {
        self.stop.cancel();
        self.give_up.cancel();
    }

    /// When the run's clock began, in milliseconds since 1970; `None` before.
    pub fn began_at_ms(&self) -> Option<u64> {
        self.began_at_ms.get().copied()
    }

    /// Asks the run to change its load; a change that comes before the load begins is kept for then.
    ///
    /// # Errors
    /// When changes come too fast or are too many, when too many wait, or when the run does not take such a change any
    /// more.
    pub fn adjust(&self, change: Adjustment) -> Result<(), Rejection> {
        let takes = *self.takes.borrow();
        match takes {
            Takes::OfTarget if change.made_by() != Child::Target => {
                let reason = "comes after the end of the load, which it would change";
                return Err(Rejection::new("change", reason, "changes of the target until the run ends"));
            }
            Takes::Nothing => return Err(Rejection::new("run", "is ending", "a run that waits or goes on")),
            Takes::All | Takes::OfTarget => {}
        }
        self.pace.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now())?;
        self.changes.try_send(change).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Rejection::new(
                "change",
                "is one too many at once",
                format!("at most {MAX_WAITING} changes that wait to be made"),
            ),
            mpsc::error::TrySendError::Closed(_) => {
                Rejection::new("run", "is over", "a run that waits or goes on")
            }
        })
    }
}

impl Controlled {
    /// Waits until a stop is asked for. Can be cancelled.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// From now on only such changes are accepted; others are refused.
    pub(super) fn take_only(&self, takes: Takes) {
        self.takes.send_replace(takes);
    }

    /// Whether a stop was asked for already.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Tells whoever holds the other end when the run's clock began; the first time counts.
    pub(crate) fn begin(&self, began_at_ms: u64) {
        let _ = self.began_at_ms.set(began_at_ms);
    }
}
