//! The first visit: one press, and within ten seconds two ways to write the same service are seen to differ.

use leptos::prelude::*;

use crate::{
    connection::ConnectionState,
    live::{Show, attrs, becomes, is, on},
    model::brief::Status,
    session::use_session,
};

/// The offer, as long as nothing has run.
#[component]
pub fn Welcome() -> impl IntoView {
    let session = use_session();
    let connected = move || session.connection_state() == ConnectionState::Open;
    view! {
        <Show when=move || session.status() == Status::Idle>
            <div {..attrs([is("class", "welcome")])}>
                <p>"New here? See one service written in two ways, naive and with reused buffers, in ten seconds."</p>
                <button {..attrs([is("id", "tour"), is("type", "button"), becomes("disabled", move || !connected())])}
                    on:click=on(move |_| session.tour())>"Show me the difference"</button>
            </div>
        </Show>
    }
}
