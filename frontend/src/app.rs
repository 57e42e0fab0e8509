//! The page put together.

use leptos::prelude::*;

use crate::{
    appearance::Appearance,
    components::{
        go_names::GoNames, later_place::LaterPlace, page_header::PageHeader, run_controls::RunControls,
        run_form::RunForm, state_line::StateLine, welcome::Welcome,
    },
    live::{attrs, is, on},
    model::address::Address,
    session::{Judgement, Refusal, Session, address, use_session},
    turns::in_turn,
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    let judgement = Judgement::of(session);
    provide_context(judgement);
    provide_context(Refusal::of(session, judgement));
    provide_context(Appearance::restore());
    hear_the_keyboard(session);
    view! {
        <PageHeader/>
        {if address() == Address::Runs { runs().into_any() } else { bench(session).into_any() }}
        <footer {..attrs([is("class", "foot")])}>
            <GoNames/>
            <button {..attrs([is("id", "commands"), is("type", "button")])} on:click=on(move |_| session.list_commands())>
                "Commands and keys: ?"
            </button>
        </footer>
        {session.part(|parts| parts.everywhere)}
    }
}

/// The list of all runs.
fn runs() -> impl IntoView {
    view! {
        <main {..attrs([is("class", "history")])}>
            <LaterPlace which=|parts| parts.history meanwhile="Fetching the list of runs."/>
        </main>
    }
}

/// The playground: what to run, and what it did.
fn bench(session: Session) -> impl IntoView {
    view! {
        // Whoever goes into it is going to want what it can show.
        <main {..attrs([is("class", "bench")])} on:focusin=on(move |_| session.want()) on:pointerenter=on(move |_| session.want())>
            <section {..attrs([is("class", "setup"), is("aria-label", "What to run")])}>
                {in_turn(|| view! { <RunForm/> }.into_any())}
                {in_turn(|| view! { <RunControls/> }.into_any())}
            </section>
            {in_turn(|| view! { <Readings/> }.into_any())}
        </main>
    }
}

/// What a run did, and the handler that it ran.
#[component]
fn Readings() -> impl IntoView {
    let session = use_session();
    let words = "Figures and charts of the run stand here once one has begun.";
    view! {
        <section {..attrs([is("class", "readings"), is("aria-label", "What it did")])}>
            <div {..attrs([is("class", "status")])}>
                <StateLine/>
                {session.part(|parts| parts.status)}
            </div>
            {session.part(|parts| parts.notices)}
            <Welcome/>
            <LaterPlace which=|parts| parts.readings meanwhile=words/>
        </section>
        {session.part(|parts| parts.source)}
    }
}

/// On the playground Ctrl+Enter, or Cmd+Enter on a Mac, runs what the form says, and stops what is running. `?` and
/// Ctrl+K fetch the list of commands, which then listens for itself.
fn hear_the_keyboard(session: Session) {
    let has_form = address() != Address::Runs;
    let listener = window_event_listener(leptos::ev::keydown, move |key| {
        let with_control = key.ctrl_key() || key.meta_key();
        match (key.key().as_str(), with_control) {
            ("Enter", true) if has_form => {
                if untrack(|| session.status().is_busy()) {
                    session.stop()
                } else {
                    session.run()
                }
            }
            ("?", false) | ("k", true) if untrack(|| session.later().parts().is_none()) => {
                session.list_commands()
            }
            _ => return,
        }
        key.prevent_default();
    });
    // A file may be about to be dropped: what opens it is fetched meanwhile.
    let dragged = window_event_listener(leptos::ev::dragenter, move |_| session.want());
    on_cleanup(move || {
        listener.remove();
        dragged.remove();
    });
}
