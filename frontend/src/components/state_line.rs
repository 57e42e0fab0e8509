//! Where the page is, in a sentence that screen readers hear when it changes.

use heapgym_shared::{RunSpec, sample::Phase, unit::Unit};
use leptos::prelude::*;

use crate::{
    live::{attr, live, memo},
    model::dashboard::{Dashboard, Status},
    session::use_session,
};

/// Where the page is, in a sentence.
#[component]
pub fn StateLine() -> impl IntoView {
    let session = use_session();
    let status = memo(move || session.status());
    let words = memo(move || match status.get() {
        Status::Idle => invitation(session.form(|form| form.check().ok())),
        status => session.read(|dashboard| sentence(&status, dashboard)),
    });
    view! {
        <p id="state" class="state" role="status" data-state=attr(move || status.read().id())>{live(move || words.get())}</p>
    }
}

/// What to do when nothing has run yet.
fn invitation(spec: Option<RunSpec>) -> String {
    let takes = spec.map(|spec| {
        let planned_ms = spec.planned_ms() - spec.phases.graceful_stop_ms;
        format!("It takes about {}. ", Unit::Milliseconds.format(planned_ms as f64))
    });
    format!(
        "Nothing has run yet. Press Run: a fresh process serves the handler on this page, another sends it requests. \
         {}Memory and response times appear below as they are measured.",
        takes.unwrap_or_default()
    )
}

fn sentence(status: &Status, dashboard: &Dashboard) -> String {
    let newest = dashboard.runs().last();
    let variant = newest.map(|run| run.variant()).unwrap_or_default();
    match status {
        Status::Idle => invitation(None),
        Status::Loading => "Loading the run.".to_owned(),
        Status::Asked => "Asking the server for a run.".to_owned(),
        Status::Queued { position: 0 } => "Next in the queue.".to_owned(),
        Status::Queued { position: 1 } => "In the queue, behind one other run.".to_owned(),
        Status::Queued { position } => format!("In the queue, behind {position} other runs."),
        Status::Starting => {
            format!("Starting {variant}: a fresh process for the service, another for the load.")
        }
        Status::Running { phase } => {
            let then = if dashboard.waiting() > 0 { " The other variant comes next." } else { "" };
            let paused = newest.is_some_and(|run| run.is_under_load() && run.is_paused());
            let paused = if paused { ", paused" } else { "" };
            format!("Running {variant}: {}{paused}.{then}", phase_words(*phase))
        }
        Status::Finished => match newest.and_then(|run| run.outcome()) {
            Some(outcome) => {
                let how = outcome.id().replace('_', " ");
                format!("Finished {variant}: {how}. Change one thing and run it again.")
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
