//! The queue of runs: one measured run at a time, the others wait their turn where everybody sees them.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use heapgym_probe::clock;
use heapgym_shared::{
    Outcome, Rejection, RunSpec,
    protocol::{RunId, RunState},
    spec::InstanceLimits,
};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::{
    comparison::seeds,
    runner::Execute,
    store::{Ending, Store, StoreError},
};
use unkept::Unkept;

mod active;
mod id;
mod keeper;
mod live;
mod reader;
mod refused;
mod unkept;

pub use id::random as random_id;
pub use live::{LiveRun, Progress};
pub use reader::Reader;
pub use refused::Refused;
pub use unkept::HeapProfile;

/// How long the active run may wait for requests in flight when the server shuts down.
const DRAINS_WITHIN: Duration = Duration::from_secs(3);

/// Accepts runs and executes them in order.
#[derive(Debug)]
pub struct Dispatcher {
    /// Most runs that may wait.
    capacity: usize,
    store: Arc<Store>,
    queue: Mutex<Queue>,
    /// Held while a run is stored and queued, so that two requests do not take the same place.
    admission: tokio::sync::Mutex<()>,
    arrived: Notify,
    /// The disk may have room for runs that are not stored.
    room: Notify,
    closing: CancellationToken,
}

#[derive(Debug, Default)]
struct Queue {
    active: Option<Arc<LiveRun>>,
    waiting: VecDeque<Arc<LiveRun>>,
    /// Runs that were taken out of the queue and are not stored as stopped yet.
    leaving: Vec<Arc<LiveRun>>,
    /// Runs that have ended and are not stored.
    unkept: Vec<Arc<Unkept>>,
}

impl Queue {
    /// A run that is in it.
    fn find(&self, id: &RunId) -> Option<Arc<LiveRun>> {
        self.active.iter().chain(&self.waiting).chain(&self.leaving).find(|run| run.id() == id).cloned()
    }

