//! One chart with its caption, legend, plot and data table.

use heapgym_shared::chart::{CHARTS, Chart, Hidden};
use leptos::prelude::*;

use super::{
    chart_legend::ChartLegend, crosshair::Hovered, data_table::DataTable, export_links::ChartExports,
    help::Help, plot::Plot,
};
use crate::{
    live::{CollectAny, Show, attr, live, memo, on},
    session::use_session,
};

/// All charts, one below the other on one time axis.
#[component]
pub fn ChartPanels() -> impl IntoView {
    let session = use_session();
    let hovered = Hovered::new(None);
    let next_has_pool = memo(move || session.form(|form| form.workload().has_pool(form.variant())));
    let panel = move |chart: &'static Chart| {
        let shown = memo(move || session.read(|dashboard| dashboard.shows(chart, next_has_pool.get())));
        view! { <Show when=move || shown.get()><ChartPanel chart hovered/></Show> }
    };
    let panels = move |folded: bool| {
        CHARTS.iter().filter(|chart| chart.folded == folded).map(|chart| panel(chart)).collect_any()
    };
    let unfolded = RwSignal::new(false);
    let count = CHARTS.iter().filter(|chart| chart.folded).count();
    let words =
        move || if unfolded.get() { "Fewer charts".to_owned() } else { format!("{count} more charts") };
    view! {
        <div class="charts">
            {panels(false)}
            <button type="button" class="more-charts" aria-expanded=attr(move || unfolded.get().to_string())
                on:click=on(move |_| unfolded.update(|open| *open = !*open))>{live(words)}</button>
            <Show when=move || unfolded.get()>{panels(true)}</Show>
        </div>
    }
}

/// One chart.
#[component]
fn ChartPanel(
    /// What it shows.
    chart: &'static Chart,
    /// The instant under the pointer.
    hovered: Hovered,
) -> impl IntoView {
    let hidden = RwSignal::new(Hidden::default());
    let as_table = RwSignal::new(false);
    view! {
        <figure class="chart">
            <figcaption>
                <h2>{chart.title}</h2>
                <Help id=format!("chart-{}", chart.id) about=chart.title text=chart.help/>
                <ChartLegend chart hidden/>
                <button type="button" class="table-button" aria-expanded=attr(move || as_table.get().to_string())
                    on:click=on(move |_| as_table.update(|open| *open = !*open))>"Table"</button>
                <ChartExports chart/>
            </figcaption>
            <Plot chart hidden hovered/>
            <Show when=move || as_table.get()><DataTable chart/></Show>
        </figure>
    }
}
