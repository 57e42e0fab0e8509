//! What happened and when, below the charts.

use heapgym_shared::chart::time_label;
use leptos::prelude::*;

use super::swatch::RunName;
use crate::{
    live::{CollectAny, Show, live, memo},
    model::events::{Event, events},
    session::use_session,
};

/// The events of the runs in sight.
#[component]
pub fn EventList() -> impl IntoView {
    let session = use_session();
    let all = memo(move || session.read(|dashboard| events(dashboard.runs())));
    let line = |Event { elapsed_ns, variant, what }: Event| {
        view! {
            <li>
                <span class="figures">{time_label(elapsed_ns)}</span>
                <RunName variant=Signal::stored(variant)/>
                <span>{what}</span>
            </li>
        }
    };
    view! {
        <Show when=move || !all.read().is_empty()>
            <section class="events">
                <h2>"Events"</h2>
                <ol>{live(move || all.get().into_iter().map(line).collect_any())}</ol>
            </section>
        </Show>
    }
}