    /// Tells each waiting run its place.
    fn renumber(&self) {
        let first = usize::from(self.active.is_some());
        for (run, position) in self.waiting.iter().zip(first as u32..) {
            run.set_state(RunState::Queued { position });
        }
    }
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
            room: Notify::new(),
            closing: CancellationToken::new(),
        }
    }

    /// Queues the runs again that waited when the last server ended. A run that this server's limits refuse is lost.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn resume(&self, limits: &InstanceLimits) -> anyhow::Result<()> {
        let mut runs = Vec::new();
        for (id, spec) in self.store.waiting().await? {
            let parsed = serde_json::from_str(&spec)
                .map_err(|error| Rejection::new("spec", format!("is not JSON: {error}"), "a specification"))
                .and_then(|spec| RunSpec::parse(&spec, limits));
            match parsed {
                Ok(spec) => runs.push(Arc::new(LiveRun::new(id, spec))),
                Err(rejection) => {
                    tracing::warn!(run = %id, "a run that waited is refused now: {rejection}");
                    let reason =
                        format!("it waited while the server restarted, which refuses it now: {rejection}");
                    self.store.end(&id, Ending::of(&Outcome::Lost { reason })).await?;
                }
            }
        }
        if !runs.is_empty() {
            tracing::info!(runs = runs.len(), "runs that waited are queued again");
        }
        self.enqueue(runs);
        Ok(())
    }

    /// Takes a run into the queue; returns it with the number of runs before it.
    ///
    /// # Errors
    /// When the server takes no run now.
    pub async fn accept(self: &Arc<Self>, spec: RunSpec) -> Result<(Arc<LiveRun>, u32), Refused> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let _admission = this.admission.lock().await;
            this.expect_room(1)?;
            let run = Arc::new(LiveRun::new(id::random(), spec));
            // Stored before it is queued: whoever learns of the run can load it.
            let now_ms = clock::unix_ms();
            let create = || this.store.create(run.id(), now_ms, run.spec());
            with_room(&this.store, create).await.map_err(|error| Refused::not_stored(&error))?;
            let position = this.enqueue([Arc::clone(&run)]);
            Ok((run, position))
        })
        .await
    }

    /// Takes the runs of a comparison into the queue; returns its pairs. A pair has the same arrivals on both sides,
    /// and the sides take turns in going first. A run that is stopped or fails does not affect the others.
    ///
    /// # Errors
    /// When the server does not take all of them now.
    pub async fn accept_pairs(
        self: &Arc<Self>,
        sides: [RunSpec; 2],
        count: u32,
    ) -> Result<Vec<(RunId, RunId)>, Refused> {
        let this = Arc::clone(self);
        to_its_end(async move {
            let _admission = this.admission.lock().await;
            this.expect_room(2 * count as usize)?;
            let (mut pairs, mut runs) = (Vec::new(), Vec::new());
            for (place, seed) in (0..count).zip(seeds(sides[0].seed)) {
                let [a, b] = sides
                    .each_ref()
                    .map(|side| Arc::new(LiveRun::new(id::random(), RunSpec { seed, ..side.clone() })));
                pairs.push((a.id().clone(), b.id().clone()));
                runs.extend(if place % 2 == 0 { [a, b] } else { [b, a] });
            }
            let specs: Vec<_> = runs.iter().map(|run| (run.id(), run.spec())).collect();
            let now_ms = clock::unix_ms();
            let create = || this.store.create_pairs(&specs, now_ms, &pairs);
            with_room(&this.store, create).await.map_err(|error| Refused::not_stored(&error))?;
            this.enqueue(runs);
            Ok(pairs)
        })
        .await
    }

    fn expect_room(&self, runs: usize) -> Result<(), Refused> {
        if self.closing.is_cancelled() {
            return Err(Refused::Closing);
        }
        let queue = self.queue();
        if let Some(unkept) = queue.unkept.first() {
            let (reason, run) = (unkept.reason.clone(), unkept.run().id().clone());
            return Err(Refused::NotKept { reason, run });
        }
        let waiting = queue.waiting.len();
        if waiting + runs > self.capacity {
            return Err(Refused::Full { waiting, capacity: self.capacity });
        }
        Ok(())
    }

    /// Appends runs to the queue; returns the number of runs before the first.
    fn enqueue(&self, runs: impl IntoIterator<Item = Arc<LiveRun>>) -> u32 {
        let mut queue = self.queue();
        let first = queue.waiting.len() + usize::from(queue.active.is_some());
        queue.waiting.extend(runs);
        queue.renumber();
        drop(queue);
        self.arrived.notify_one();
        first as u32
    }

    /// A run that waits or is active.
    pub fn live(&self, id: &RunId) -> Option<Arc<LiveRun>> {
        self.queue().find(id)
    }

    /// A run, whether it waits, is active or has ended.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(&self, id: &RunId) -> anyhow::Result<Option<Arc<LiveRun>>> {
        if let Some(run) = self.live(id).or_else(|| Some(Arc::clone(self.unkept(id)?.run()))) {
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

    /// Stops a run that is active, or takes it out of the queue; returns whether it was there.
    pub async fn stop(self: &Arc<Self>, id: &RunId) -> bool {
        let (run, was_waiting) = {
            let mut queue = self.queue();
            let Some(run) = queue.find(id) else { return false };
            run.stop();
            let place = queue.waiting.iter().position(|waiting| waiting.id() == id);
            let leaving = place.and_then(|place| queue.waiting.remove(place));
            queue.renumber();
            let was_waiting = leaving.is_some();
            queue.leaving.extend(leaving);
            (run, was_waiting)
        };
        if was_waiting {
            // At once: if it were left to its turn, a server that ends before would run it after its restart.
            let this = Arc::clone(self);
            to_its_end(async move { this.end_unstarted(&run).await }).await;
        }
        true
    }

    /// Takes no more runs and stops the active one. The waiting ones stay in the store, for the next server.
    pub fn close(&self) {
        self.closing.cancel();
        if let Some(run) = &self.queue().active {
            run.interrupt();
        }
    }

    /// Where runs are kept.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Executes runs as they come, until the dispatcher is closed and the active run has ended. Call it once.
    pub async fn execute(&self, runner: Arc<impl Execute>) {
        loop {
            tokio::select! {
                biased;
                () = self.closing.cancelled() => break,
                () = self.time_to_store_again() => self.store_again().await,
                run = self.next() => self.execute_one(&runner, &run).await,
            }
        }
        self.store_again().await;
        self.lose_unkept();
    }

    /// Waits for the next run and makes it the active one. Can be cancelled.
    async fn next(&self) -> Arc<LiveRun> {
        loop {
            if let Some(run) = self.take_next() {
                return run;
            }
            self.arrived.notified().await;
        }
    }

    fn take_next(&self) -> Option<Arc<LiveRun>> {
        let mut queue = self.queue();
        // Asked under the lock: `close` stops the run that is active then.
        // While a run is not stored, the next one would not be either.
        if self.closing.is_cancelled() || !queue.unkept.is_empty() {
            return None;
        }
        let run = queue.waiting.pop_front()?;
        queue.active = Some(Arc::clone(&run));
        queue.renumber();
        Some(run)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stores something; if the disk is full, makes room and tries once more.
async fn with_room<T, F: Future<Output = anyhow::Result<T>>>(
    store: &Store,
    write: impl Fn() -> F,
) -> anyhow::Result<T> {
    match write().await {
        Err(error) if StoreError::of(&error) == Some(StoreError::DiskFull) => {
            store.make_room().await?;
            write().await
        }
        done => done,
    }
}

/// Runs `work` to its end even when its caller is dropped, as a request is whose client has gone: a run that is stored
/// must also get into the queue.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    match tokio::spawn(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down, and drops this future next.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests;
