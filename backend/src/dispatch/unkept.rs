//! Runs that have ended and are not stored because of the disk: they stay in memory, and heapgym tries again.

use std::{sync::Arc, time::Duration};

use heapgym_shared::{
    history::{Figures, RunList},
    protocol::RunId,
};
use tokio::time::timeout;

use super::{
    Dispatcher, LiveRun,
    keeper::{Ended, Keeper},
};
use crate::{
    profile::Taken,
    store::{Deleted, PackedProfile, RunHead, StoreError, Wanted},
};

/// Time from one attempt to the next, unless a run is deleted before.
const AGAIN_AFTER: Duration = Duration::from_secs(5);

/// A run that has ended and is not stored. They are few: while there is one, no other run begins.
#[derive(Debug)]
pub(super) struct Unkept {
    keeper: Arc<Keeper>,
    end: Arc<Ended>,
    /// Such as `the disk is full`.
    pub(super) reason: String,
}

impl Unkept {
    pub(super) fn run(&self) -> &Arc<LiveRun> {
        self.keeper.run()
    }
}

impl Dispatcher {
    /// Stores the end of a run; if the disk does not take it, the run stays in memory. Returns why it is not stored.
    pub(super) async fn store_end(&self, keeper: Arc<Keeper>, end: Arc<Ended>) -> Option<String> {
        let error = self.try_to_store(&keeper, &end).await.err()?;
        let run = keeper.run().id().clone();
        let Some(fault) = StoreError::of(&error) else {
            tracing::error!(%run, "the run could not be kept: {error:#}");
            return Some("heapgym failed to store it; the server's log says why".to_owned());
        };
        let reason = fault.to_string();
        tracing::error!(
            %run,
            "not kept: {reason}. The run stays in memory and is tried again every {} s; deleting runs makes room",
            AGAIN_AFTER.as_secs()
        );
        self.queue().unkept.push(Arc::new(Unkept { keeper, end, reason: reason.clone() }));
        self.room.notify_one();
        Some(reason)
    }

    /// In a task of its own, so that a panic there costs only this run.
    async fn try_to_store(&self, keeper: &Arc<Keeper>, end: &Arc<Ended>) -> anyhow::Result<()> {
        let (keeper, end) = (Arc::clone(keeper), Arc::clone(end));
        tokio::spawn(async move { keeper.finish(&end).await }).await?
    }

    /// Waits until runs that are not stored should be tried again; for ever while there are none. Can be cancelled.
    pub(super) async fn time_to_store_again(&self) {
        if self.queue().unkept.is_empty() {
            self.room.notified().await;
        } else {
            let _ = timeout(AGAIN_AFTER, self.room.notified()).await;
        }
    }

    /// Tries again to store the runs that are not.
    pub(super) async fn store_again(&self) {
        let unkept = self.queue().unkept.clone();
        for unkept in unkept {
            match self.try_to_store(&unkept.keeper, &unkept.end).await {
                Ok(()) => {
                    tracing::info!(run = %unkept.run().id(), "the run is stored now");
                    unkept.run().stored();
                    unkept.run().release_samples();
                    self.forget_unkept(unkept.run().id());
                }
                Err(error) => tracing::debug!(run = %unkept.run().id(), "still not kept: {error:#}"),
            }
        }
    }

    /// Says which runs are lost because the server ends before they could be stored.
    pub(super) fn lose_unkept(&self) {
        for unkept in &self.queue().unkept {
            let run = unkept.run().id();
            tracing::error!(%run, "lost: the server ends before the run could be stored: {}", unkept.reason);
        }
    }

    pub(super) fn unkept(&self, id: &RunId) -> Option<Arc<Unkept>> {
        self.queue().unkept.iter().find(|unkept| unkept.run().id() == id).cloned()
    }

    fn forget_unkept(&self, id: &RunId) {
        self.queue().unkept.retain(|unkept| unkept.run().id() != id);
    }

    /// Deletes a run that has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn delete(&self, id: &RunId) -> anyhow::Result<Deleted> {
        let deleted = self.store.delete(id).await?;
        match deleted {
            Deleted::ForGood => {
                self.forget_unkept(id);
                self.room.notify_one();
            }
            // It may be restored, so its end is still to be stored.
            Deleted::Restorable => self.room.notify_one(),
            Deleted::NotFound => {}
        }
        Ok(deleted)
    }

    /// A part of the list of runs.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(&self, wanted: &Wanted) -> anyhow::Result<RunList> {
        let mut list = self.store.list(wanted).await?;
        for line in &mut list.runs {
            if let Some(unkept) = self.unkept(&line.id) {
                line.outcome = Some(unkept.end.outcome.clone());
                line.figures = unkept.end.report.as_ref().map(Figures::from);
                line.not_kept = Some(unkept.reason.clone());
            }
        }
        Ok(list)
    }

    /// A run without its samples and profiles, stored or in memory; `None` when there is no such run.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn head(&self, id: &RunId) -> anyhow::Result<Option<RunHead>> {
        let Some(mut head) = self.store.head(id).await? else { return Ok(None) };
        if let Some(unkept) = self.unkept(id) {
            head.outcome = Some(unkept.end.outcome.clone());
            head.report = unkept.end.report.clone().map(Box::new);
            head.not_kept = Some(unkept.reason.clone());
        }
        Ok(Some(head))
    }

    /// How many heap profiles a run has; `None` when there is no such run.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn profile_count(&self, id: &RunId) -> anyhow::Result<Option<usize>> {
        if let Some(unkept) = self.unkept(id) {
            return Ok(Some(unkept.end.profiles.len()));
        }
        match self.store.head(id).await? {
            Some(_) => self.store.profile_count(id).await.map(Some),
            None => Ok(None),
        }
    }

    /// A heap profile of a run by its place, from 0; `None` when there is no such profile.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn profile(&self, id: &RunId, place: usize) -> anyhow::Result<Option<HeapProfile>> {
        match self.unkept(id) {
            Some(unkept) => Ok(unkept.end.profiles.get(place).cloned().map(HeapProfile::InMemory)),
            None => Ok(self.store.profile(id, place).await?.map(HeapProfile::Stored)),
        }
    }
}

/// A heap profile of a run that has ended.
#[derive(Debug)]
pub enum HeapProfile {
    /// Of a run that is stored.
    Stored(PackedProfile),
    /// Of a run that is not.
    InMemory(Arc<Taken>),
}

impl HeapProfile {
    /// Reads it. Unpacking takes a CPU for a while: do it on a blocking thread.
    ///
    /// # Errors
    /// When the stored bytes are damaged.
    pub fn read(&self) -> anyhow::Result<Arc<Taken>> {
        match self {
            Self::Stored(packed) => packed.unpack().map(Arc::new),
            Self::InMemory(taken) => Ok(Arc::clone(taken)),
        }
    }
}
