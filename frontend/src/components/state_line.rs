//! Where the page is, in a sentence that screen readers hear when it changes.

use heapgym_shared::sample::Phase;
use leptos::prelude::*;

use crate::{
    model::{brief::Status, dashboard::Dashboard},
    session::{Judgement, use_session},
};

/// Where the page is, in a sentence.
#[component]
pub fn StateLine() -> impl IntoView {
    let session = use_session();
    let status = Memo::new(move |_| session.status());
    let Judgement(judged) = expect_context();
    let words = Memo::new(move |_| match status.get() {
        Status::Idle => invitation(&judged.read().takes),
        _ => session.read(sentence),
    });
    view! {
        <p
            id="state" class="state" role="status" data-state=move || status.read().id()
        >{move || words.get()}</p>
    }
}

/// What to do when nothing has run yet.
fn invitation(takes: &str) -> String {
    let takes = if takes.is_empty() { String::new() } else { format!("It takes about {takes}. ") };
    format!(
        "Nothing has run yet. Press Run: a fresh process serves the handler on this page, another sends it requests. \
         {takes}Memory and response times appear below as they are measured."
    )
}

/// Where the run is that is told of.
fn sentence(dashboard: &Dashboard) -> String {
    let status = dashboard.status();
    let current = dashboard.current();
    let variant = current.map(|run| run.variant()).unwrap_or_default();
    if dashboard.is_stopping() {
        return "Asked the server to stop the run. Waiting for its answer.".to_owned();
    }
    match status {
        Status::Idle => String::new(),
        Status::Loading => "Loading the run.".to_owned(),
        Status::Asked => "Asking the server for a run.".to_owned(),
        Status::Queued { position: 0 } => "Next in the queue.".to_owned(),
        Status::Queued { position: 1 } => "In the queue, behind one other run.".to_owned(),
        Status::Queued { position } => format!("In the queue, behind {position} other runs."),
        Status::Starting => {
            format!("Starting {variant}: a fresh process for the service, another for the load.")
        }
        Status::Running { phase } => {
            let then = if dashboard.has_waiting() { " The other run comes next." } else { "" };
            let paused = current.is_some_and(|run| run.is_under_load() && run.is_paused());
            let paused = if paused { ", paused" } else { "" };
            let watching = match current.map_or(0, |run| run.viewers) {
                0 | 1 => String::new(),
                viewers => format!(" {viewers} pages watch it."),
            };
            format!("Running {variant}: {}{paused}.{then}{watching}", phase_words(phase))
        }
        Status::Finished if let Some(pairs) = dashboard.pairs_to_come() => format!(
            "{} of {} pairs have run. The others follow, and the table grows with each.",
            pairs.done,
            pairs.done + pairs.waiting
        ),
        Status::Finished => match current.and_then(|run| run.outcome()) {
            Some(outcome) => {
                let how = outcome.id().replace('_', " ");
                let load = current.and_then(|run| run.report.as_deref()).map(|report| &report.load);
                let failed = load.filter(|load| load.failed > 0).map(|load| load.failed_percent());
                let failed = failed.map(|share| format!(", {share} of requests failed")).unwrap_or_default();
                format!("Finished {variant}: {how}{failed}. Change one thing and run it again.")
            }
            None => "Finished.".to_owned(),
        },
    }
}

fn phase_words(phase: Phase) -> &'static str {
    match phase {
        Phase::Baseline => "baseline, idle before the first request",
        Phase::Warmup => "warm-up, under load but left out of the summary",
        Phase::Load => "load",
        Phase::Drain => "drain, waiting for the last replies",
        Phase::Recovery => "recovery, idle: what memory comes back",
    }
}
