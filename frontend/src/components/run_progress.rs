//! How far the runs are: a bar of phases for each, as long as it goes on.

use heapgym_shared::protocol::RunId;
use leptos::prelude::*;

use super::swatch::RunName;
use crate::{
    model::progress::{sentence, stretches},
    session::use_session,
};

/// A bar for each run that goes on.
#[component]
pub fn RunProgress() -> impl IntoView {
    let session = use_session();
    let runs = move || {
        session.read(|dashboard| {
            let going_on = dashboard
                .runs()
                .iter()
                .filter(|run| run.state.is_some() && run.outcome().is_none() && run.spec.is_some());
            going_on.map(|run| run.id.clone()).collect::<Vec<_>>()
        })
    };
    view! {
        <For each=runs key=RunId::clone let(id)>
            <ProgressBar id/>
        </For>
    }
}

/// The phases of one run.
#[component]
fn ProgressBar(
    /// The run.
    id: RunId,
) -> impl IntoView {
    let session = use_session();
    let run = StoredValue::new(id);
    let variant = Signal::derive(move || {
        session.read_run(&run.read_value(), |run| run.variant().to_owned()).unwrap_or_default()
    });
    let words = Memo::new(move |_| session.read_run(&run.read_value(), sentence).flatten());
    let phases = Memo::new(move |_| session.read_run(&run.read_value(), stretches).unwrap_or_default());
    let stretch = move |index: usize| phases.read().get(index).cloned();
    let phase =
        move || session.read_run(&run.read_value(), |run| Some(run.samples().last()?.phase.id())).flatten();
    let bars = (0..heapgym_shared::sample::Phase::ALL.len()).map(|index| {
        let weight = move || stretch(index).map_or(0, |stretch| stretch.weight_ms).to_string();
        let passed = move || {
            let passed = stretch(index).map_or(0.0, |stretch| stretch.passed);
            format!("scaleX({passed:.3})")
        };
        view! {
            <span class="phase" style:flex-grow=weight>
                <span class="passed" style:transform=passed></span>
            </span>
        }
    });
    view! {
        <div class="progress run" data-phase=phase>
            <RunName variant/>
            <span class="phases" aria-hidden="true">{bars.collect_view()}</span>
            <span class="figures phase-words">{move || words.get()}</span>
        </div>
    }
}
