//! A chart's legend: a button for each series, with its line in every run, that shows or hides it.

use heapgym_shared::chart::{Chart, Hidden};
use leptos::{ev::MouseEvent, prelude::*};

use super::swatch::Swatch;
use crate::session::use_session;

/// The legend.
#[component]
pub fn ChartLegend(
    /// The chart.
    chart: &'static Chart,
    /// The series that are switched off.
    hidden: RwSignal<Hidden>,
) -> impl IntoView {
    let session = use_session();
    // Before the first run the legend shows what the form would run.
    let variants = Memo::new(move |_| {
        let shown = session.read(|dashboard| {
            dashboard
                .runs()
                .iter()
                .map(|run| run.variant().to_owned())
                .filter(|name| !name.is_empty())
                .collect::<Vec<_>>()
        });
        if shown.is_empty() { vec![session.form(|form| form.variant().to_owned())] } else { shown }
    });
    let buttons = chart.series.iter().enumerate().map(|(index, series)| {
        let swatches = move || {
            let swatch = |variant: String| view! { <Swatch variant=Signal::stored(variant) series=index/> };
            variants.get().into_iter().map(swatch).collect_view()
        };
        view! {
            <button type="button" aria-pressed=move || (!hidden.read().contains(index)).to_string()
                title="Click shows or hides it, Alt+click shows it alone"
                on:click=move |event: MouseEvent| hidden.update(|hidden| match event.alt_key() {
                    true => hidden.solo(index, chart.series.len()),
                    false => hidden.toggle(index),
                })
            >
                {swatches}{series.label}
            </button>
        }
    });
    view! { <div class="legend" role="group" aria-label="Lines">{buttons.collect_view()}</div> }
}
