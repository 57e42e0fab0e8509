//! The first visit: one press, and within ten seconds two ways to write the same service are seen to differ.

use leptos::prelude::*;

use crate::{connection::ConnectionState, model::brief::Status, session::use_session};

/// The offer, as long as nothing has run.
#[component]
pub fn Welcome() -> impl IntoView {
    let session = use_session();
    let connected = move || session.connection_state() == ConnectionState::Open;
    view! {
        <Show when=move || session.status() == Status::Idle>
            <div class="welcome">
                <p>"New here? See one service written in two ways, naive and with reused buffers, in ten seconds."</p>
                <button id="tour" type="button" disabled=move || !connected()
                    on:click=move |_| session.tour()>"Show me the difference"</button>
            </div>
        </Show>
    }
}
