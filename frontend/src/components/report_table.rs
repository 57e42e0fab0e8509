//! The reports of the runs in sight, side by side, folded away until they are asked for.

use heapgym_shared::Report;
use leptos::prelude::*;

use crate::{
    model::{
        dashboard::Dashboard,
        report_rows::{Part, parts},
    },
    session::use_session,
};

/// The table. It is there once every run in sight has its report.
#[component]
pub fn ReportTable() -> impl IntoView {
    let session = use_session();
    let variants = Memo::new(move |_| {
        session
            .read(|dashboard| dashboard.runs().iter().map(|run| run.variant().to_owned()).collect::<Vec<_>>())
    });
    let all = Memo::new(move |_| session.read(reports));
    let head = move || {
        variants.get().into_iter().map(|variant| view! { <th scope="col">{variant}</th> }).collect_view()
    };
    view! {
        <Show when=move || !all.read().is_empty()>
            <details id="report" class="report">
                <summary>"Report and environment"</summary>
                <div class="data-table" tabindex="0" role="region" aria-label="Report">
                    <table class="figures">
                        <thead><tr><th></th>{head}</tr></thead>
                        {move || all.get().into_iter().map(body).collect_view()}
                    </table>
                </div>
            </details>
        </Show>
    }
}

fn body(part: Part) -> impl IntoView {
    let Part { title, rows } = part;
    let columns = rows.first().map_or(1, |(_, figures)| figures.len() + 1);
    let row = |(title, figures): (&'static str, Vec<String>)| {
        view! {
            <tr>
                <td>{title}</td>
                {figures.into_iter().map(|figure| view! { <td>{figure}</td> }).collect_view()}
            </tr>
        }
    };
    view! {
        <tbody>
            <tr><th scope="rowgroup" colspan=columns>{title}</th></tr>
            {rows.into_iter().map(row).collect_view()}
        </tbody>
    }
}

fn reports(dashboard: &Dashboard) -> Vec<Part> {
    let reports: Option<Vec<&Report>> = dashboard.runs().iter().map(|run| run.report.as_deref()).collect();
    reports.filter(|reports| !reports.is_empty()).map(|reports| parts(&reports)).unwrap_or_default()
}
