//! The page put together.

use leptos::prelude::*;

use crate::{
    appearance::Appearance,
    components::{
        go_names::GoNames, page_header::PageHeader, readings_place::ReadingsPlace, run_controls::RunControls,
        run_form::RunForm, state_line::StateLine,
    },
    live::{attrs, is},
    session::{Judgement, Refusal, Session, use_session},
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
    run_with_the_keyboard(session);
    view! {
        <PageHeader/>
        <main {..attrs([is("class", "bench")])}>
            <section {..attrs([is("class", "setup"), is("aria-label", "What to run")])}>
                {in_turn(|| view! { <RunForm/> }.into_any())}
                {in_turn(|| view! { <RunControls/> }.into_any())}
            </section>
            {in_turn(|| view! { <Readings/> }.into_any())}
        </main>
        <footer {..attrs([is("class", "foot")])}><GoNames/></footer>
    }
}

/// What a run did, and the handler that it ran.
#[component]
fn Readings() -> impl IntoView {
    let session = use_session();
    view! {
        <section {..attrs([is("class", "readings"), is("aria-label", "What it did")])}>
            <div {..attrs([is("class", "status")])}>
                <StateLine/>
                {session.part(|parts| parts.status)}
            </div>
            {session.part(|parts| parts.notices)}
            <ReadingsPlace/>
        </section>
        {session.part(|parts| parts.source)}
    }
}

/// Ctrl+Enter, or Cmd+Enter on a Mac, runs what the form says, and stops what is running.
fn run_with_the_keyboard(session: Session) {
    let listener = window_event_listener(leptos::ev::keydown, move |key| {
        if key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) {
            key.prevent_default();
            if untrack(|| session.status().is_busy()) { session.stop() } else { session.run() }
        }
    });
    on_cleanup(move || listener.remove());
}
