//! Runs kept in memory, the oldest finished ones forgotten first.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use heapgym_shared::{Outcome, Report, Sample, protocol::RunId};

use super::{RunStore, StoredRun};
use crate::profile::Profiles;

/// Most runs kept. A run of ten minutes at 10 Hz takes about 3 MB.
const MOST_RUNS: usize = 100;

/// Runs kept in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    /// In the order they were made.
    runs: Mutex<Vec<StoredRun>>,
}

impl MemoryStore {
    fn runs(&self) -> MutexGuard<'_, Vec<StoredRun>> {
        self.runs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_run(&self, id: &RunId, change: impl FnOnce(&mut StoredRun)) {
        if let Some(run) = self.runs().iter_mut().find(|run| run.id == *id) {
            change(run);
        }
    }
}

#[async_trait]
impl RunStore for MemoryStore {
    async fn create(&self, run: StoredRun) -> anyhow::Result<()> {
        let mut runs = self.runs();
        if runs.len() >= MOST_RUNS
            && let Some(oldest) = runs.iter().position(|run| run.outcome.is_some())
        {
            runs.remove(oldest);
        }
        runs.push(run);
        Ok(())
    }

    async fn append(&self, id: &RunId, samples: &[Sample]) -> anyhow::Result<()> {
        self.with_run(id, |run| run.samples.extend_from_slice(samples));
        Ok(())
    }

    async fn finish(&self, id: &RunId, outcome: &Outcome, report: Option<&Report>) -> anyhow::Result<()> {
        self.with_run(id, |run| {
            run.outcome = Some(outcome.clone());
            run.report = report.cloned().map(Box::new);
        });
        Ok(())
    }

    async fn keep_profiles(&self, id: &RunId, profiles: &Profiles) -> anyhow::Result<()> {
        self.with_run(id, |run| run.profiles.clone_from(profiles));
        Ok(())
    }

    async fn profiles(&self, id: &RunId) -> anyhow::Result<Option<Profiles>> {
        Ok(self.runs().iter().find(|run| run.id == *id).map(|run| run.profiles.clone()))
    }

    async fn load(&self, id: &RunId) -> anyhow::Result<Option<StoredRun>> {
        Ok(self.runs().iter().find(|run| run.id == *id).cloned())
    }

    async fn list(&self) -> anyhow::Result<Vec<StoredRun>> {
        let without_samples = |run: &StoredRun| StoredRun {
            id: run.id.clone(),
            created_at_ms: run.created_at_ms,
            spec: run.spec.clone(),
            outcome: run.outcome.clone(),
            report: run.report.clone(),
            samples: Vec::new(),
            profiles: Vec::new(),
        };
        Ok(self.runs().iter().rev().map(without_samples).collect())
    }

    async fn delete(&self, id: &RunId) -> anyhow::Result<bool> {
        let mut runs = self.runs();
        let before = runs.len();
        runs.retain(|run| run.id != *id);
        Ok(runs.len() < before)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(id: usize) -> StoredRun {
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
        });
        StoredRun {
            id: RunId(id.to_string()),
            created_at_ms: 0,
            spec: heapgym_shared::RunSpec::parse(&spec, &Default::default()).unwrap(),
            outcome: None,
            report: None,
            samples: Vec::new(),
            profiles: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_oldest_finished_run_goes_first() {
        let store = MemoryStore::default();
        for id in 0..MOST_RUNS {
            store.create(run(id)).await.unwrap();
        }
        store.finish(&RunId("5".into()), &Outcome::Completed, None).await.unwrap();
        store.create(run(MOST_RUNS)).await.unwrap();
        assert_eq!(store.load(&RunId("5".into())).await.unwrap(), None);
        assert!(store.load(&RunId("0".into())).await.unwrap().is_some(), "it has not finished");
        assert_eq!(store.list().await.unwrap()[0].id, RunId(MOST_RUNS.to_string()));
    }

    #[tokio::test]
    async fn a_deleted_run_is_gone() {
        let store = MemoryStore::default();
        store.create(run(1)).await.unwrap();
        assert!(store.delete(&RunId("1".into())).await.unwrap());
        assert!(!store.delete(&RunId("1".into())).await.unwrap());
    }
}
