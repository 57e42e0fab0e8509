//! The buttons: run, stop, and one variant after the other.

use leptos::prelude::*;

use super::live_control::LiveControl;
use crate::{
    connection::ConnectionState,
    session::{Judgement, use_session},
};

/// The buttons. On a narrow screen they stay in reach of a thumb.
#[component]
pub fn RunControls() -> impl IntoView {
    let session = use_session();
    let Judgement(judged) = expect_context();
    let busy = Memo::new(move |_| session.status().is_busy());
    let refused = Memo::new(move |_| judged.read().refusal.is_some());
    let under_load = Memo::new(move |_| session.brief(|brief| brief.under_load));
    let connected = move || session.connection_state() == ConnectionState::Open;
    let cannot_run = move || busy.get() || refused.get() || !connected();
    let cannot_stop = move || !session.brief(|brief| brief.can_stop) || !connected();
    let stop = move || if session.brief(|brief| brief.is_stopping) { "Stopping\u{2026}" } else { "Stop" };
    let why = move || match session.connection_state() {
        ConnectionState::Waiting { .. } => "There is no connection to the server.".to_owned(),
        ConnectionState::Open | ConnectionState::Connecting => judged.read().why.clone(),
    };
    view! {
        <div class="controls">
            <button
                id="run"
                type="submit"
                form="run-form"
                class="primary"
                disabled=cannot_run
                aria-describedby="run-hint"
                aria-keyshortcuts="Control+Enter Meta+Enter"
            >"Run"</button>
            <button
                id="stop" type="button" disabled=cannot_stop
                on:click=move |_| session.stop()>{stop}</button>
            // While a run is under load nothing else can be started: its control has the place of what could.
            <Show when=move || under_load.get() fallback=move || view! {
                <PairButton cannot_run=Signal::derive(cannot_run)/>
                <p class="hint keys quiet">"Ctrl+Enter runs, and stops."</p>
            }>
                <LiveControl/>
            </Show>
            <p id="run-hint" class="refusal hint">{why}</p>
        </div>
    }
}

/// Runs two variants of the workload, one after the other: its first, and the chosen one.
#[component]
fn PairButton(
    /// Whether nothing can be started now.
    cannot_run: Signal<bool>,
) -> impl IntoView {
    let session = use_session();
    let pair = move || session.form(|form| form.pair());
    let title = move || pair().map(|[first, second]| format!("Run {first}, then {second}"));
    let start = move |_| {
        if let Some(pair) = untrack(pair) {
            session.run_pair(pair);
        }
    };
    view! {
        <Show when=move || pair().is_some()>
            <button
                id="run-pair" type="button" disabled=move || cannot_run.get()
                on:click=start>{title}</button>
        </Show>
    }
}
