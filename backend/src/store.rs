//! Where runs are kept: an interface that a database can implement, and memory behind it for now.

use async_trait::async_trait;
use heapgym_shared::{Outcome, Report, RunSpec, Sample, protocol::RunId};
use serde::Serialize;

use crate::profile::Profiles;

mod memory;

pub use memory::MemoryStore;

/// A run as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoredRun {
    /// Its name.
    pub id: RunId,
    /// When it was asked for, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// What was to be run.
    pub spec: RunSpec,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// Its summary; none while it has not ended, and for a run that never started.
    pub report: Option<Box<Report>>,
    /// Its samples, in order; left out where runs are listed.
    #[serde(skip)]
    pub samples: Vec<Sample>,
    /// Its heap profiles, in the order they were taken; left out where runs are listed.
    #[serde(skip)]
    pub profiles: Profiles,
}

/// Keeps runs. Calls about a run that is not there do nothing.
#[async_trait]
pub trait RunStore: std::fmt::Debug + Send + Sync {
    /// Keeps a new run, which has no samples yet.
    async fn create(&self, run: StoredRun) -> anyhow::Result<()>;

    /// Adds the next samples of a run.
    async fn append(&self, id: &RunId, samples: &[Sample]) -> anyhow::Result<()>;

    /// Keeps how a run ended.
    async fn finish(&self, id: &RunId, outcome: &Outcome, report: Option<&Report>) -> anyhow::Result<()>;

    /// Keeps the heap profiles of a run.
    async fn keep_profiles(&self, id: &RunId, profiles: &Profiles) -> anyhow::Result<()>;

    /// The heap profiles of a run; none when there is no such run.
    async fn profiles(&self, id: &RunId) -> anyhow::Result<Option<Profiles>>;

    /// A run with its samples and profiles.
    async fn load(&self, id: &RunId) -> anyhow::Result<Option<StoredRun>>;

    /// All runs without their samples and profiles, the newest first.
    async fn list(&self) -> anyhow::Result<Vec<StoredRun>>;

    /// Forgets a run; tells whether there was one.
    async fn delete(&self, id: &RunId) -> anyhow::Result<bool>;
}
