//! The queue with a runner that does what a test says, and a store in memory.

use std::sync::atomic::{AtomicU32, Ordering};

use heapgym_shared::{Report, Sample, sample::Phase};
use serde_json::json;

use super::*;
use crate::{
    profile::Profiles,
    runner::{Controlled, Runner},
};

fn spec() -> RunSpec {
    let spec = json!({
        "workload": {"kind": "logs"}, "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
    });
    RunSpec::parse(&spec, &Default::default()).unwrap()
}

/// Panics in its first run, after one sample. Each later run waits until it is stopped.
struct PanicsFirst {
    runs: AtomicU32,
    /// Its children do not start, so that it has a report at once.
    runner: Runner,
}

impl PanicsFirst {
    fn new() -> Arc<Self> {
        Arc::new(Self { runs: AtomicU32::new(0), runner: Runner::with_program("/no/such/program".into()) })
    }
}

impl Execute for PanicsFirst {
    async fn execute(
        &self,
        spec: &RunSpec,
        controlled: Controlled,
        mut observe: impl FnMut(&Sample) + Send,
    ) -> (Report, Profiles) {
        let (seq, phase) = (0, Phase::Load);
        observe(&Sample { seq, elapsed_ns: 0, phase, target: None, load: None, events: Vec::new() });
        if self.runs.fetch_add(1, Ordering::Relaxed) == 0 {
            panic!("index out of bounds");
        }
        controlled.stopped().await;
        let (mut report, profiles) = self.runner.execute(spec, controlled, |_| {}).await;
        report.outcome = Outcome::STOPPED;
        (report, profiles)
    }
}

async fn dispatcher() -> Arc<Dispatcher> {
    Arc::new(Dispatcher::new(16, Arc::new(Store::in_memory().await.unwrap())))
}

fn execute(dispatcher: &Arc<Dispatcher>, runner: Arc<PanicsFirst>) -> tokio::task::JoinHandle<()> {
    let dispatcher = Arc::clone(dispatcher);
    tokio::spawn(async move { dispatcher.execute(runner).await })
}

/// Waits until a run has come as far as `is_there` says.
async fn until(run: &LiveRun, is_there: impl Fn(&RunState) -> bool) -> RunState {
    let mut progress = run.follow();
    progress.wait_for(|progress| is_there(&progress.state)).await.unwrap().state.clone()
}

fn has_ended(state: &RunState) -> bool {
    matches!(state, RunState::Finished { .. })
}

fn is_active(state: &RunState) -> bool {
    matches!(state, RunState::Running { .. })
}

#[tokio::test]
async fn a_panic_in_a_run_loses_that_run_and_the_next_one_is_executed() {
    let dispatcher = dispatcher().await;
    execute(&dispatcher, PanicsFirst::new());
    let (broken, _) = dispatcher.accept(spec()).await.unwrap();
    let (next, _) = dispatcher.accept(spec()).await.unwrap();
    let RunState::Finished { outcome: Outcome::Lost { reason } } = until(&broken, has_ended).await else {
        panic!("{broken:?}")
    };
    assert!(reason.ends_with("index out of bounds"), "{reason}");
    let stored = dispatcher.store().head(broken.id()).await.unwrap().unwrap();
    let samples = dispatcher.store().sample_count(broken.id()).await.unwrap();
    assert_eq!((stored.outcome, samples), (Some(Outcome::Lost { reason }), 1));
    until(&next, is_active).await;
    assert!(dispatcher.stop(next.id()).await);
    assert_eq!(until(&next, has_ended).await, RunState::Finished { outcome: Outcome::STOPPED });
}

#[tokio::test]
async fn a_closed_queue_stops_its_active_run_and_leaves_the_others_to_the_next_one() {
    let before = dispatcher().await;
    let runner = PanicsFirst::new();
    runner.runs.store(1, Ordering::Relaxed);
    let (active, _) = before.accept(spec()).await.unwrap();
    let pairs = before.accept_pairs([spec(), spec()], 2).await.unwrap();
    let (unwanted, position) = before.accept(spec()).await.unwrap();
    assert_eq!(position, 5);
    let executing = execute(&before, runner);
    until(&active, is_active).await;
    assert!(before.stop(unwanted.id()).await);
    assert_eq!(until(&unwanted, has_ended).await, RunState::Finished { outcome: Outcome::STOPPED });
    before.close();
    executing.await.unwrap();
    assert_eq!(until(&active, has_ended).await, RunState::Finished { outcome: Outcome::STOPPED });
    assert_eq!(before.accept(spec()).await.unwrap_err(), Refused::Closing);
    assert_eq!(before.accept_pairs([spec(), spec()], 1).await.unwrap_err(), Refused::Closing);

    let after = Arc::new(Dispatcher::new(16, Arc::clone(&before.store)));
    after.resume(&InstanceLimits::default()).await.unwrap();
    let waiting: Vec<RunId> = after.queue().waiting.iter().map(|run| run.id().clone()).collect();
    let [(a1, b1), (a2, b2)] = &pairs[..] else { panic!("{pairs:?}") };
    assert_eq!(waiting, [a1, b1, b2, a2].map(Clone::clone), "in the order of the queue before");
}

#[tokio::test]
async fn a_run_that_waits_to_begin_when_the_queue_closes_is_left_to_the_next_one_unless_it_was_stopped() {
    for stopped in [false, true] {
        let dispatcher = dispatcher().await;
        dispatcher.accept(spec()).await.unwrap();
        let run = dispatcher.take_next().unwrap();
        if stopped {
            assert!(dispatcher.stop(run.id()).await);
        }
        dispatcher.close();
        dispatcher.execute_one(&PanicsFirst::new(), &run).await;
        assert!(dispatcher.live(run.id()).is_none());
        let waiting = dispatcher.store().waiting().await.unwrap();
        assert_eq!(
            (waiting.len(), run.outcome()),
            if stopped { (0, Some(Outcome::STOPPED)) } else { (1, None) }
        );
    }
}

#[tokio::test]
async fn a_run_that_the_next_server_refuses_is_lost_and_says_why() {
    let before = dispatcher().await;
    let (waiting, _) = before.accept(spec()).await.unwrap();
    let after = Arc::new(Dispatcher::new(16, Arc::clone(&before.store)));
    let small = InstanceLimits { memory_bytes: 1, ..InstanceLimits::default() };
    after.resume(&small).await.unwrap();
    assert!(after.live(waiting.id()).is_none());
    let stored = after.store().head(waiting.id()).await.unwrap().unwrap();
    let Some(Outcome::Lost { reason }) = stored.outcome else { panic!("{stored:?}") };
    assert!(reason.contains("limits.memory_bytes"), "{reason}");
}

#[tokio::test]
async fn a_request_that_is_dropped_leaves_no_run_outside_the_queue() {
    let dispatcher = dispatcher().await;
    let admission = dispatcher.admission.lock().await;
    let accepting = {
        let dispatcher = Arc::clone(&dispatcher);
        tokio::spawn(async move { dispatcher.accept(spec()).await.map(|_| ()) })
    };
    tokio::task::yield_now().await; // it waits for the admission now
    accepting.abort();
    assert!(accepting.await.unwrap_err().is_cancelled());
    drop(admission);
    // The next one is admitted after it.
    let (_, position) = dispatcher.accept(spec()).await.unwrap();
    let queued = dispatcher.queue().waiting.len();
    assert_eq!((queued, position as usize), (dispatcher.store().waiting().await.unwrap().len(), queued - 1));
}
