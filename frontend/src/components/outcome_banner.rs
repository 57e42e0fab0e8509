//! How the runs ended, in a sentence each.

use heapgym_shared::threshold::ThresholdResult;
use leptos::prelude::*;

use super::{size_classes::SizeClasses, swatch::RunName};
use crate::{
    model::{
        brief::Status,
        dashboard::Dashboard,
        ending::{Ending, ending},
    },
    session::use_session,
};

/// How the runs ended. It has its id once nothing is left to wait for.
#[component]
pub fn OutcomeBanner() -> impl IntoView {
    let session = use_session();
    let all = Memo::new(move |_| {
        session.read(|dashboard| dashboard.runs().iter().filter_map(ending).collect::<Vec<_>>())
    });
    let last = Memo::new(move |_| session.read(last_outcome));
    let samples = Memo::new(move |_| {
        session.read(|dashboard| dashboard.runs().iter().map(|run| run.samples().len()).sum::<usize>())
    });
    let list = move || all.get().into_iter().map(|ending| view! { <OutcomeLine ending/> }).collect_view();
    view! {
        <Show when=move || !all.read().is_empty()>
            <section
                class="outcomes" aria-label="Outcome"
                id=move || last.get().map(|_| "outcome") data-outcome=move || last.get()
                data-samples=move || samples.get().to_string()
            >
                {list}
            </section>
        </Show>
    }
}

/// The outcome of one run.
#[component]
fn OutcomeLine(
    /// The run's end.
    ending: Ending,
) -> impl IntoView {
    let Ending { variant, outcome, sentence, thresholds, after, size_classes } = ending;
    let variant = Signal::stored(variant);
    view! {
        <div class="run" data-run-outcome=outcome data-variant=variant>
            <RunName variant/>
            <div>
                <p>{sentence}" "<span class="quiet">{after}</span></p>
                <ThresholdList results=thresholds/>
                <SizeClasses rows=size_classes variant/>
            </div>
        </div>
    }
}

/// What became of the thresholds of one run.
#[component]
fn ThresholdList(
    /// Each of them.
    results: Vec<ThresholdResult>,
) -> impl IntoView {
    let line = |result: ThresholdResult| {
        let mark = result.passed.mark();
        view! {
            <li data-mark=mark>
                <strong>{mark}</strong>" "<code>{result.threshold.to_string()}</code>
                " "<span class="quiet">{result.sentence()}</span>
            </li>
        }
    };
    (!results.is_empty()).then(|| {
        view! {
            <ul class="thresholds" aria-label="Thresholds">
                {results.into_iter().map(line).collect_view()}
            </ul>
        }
    })
}

/// The id of the newest run's outcome, once nothing is left to wait for.
fn last_outcome(dashboard: &Dashboard) -> Option<&'static str> {
    let newest = dashboard.runs().last().filter(|_| dashboard.status() == Status::Finished)?;
    newest.outcome().map(|outcome| outcome.id())
}
