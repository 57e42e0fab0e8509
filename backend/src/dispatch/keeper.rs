//! Stores a run's samples as they come: a server that is killed loses at most the last second.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use heapgym_shared::{Outcome, Report, protocol::MAX_BATCH};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use super::{LiveRun, with_room};
use crate::{
    profile::Profiles,
    store::{Ending, Store, StoreError},
};

/// Time from one write to the next.
const EVERY: Duration = Duration::from_secs(1);

/// How a run ended, with all that it left.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) report: Option<Report>,
    pub(super) profiles: Profiles,
}

impl Ended {
    pub(super) fn without_report(outcome: Outcome) -> Self {
        Self { outcome, report: None, profiles: Profiles::new() }
    }
}

/// Stores one run.
#[derive(Debug)]
pub(super) struct Keeper {
    store: Arc<Store>,
    run: Arc<LiveRun>,
    /// How many samples are stored.
    stored: AtomicU64,
}

impl Keeper {
    pub(super) fn new(store: Arc<Store>, run: Arc<LiveRun>) -> Self {
        Self { store, run, stored: AtomicU64::new(0) }
    }

    pub(super) fn run(&self) -> &Arc<LiveRun> {
        &self.run
    }

    /// Stores that the run has begun, and then its samples each second until `ended`. What fails is tried again a
    /// second later.
    pub(super) async fn follow(self: Arc<Self>, ended: CancellationToken) {
        let mut seconds = interval(EVERY);
        let mut begun = false;
        loop {
            tokio::select! {
                () = ended.cancelled() => return,
                _ = seconds.tick() => {}
            }
            let stored = async {
                if !begun {
                    self.store.begin(self.run.id()).await?;
                    begun = true;
                }
                self.append().await
            };
            if let Err(error) = stored.await {
                let fault = StoreError::of(&error);
                let reason = fault.as_ref().map_or_else(|| format!("{error:#}"), ToString::to_string);
                tracing::warn!(run = %self.run.id(), "samples are not kept yet: {reason}");
                if fault == Some(StoreError::DiskFull) {
                    let _ = self.store.make_room().await; // what it says, the next attempt says again
                }
            }
        }
    }

    /// Stores the end of the run, and all that is not stored yet.
    ///
    /// # Errors
    /// When the store fails. Nothing is lost then: it can be tried again.
    pub(super) async fn finish(&self, end: &Ended) -> anyhow::Result<()> {
        with_room(&self.store, || self.append()).await?;
        let Ended { outcome, report, profiles } = end;
        let ending = Ending { outcome, report: report.as_ref(), profiles };
        with_room(&self.store, || self.store.end(self.run.id(), ending)).await
    }

    /// Stores the samples that are not, in pieces: a full disk may have room for one at a time.
    async fn append(&self) -> anyhow::Result<()> {
        loop {
            let stored = self.stored.load(Ordering::Relaxed);
            let samples = self.run.samples_in_memory(stored, stored + MAX_BATCH as u64).unwrap_or_default();
            if samples.is_empty() {
                return Ok(());
            }
            self.store.append(self.run.id(), &samples).await?;
            self.stored.fetch_add(samples.len() as u64, Ordering::Relaxed);
        }
    }
}
