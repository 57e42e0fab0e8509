//! The buttons: run, stop, and one variant after the other.

use leptos::prelude::*;

use super::live_control::LiveControl;
use crate::{
    connection::ConnectionState,
    live::{Show, attr, live, memo, on},
    session::use_session,
};

/// The buttons. On a narrow screen they stay in reach of a thumb.
#[component]
pub fn RunControls() -> impl IntoView {
    let session = use_session();
    let busy = memo(move || session.status().is_busy());
    let refused = memo(move || session.form(|form| form.check().is_err()));
    let under_load = memo(move || session.read(|dashboard| dashboard.control().is_some()));
    let connected = move || session.connection_state() == ConnectionState::Open;
    let cannot_run = move || busy.get() || refused.get() || !connected();
    let cannot_stop = move || !session.read(|dashboard| dashboard.can_stop()) || !connected();
    let why = move || match session.connection_state() {
        ConnectionState::Waiting { .. } => "There is no connection to the server.",
        ConnectionState::Open if refused.get() => "A setting is out of its range.",
        ConnectionState::Open | ConnectionState::Connecting => "",
    };
    view! {
        <div class="controls">
            <button id="run" type="submit" form="run-form" class="primary" disabled=attr(cannot_run)
                aria-describedby="run-hint" aria-keyshortcuts="Control+Enter Meta+Enter">"Run"</button>
            <button id="stop" type="button" disabled=attr(cannot_stop) on:click=on(move |_| session.stop())>"Stop"</button>
            // While a run is under load nothing else can be started: its control has the place of what could.
            <Show when=move || under_load.get() fallback=move || view! {
                <PairButton cannot_run=Signal::derive(cannot_run)/>
                <p class="hint keys quiet">"Ctrl+Enter runs, and stops."</p>
            }>
                <LiveControl/>
            </Show>
            <p id="run-hint" class="refusal hint">{live(why)}</p>
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
            <button id="run-pair" type="button" disabled=cannot_run on:click=on(start)>{live(title)}</button>
        </Show>
    }
}
