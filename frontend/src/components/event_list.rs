//! What happened and when, below the charts.

use heapgym_shared::chart::{Clock, clock_label};
use leptos::prelude::*;

use super::swatch::RunName;
use crate::{
    model::events::{Event, events},
    session::use_session,
    timing::use_timing,
};

/// The events of the runs in sight.
#[component]
pub fn EventList() -> impl IntoView {
    let (session, timing) = (use_session(), use_timing());
    let all = Memo::new(move |_| session.read(|dashboard| events(dashboard.runs())));
    let clock = Memo::new(move |_| timing.clock(session.read(|dashboard| dashboard.began_at_ms())));
    let line = |Event { elapsed_ns, variant, what }: Event, clock: Option<Clock>| {
        view! {
            <li>
                <span class="figures">{clock_label(elapsed_ns, clock)}</span>
                <RunName variant=Signal::stored(variant)/>
                <span>{what}</span>
            </li>
        }
    };
    view! {
        <Show when=move || !all.read().is_empty()>
            <section class="events">
                <h2>"Events"</h2>
                <ol>{move || {
                    let clock = clock.get();
                    all.get().into_iter().map(|event| line(event, clock)).collect_view()
                }}</ol>
            </section>
        </Show>
    }
}
