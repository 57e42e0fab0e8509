//! Says every few seconds how a run goes on: screen readers hear it, and nobody sees it.

use leptos::prelude::*;

use crate::{
    model::{
        brief::Status,
        dashboard::Dashboard,
        spoken::{EVERY_NS, spoken},
    },
    session::use_session,
};

/// The figures of the run that goes on, in words.
#[component]
pub fn Announcer() -> impl IntoView {
    let session = use_session();
    let running = |dashboard: &Dashboard| match dashboard.status() {
        Status::Running { .. } => dashboard.current().map(|run| run.elapsed_ns() / EVERY_NS),
        _ => None,
    };
    let step = Memo::new(move |_| session.read(running));
    // The end has a sentence of its own.
    let words = move || match step.get() {
        Some(1..) => session.read_once(|dashboard| dashboard.current().map(spoken)).unwrap_or_default(),
        _ => String::new(),
    };
    view! { <p id="spoken" class="unseen" role="status">{words}</p> }
}
