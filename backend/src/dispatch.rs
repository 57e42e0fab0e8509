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

use crate::{comparison::seeds, runner::Runner, store::Store};

mod id;
mod keeper;
mod live;
mod reader;

pub use id::random as random_id;
pub use live::{LiveRun, Progress};
pub use reader::Reader;

/// Accepts runs and executes them in order.
#[derive(Debug)]
pub struct Dispatcher {
    /// Most runs waiting.
    capacity: usize,
    store: Arc<Store>,
    queue: Mutex<Queue>,
    /// Held from the look for room to the place in the queue: what is written in between takes time.
    admission: tokio::sync::Mutex<()>,
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
        Self {
            capacity,
            store,
            queue: Mutex::default(),
            admission: tokio::sync::Mutex::default(),
            arrived: Notify::new(),
        }
    }

    /// Takes a run into the queue; gives it and the number of runs before it.
    ///
    /// # Errors
    /// When too many are waiting already.
    pub async fn accept(&self, spec: RunSpec) -> Result<(Arc<LiveRun>, u32), Rejection> {
        let _admission = self.admission.lock().await;
        self.expect_room(1)?;
        let run = self.keep(spec).await?;
        let position = self.enqueue([Arc::clone(&run)]);
        Ok((run, position))
    }

    /// Takes the runs of a comparison into the queue, pairs with the same arrivals that take turns in which side goes
    /// first; gives the pairs. One that is stopped, or fails, leaves the others as they are.
    ///
    /// # Errors
    /// When not all of them have room.
    pub async fn accept_pairs(
        &self,
        sides: [RunSpec; 2],
        count: u32,
    ) -> Result<Vec<(RunId, RunId)>, Rejection> {
        let _admission = self.admission.lock().await;
        self.expect_room(2 * count as usize)?;
        let (mut pairs, mut runs) = (Vec::new(), Vec::new());
        for (place, seed) in (0..count).zip(seeds(sides[0].seed)) {
            let [a, b] = &sides;
            let a = self.keep(RunSpec { seed, ..a.clone() }).await?;
            let b = self.keep(RunSpec { seed, ..b.clone() }).await?;
            pairs.push((a.id().clone(), b.id().clone()));
            runs.extend(if place % 2 == 0 { [a, b] } else { [b, a] });
        }
        self.store.keep_pairs(&pairs).await.map_err(|error| self.refusal(&cannot_keep(&error)))?;
        self.enqueue(runs);
        Ok(pairs)
    }

    fn expect_room(&self, runs: usize) -> Result<(), Rejection> {
        if self.queue().waiting.len() + runs > self.capacity {
            return Err(self.refusal(if runs == 1 { "is full" } else { "has no room for so many" }));
        }
        Ok(())
    }

    fn refusal(&self, reason: &str) -> Rejection {
        Rejection::new("queue", reason, format!("at most {} waiting", self.capacity))
    }

    /// A new run, kept before it is queued: whoever hears of a run can load it.
    async fn keep(&self, spec: RunSpec) -> Result<Arc<LiveRun>, Rejection> {
        let run = Arc::new(LiveRun::new(id::random(), spec));
        let kept = self.store.create(run.id(), clock::unix_ms(), run.spec()).await;
        kept.map_err(|error| self.refusal(&cannot_keep(&error)))?;
        Ok(run)
    }

    /// Lets runs wait their turn; gives the number of runs before the first.
    fn enqueue(&self, runs: impl IntoIterator<Item = Arc<LiveRun>>) -> u32 {
        let mut queue = self.queue();
        let first = queue.waiting.len() + usize::from(queue.running.is_some());
        for (run, position) in runs.into_iter().zip(first as u32..) {
            run.set_state(RunState::Queued { position });
            queue.waiting.push_back(run);
        }
        drop(queue);
        self.arrived.notify_one();
        first as u32
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
        let Some(head) = self.store.head(id).await? else { return Ok(None) };
        let samples = self.store.sample_count(id).await?;
        Ok(Some(Arc::new(LiveRun::finished(head, samples))))
    }

    /// Reads the samples of a run for one client.
    pub fn reader(&self, run: Arc<LiveRun>) -> Reader {
        Reader::new(run, Arc::clone(&self.store))
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
        match kept.await {
            Ok(()) => run.release_samples(),
            Err(error) => tracing::error!(%error, run = %run.id(), "the run could not be kept"),
        }
        // Before viewers hear of the end: whoever looks then finds it in the store.
        self.queue().running = None;
        run.finish(outcome, report);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn cannot_keep(error: &anyhow::Error) -> String {
    format!("cannot keep the run: {error:#}")
}
