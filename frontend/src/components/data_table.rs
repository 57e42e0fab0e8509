//! A chart's figures as a table, for who reads better than looks.

use heapgym_shared::chart::{Chart, table};
use leptos::prelude::*;

use crate::{session::use_session, timing::use_timing};

/// Instants that the table shows: enough to follow the run, few enough to read.
const ROWS: usize = 30;

/// A chart's figures as a table. It is made anew with each sample, so it is there only when asked for.
#[component]
pub fn DataTable(
    /// The chart.
    chart: &'static Chart,
) -> impl IntoView {
    let (session, timing) = (use_session(), use_timing());
    let rows = move || {
        let clock = timing.clock(session.read(|dashboard| dashboard.began_at_ms()));
        let table = session.read(|dashboard| table(chart, &dashboard.traces(), ROWS, clock));
        let header =
            table.header.into_iter().map(|title| view! { <th scope="col">{title}</th> }).collect_view();
        let row = |row: Vec<String>| {
            let cells = row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
            view! { <tr>{cells}</tr> }
        };
        view! {
            <thead><tr>{header}</tr></thead>
            <tbody>{table.rows.into_iter().map(row).collect_view()}</tbody>
        }
    };
    view! {
        <div class="data-table" tabindex="0" role="region" aria-label=format!("{} as a table", chart.title)>
            <table class="figures">{rows}</table>
        </div>
    }
}
