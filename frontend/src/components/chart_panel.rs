//! One chart with its caption, legend, plot and data table.

use heapgym_shared::{
    chart::{CHARTS, Chart, Hidden, Kind, ValueScale},
    protocol::RunId,
};
use leptos::prelude::*;

use super::{
    chart_legend::ChartLegend, crosshair::Hovered, data_table::DataTable, export_links::ChartExports,
    help::Help, plot::Plot, time_tools::TimeTools,
};
use crate::{
    session::{RunsInSight, use_session},
    timing::use_timing,
    turns::in_turn,
};

/// All charts, one below the other on one time axis.
#[component]
pub fn ChartPanels() -> impl IntoView {
    let session = use_session();
    let hovered = Hovered::new(None);
    let next_has_pool = Memo::new(move |_| session.form(|form| form.workload().has_pool(form.variant())));
    let panel = move |chart: &'static Chart| {
        let shown = Memo::new(move |_| session.read(|dashboard| dashboard.shows(chart, next_has_pool.get())));
        in_turn(move || {
            view! { <Show when=move || shown.get()><ChartPanel chart hovered/></Show> }.into_any()
        })
    };
    let panels = move |folded: bool| {
        CHARTS.iter().filter(|chart| chart.folded == folded).map(|chart| panel(chart)).collect_view()
    };
    // Another run is shown as its address says: all of it, or a stretch.
    let timing = use_timing();
    let RunsInSight(runs) = expect_context();
    let first = Memo::new(move |_| runs.read().first().cloned());
    Effect::new(move |before: Option<Option<RunId>>| {
        let now = first.get();
        if before.flatten().is_some_and(|before| now.as_ref() != Some(&before)) {
            timing.follow_address();
        }
        now
    });
    let unfolded = RwSignal::new(false);
    let count = CHARTS.iter().filter(|chart| chart.folded).count();
    let words =
        move || if unfolded.get() { "Fewer charts".to_owned() } else { format!("{count} more charts") };
    view! {
        <TimeTools/>
        <div class="charts">
            {panels(false)}
            {in_turn(move || view! {
                <button type="button" class="more-charts" aria-expanded=move || unfolded.get().to_string()
                    on:click=move |_| unfolded.update(|open| *open = !*open)>{words}</button>
            }.into_any())}
            <Show when=move || unfolded.get()>{panels(true)}</Show>
        </div>
    }
}

/// How the reader looks at one chart.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// The series that are switched off.
    pub hidden: RwSignal<Hidden>,
    /// How values are placed.
    pub scale: RwSignal<ValueScale>,
    /// Whether its table is open.
    pub as_table: RwSignal<bool>,
}

/// One chart.
#[component]
fn ChartPanel(
    /// What it shows.
    chart: &'static Chart,
    /// The instant under the pointer.
    hovered: Hovered,
) -> impl IntoView {
    let look = Look {
        hidden: RwSignal::new(Hidden::default()),
        scale: RwSignal::new(ValueScale::default()),
        as_table: RwSignal::new(false),
    };
    let is_log = Memo::new(move |_| look.scale.get() == ValueScale::Log);
    // Others have one scale alone.
    let scale_button = (chart.kind == Kind::Lines).then(|| {
        view! {
            <button type="button" class="table-button" aria-pressed=move || is_log.get().to_string()
                on:click=move |_| look.scale.update(ValueScale::toggle)>"Log"</button>
        }
    });
    view! {
        <figure class="chart">
            <figcaption>
                <h2>{chart.title}</h2>
                <Help id=format!("chart-{}", chart.id) about=chart.title text=chart.help/>
                <ChartLegend chart hidden=look.hidden/>
                {scale_button}
                <button type="button" class="table-button" aria-expanded=move || look.as_table.get().to_string()
                    on:click=move |_| look.as_table.update(|open| *open = !*open)>"Table"</button>
                <ChartExports chart/>
            </figcaption>
            <Plot chart look hovered/>
            <Show when=move || look.as_table.get()><DataTable chart/></Show>
        </figure>
    }
}
