//! Whether the page is connected; when it is not, since when it tries again and how to hurry it.

use leptos::prelude::*;

use crate::{connection::ConnectionState, session::use_session};

/// Whether the page is connected.
#[component]
pub fn ConnectionBadge() -> impl IntoView {
    let session = use_session();
    let id = move || match session.connection_state() {
        ConnectionState::Connecting => "connecting",
        ConnectionState::Open => "open",
        ConnectionState::Waiting { .. } => "waiting",
    };
    // A memo, so that a screen reader hears of a lost connection once and not with every second.
    let words = Memo::new(move |_| match session.connection_state() {
        ConnectionState::Connecting => "Connecting",
        ConnectionState::Open => "Connected",
        ConnectionState::Waiting { .. } => "No connection to the server",
    });
    let next_try = move || match session.connection_state() {
        ConnectionState::Waiting { retry_in } => Some(format!("next try in {} s", retry_in.as_secs())),
        ConnectionState::Connecting | ConnectionState::Open => None,
    };
    view! {
        <div id="connection" class="connection" data-state=id>
            <span role="status">{move || words.get()}</span>
            <Show when=move || next_try().is_some()>
                <span class="quiet figures">{next_try}</span>
                <button type="button" on:click=move |_| session.retry_now()>"Try now"</button>
            </Show>
        </div>
    }
}
