//! The queue of runs: one measured run at a time, the others wait their turn where everybody sees them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use heapgym_probe::clock;
use heapgym_shared::{
    Outcome, Rejection, RunSpec, Sample,
    protocol::{RunId, RunState},
};
use tokio::sync::{Notify, oneshot};

use crate::{runner::Runner, store::Store};

mod id;
mod keeper;
mod live;

pub use id::random as random_id;
pub use live::{LiveRun, Progress};

/// Accepts runs and executes them in order.
#[derive(Debug)]
pub struct Dispatcher {
    /// Most runs waiting.
    capacity: usize,
    store: Arc<Store>,
    queue: Mutex<Queue>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    running: Option<Arc<LiveRun>>,
    waiting: VecDeque<Arc<LiveRun>>,
}

impl Dispatcher {
    /// A dispatcher that lets at most `capacity` runs wait.
    pub fn new(capacity: usize, store: Arc<Store>) -> Self {
        Self { capacity, store, queue: Mutex::default(), arrived: Notify::new() }
    }

    /// Takes a run into the queue; gives it and the number of runs before it.
    ///
    /// # Errors
    /// When too many are waiting already.
    pub async fn accept(&self, spec: RunSpec) -> Result<(Arc<LiveRun>, u32), Rejection> {
        let run = Arc::new(LiveRun::new(id::random(), spec));
        let refused =
            |reason: String| Rejection::new("queue", reason, format!("at most {} waiting", self.capacity));
        if self.queue().waiting.len() >= self.capacity {
            return Err(refused("is full".to_owned()));
        }
        // Kept before it is queued: whoever hears of a run can load it.
        self.store
            .create(run.id(), clock::unix_ms(), run.spec())
            .await
            .map_err(|error| refused(format!("cannot keep the run: {error:#}")))?;
        let position = {
            let mut queue = self.queue();
            let position = queue.waiting.len() + usize::from(queue.running.is_some());
            run.set_state(RunState::Queued { position: position as u32 });
            queue.waiting.push_back(Arc::clone(&run));
            position as u32
        };
        self.arrived.notify_one();
        Ok((run, position))
    }

    /// A run that waits or goes on.
    pub fn live(&self, id: &RunId) -> Option<Arc<LiveRun>> {
        let queue = self.queue();
        queue.running.iter().chain(&queue.waiting).find(|run| run.id() == id).cloned()
    }

    /// A run, whether it waits, goes on or has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, id: &RunId) -> anyhow::Result<Option<Arc<LiveRun>>> {
        if let Some(run) = self.live(id) {
            return Ok(Some(run));
        }
        Ok(self.store.load(id).await?.map(|stored| Arc::new(LiveRun::finished(stored))))
    }

    /// Where runs are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Executes runs as they come, for ever. Call it once.
    pub async fn execute(&self, runner: &Runner) {
        loop {
            match self.take_next() {
                Some(run) => self.execute_one(runner, &run).await,
                None => self.arrived.notified().await,
            }
        }
    }

    fn take_next(&self) -> Option<Arc<LiveRun>> {
        let mut queue = self.queue();
        let run = queue.waiting.pop_front()?;
        queue.running = Some(Arc::clone(&run));
        for (position, waiting) in queue.waiting.iter().enumerate() {
            waiting.set_state(RunState::Queued { position: position as u32 + 1 });
        }
        Some(run)
    }

    async fn execute_one(&self, runner: &Runner, run: &Arc<LiveRun>) {
        let (ending, ended) = oneshot::channel::<()>();
        let keeping = tokio::spawn(keeper::keep(Arc::clone(&self.store), Arc::clone(run), ended));
        let (outcome, report, profiles) =
            match run.take_controlled().filter(|controlled| !controlled.is_stopped()) {
                None => (Outcome::STOPPED, None, Vec::new()), // stopped while it waited
                Some(controlled) => {
                    run.set_state(RunState::Starting);
                    tracing::info!(run = %run.id(), variant = run.spec().variant, "run begins");
                    let observe = |sample: &Sample| run.push(sample.clone());
                    let (report, profiles) = runner.run_with_profiles(run.spec(), controlled, observe).await;
                    (report.outcome.clone(), Some(report), profiles)
                }
            };
        tracing::info!(run = %run.id(), outcome = outcome.id(), "run ended");
        drop(ending);
        let kept = async {
            keeping.await??;
            self.store.keep_profiles(run.id(), &profiles).await?;
            self.store.finish(run.id(), &outcome, report.as_ref()).await
        };
        if let Err(error) = kept.await {
            tracing::error!(%error, run = %run.id(), "the run could not be kept");
        }
        // Before viewers hear of the end: whoever looks then finds it in the store.
        self.queue().running = None;
        run.finish(outcome, report);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
