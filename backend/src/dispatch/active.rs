//! The active run: executed in a task of its own, and kept.

use std::{any::Any, sync::Arc};

use heapgym_shared::{Outcome, Sample, protocol::RunState};
use tokio::{task::JoinError, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{
    DRAINS_WITHIN, Dispatcher, LiveRun,
    keeper::{Ended, Keeper},
};
use crate::runner::{Controlled, Execute};

impl Dispatcher {
    pub(super) async fn execute_one(&self, runner: &Arc<impl Execute>, run: &Arc<LiveRun>) {
        match run.take_controlled().filter(|controlled| !controlled.is_stopped()) {
            Some(controlled) => self.execute_controlled(runner, run, controlled).await,
            None if self.leaves_to_next_server(run) => {}
            None => self.end_unstarted(run).await,
        }
    }

    /// Whether `close` came between a run's turn and its start. It waits in the store then, for the next server.
    fn leaves_to_next_server(&self, run: &LiveRun) -> bool {
        let mut queue = self.queue(); // locked for both: a client may ask the run to stop at this instant
        let leaves = self.closing.is_cancelled() && !run.is_unwanted();
        if leaves {
            queue.active = None;
        }
        leaves
    }

    async fn execute_controlled(
        &self,
        runner: &Arc<impl Execute>,
        run: &Arc<LiveRun>,
        controlled: Controlled,
    ) {
        run.set_state(RunState::Starting);
        tracing::info!(run = %run.id(), variant = run.spec().variant, "run begins");
        let ended = CancellationToken::new();
        let keeper = Arc::new(Keeper::new(Arc::clone(&self.store), Arc::clone(run)));
        let keeping = tokio::spawn(Arc::clone(&keeper).follow(ended.clone()));
        let end = self.run_to_its_end(runner, run, controlled).await;
        tracing::info!(run = %run.id(), outcome = end.outcome.id(), "run ended");
        ended.cancel();
        if let Err(error) = keeping.await {
            tracing::error!(%error, run = %run.id(), "the keeper of the run failed");
        }
        self.end(keeper, end).await;
    }

    /// Executes a run in a task of its own, so that a panic there ends only this run.
    async fn run_to_its_end(
        &self,
        runner: &Arc<impl Execute>,
        run: &Arc<LiveRun>,
        controlled: Controlled,
    ) -> Ended {
        let task = {
            let (runner, run) = (Arc::clone(runner), Arc::clone(run));
            async move {
                let observe = |sample: &Sample| run.push(sample.clone());
                runner.execute(run.spec(), controlled, observe).await
            }
        };
        let mut task = tokio::spawn(task);
        let late = async {
            self.closing.cancelled().await;
            sleep(DRAINS_WITHIN).await;
        };
        let ended = tokio::select! {
            ended = &mut task => ended,
            () = late => {
                run.give_up();
                task.await
            }
        };
        match ended {
            Ok((report, profiles)) => {
                Ended { outcome: report.outcome.clone(), report: Some(report), profiles }
            }
            Err(error) => {
                tracing::error!(%error, run = %run.id(), "heapgym failed while it executed a run");
                Ended::without_report(Outcome::Lost { reason: reason_of(error) })
            }
        }
    }

    /// Ends a run that was stopped before it began.
    pub(super) async fn end_unstarted(&self, run: &Arc<LiveRun>) {
        let keeper = Arc::new(Keeper::new(Arc::clone(&self.store), Arc::clone(run)));
        self.end(keeper, Ended::without_report(Outcome::STOPPED)).await;
    }

    async fn end(&self, keeper: Arc<Keeper>, end: Ended) {
        let run = Arc::clone(keeper.run());
        let end = Arc::new(end);
        let not_kept = self.store_end(keeper, Arc::clone(&end)).await;
        if not_kept.is_none() {
            run.release_samples();
        }
        // Before viewers learn of the end: whoever looks then finds it stored, or among those that are not.
        let mut queue = self.queue();
        queue.active.take_if(|active| active.id() == run.id());
        queue.leaving.retain(|leaving| leaving.id() != run.id());
        drop(queue);
        run.finish(end.outcome.clone(), end.report.clone(), not_kept);
    }
}

/// What a task said that did not come to its end.
fn reason_of(error: JoinError) -> String {
    let words = |panic: Box<dyn Any + Send>| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
    };
    match error.try_into_panic().ok().and_then(words) {
        Some(words) => format!("heapgym failed while it executed the run: {words}"),
        None => "heapgym failed while it executed the run".to_owned(),
    }
}
