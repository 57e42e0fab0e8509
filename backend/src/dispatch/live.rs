//! One run as its viewers see it: history, state, and a signal when either grows.

use std::sync::{
    Arc, Mutex, PoisonError, RwLock,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use axum::extract::ws::Utf8Bytes;
use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec, Sample,
    adjust::Adjustment,
    protocol::{RunId, RunState, ServerMessage, encode},
};
use tokio::sync::watch;

use crate::{
    runner::{Control, Controlled, control},
    store::RunHead,
};

/// One run as its viewers see it. It knows nothing of transports, and of who watches only how many they are.
#[derive(Debug)]
pub struct LiveRun {
    id: RunId,
    spec: RunSpec,
    control: Control,
    /// Taken by the run once it begins.
    controlled: Mutex<Option<Controlled>>,
    /// Whether a client asked it to stop; written and read under the queue's lock.
    unwanted: AtomicBool,
    /// The samples while they are in memory; sample `n` lies at index `n`. `None` once they are in the store alone.
    history: RwLock<Option<Vec<Sample>>>,
    progress: watch::Sender<Progress>,
    viewers: Arc<AtomicU32>,
}

/// Counts as one viewer of a run, as long as it is kept.
#[derive(Debug)]
pub struct Viewing(Arc<AtomicU32>);

impl Drop for Viewing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How far a run is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Progress {
    /// Where it is.
    pub state: RunState,
    /// Samples in its history.
    pub samples: u64,
    /// The last sample as a message, encoded once for all viewers that are up to date.
    pub latest: Option<Utf8Bytes>,
    /// Its summary, once it has ended.
    pub report: Option<Arc<Report>>,
    /// Why its end is not stored; `None` when it is, or before its end.
    pub not_kept: Option<String>,
}

impl LiveRun {
    pub(super) fn new(id: RunId, spec: RunSpec) -> Self {
        let (control, controlled) = control();
        let state = RunState::Queued { position: 0 };
        let progress = Progress { state, samples: 0, latest: None, report: None, not_kept: None };
        Self {
            id,
            spec,
            control,
            controlled: Mutex::new(Some(controlled)),
            unwanted: AtomicBool::new(false),
            history: RwLock::new(Some(Vec::new())),
            progress: watch::Sender::new(progress),
            viewers: Arc::default(),
        }
    }

    /// A run that has ended, and has this many samples in the store.
    pub(super) fn finished(stored: RunHead, samples: u64) -> Self {
        let outcome = stored.outcome.unwrap_or_else(|| Outcome::Lost {
            reason: "heapgym has not stored the end of the run".to_owned(),
        });
        let (control, controlled) = control();
        if let Some(began_at_ms) = stored.report.as_ref().and_then(|report| report.environment.began_at_ms) {
            controlled.begin(began_at_ms);
        }
        let progress = Progress {
            state: RunState::Finished { outcome },
            samples,
            latest: None,
            report: stored.report.map(Arc::from),
            not_kept: stored.not_kept,
        };
        Self {
            id: stored.id,
            spec: stored.spec,
            control,
            controlled: Mutex::default(),
            unwanted: AtomicBool::new(false),
            history: RwLock::new(None),
            progress: watch::Sender::new(progress),
            viewers: Arc::default(),
        }
    }

    /// Its name.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// What is run.
    pub fn spec(&self) -> &RunSpec {
        &self.spec
    }

    /// When its clock began, in milliseconds since 1970; `None` before.
    pub fn began_at_ms(&self) -> Option<u64> {
        self.control.began_at_ms()
    }

    /// Its summary, once it has ended.
    pub fn report(&self) -> Option<Arc<Report>> {
        self.progress.borrow().report.clone()
    }

    /// How it ended; `None` before.
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.progress.borrow().state {
            RunState::Finished { outcome } => Some(outcome.clone()),
            RunState::Queued { .. } | RunState::Starting | RunState::Running { .. } => None,
        }
    }

    /// Asks it to stop, because a client wants that.
    pub(super) fn stop(&self) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.control.stop();
    }

    /// Asks it to stop, because the server ends.
    pub(super) fn interrupt(&self) {
        self.control.stop();
    }

    /// Whether a client asked it to stop.
    pub(super) fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::Relaxed)
    }

    /// Asks it to stop without waiting for requests in flight.
    pub(super) fn give_up(&self) {
        self.control.give_up();
    }

    /// Asks it to change its load.
    ///
    /// # Errors
    /// When too many changes wait, or the run is over.
    pub fn adjust(&self, change: Adjustment) -> Result<(), Rejection> {
        self.control.adjust(change)
    }

    /// What the run listens to; given once.
    pub(super) fn take_controlled(&self) -> Option<Controlled> {
        self.controlled.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Follows it: the receiver sees the latest progress at once, and every later one or the last of
    /// several.
    pub fn follow(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// Counts somebody as a viewer of it, until what it answers is dropped.
    pub fn view(&self) -> Viewing {
        self.viewers.fetch_add(1, Ordering::Relaxed);
        Viewing(Arc::clone(&self.viewers))
    }

    /// How many view it now.
    pub fn viewers(&self) -> u32 {
        self.viewers.load(Ordering::Relaxed)
    }

    /// The samples from sequence number `from` up to, not including, `to`; `None` when they are no longer in memory.
    pub(super) fn samples_in_memory(&self, from: u64, to: u64) -> Option<Vec<Sample>> {
        let history = self.history.read().unwrap_or_else(PoisonError::into_inner);
        let history = history.as_ref()?;
        let to = (to.min(history.len() as u64)) as usize;
        Some(history[(from as usize).min(to)..to].to_vec())
    }

    /// Frees the memory of the samples, which are all in the store by now. Viewers that are behind read them there.
    pub(super) fn release_samples(&self) {
        *self.history.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    pub(super) fn set_state(&self, state: RunState) {
        self.progress.send_modify(|progress| progress.state = state);
    }

    pub(super) fn push(&self, sample: Sample) {
        let message = ServerMessage::Samples {
            run: self.id.clone(),
            first_seq: sample.seq,
            batch: vec![sample.clone()],
        };
        let latest = Utf8Bytes::from(encode(&message));
        let (phase, samples) = (sample.phase, sample.seq + 1);
        // History first: a viewer that is told of a sample finds it.
        if let Some(history) = self.history.write().unwrap_or_else(PoisonError::into_inner).as_mut() {
            history.push(sample);
        }
        self.progress.send_modify(|progress| {
            progress.state = RunState::Running { phase };
            progress.samples = samples;
            progress.latest = Some(latest);
        });
    }

    /// Notes that its end is stored after all.
    pub(super) fn stored(&self) {
        self.progress.send_modify(|progress| progress.not_kept = None);
    }

    pub(super) fn finish(&self, outcome: Outcome, report: Option<Report>, not_kept: Option<String>) {
        self.progress.send_modify(|progress| {
            progress.not_kept = not_kept;
            progress.state = RunState::Finished { outcome };
            progress.report = report.map(Arc::new);
        });
    }
}
