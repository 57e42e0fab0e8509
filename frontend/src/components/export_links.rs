//! Links to files: a chart as picture or table, a run as a whole. The server writes them, drawn as the page draws.

use heapgym_shared::chart::Chart;
use leptos::prelude::*;

use crate::{
    appearance::use_appearance,
    model::run::Run,
    session::{RunsInSight, use_session},
};

/// The chart of the runs in sight as SVG, PNG and CSV.
#[component]
pub fn ChartExports(
    /// The chart.
    chart: &'static Chart,
) -> impl IntoView {
    let session = use_session();
    let RunsInSight(runs) = expect_context();
    let on_server =
        Memo::new(move |_| session.read(|dashboard| dashboard.runs().iter().all(Run::is_on_server)));
    let appearance = use_appearance();
    let links = move || {
        let theme = appearance.theme().id();
        let ids: Vec<String> = runs.get().iter().map(ToString::to_string).collect();
        let place = match ids.len() {
            1 => format!("i/r/{}", ids[0]),
            _ => format!("i/c/{}", ids.join("..")),
        };
        let pictures = [("SVG", "svg"), ("PNG", "png")].map(|(name, format)| {
            link(name.to_owned(), format!("{place}.{format}?chart={}&theme={theme}", chart.id))
        });
        let tables = ids.iter().enumerate().map(|(at, id)| {
            let name = if ids.len() > 1 { format!("CSV {}", at + 1) } else { "CSV".to_owned() };
            link(name, format!("api/runs/{id}/samples.csv?chart={}", chart.id))
        });
        pictures.into_iter().chain(tables).collect::<Vec<_>>()
    };
    view! {
        <Show when=move || !runs.read().is_empty() && on_server.get()>
            <details class="exports">
                <summary aria-label=format!("{}: export", chart.title)>"Export"</summary>
                <div>{links}</div>
            </details>
        </Show>
    }
}

/// Every run in sight that has ended, as one page, as data and as a table of everything.
#[component]
pub fn RunExports() -> impl IntoView {
    let session = use_session();
    let ended = Memo::new(move |_| {
        session.read(|dashboard| {
            let ended = dashboard.runs().iter().filter(|run| run.outcome().is_some() && run.is_on_server());
            ended.map(|run| (run.id.to_string(), run.variant().to_owned())).collect::<Vec<_>>()
        })
    });
    let row = |(id, variant): (String, String)| {
        let files = [("HTML", "export.html"), ("JSON", "export.json"), ("CSV", "samples.csv")];
        let files = files.map(|(name, file)| link(name.to_owned(), format!("api/runs/{id}/{file}")));
        view! { <span>"Export "{variant}": "</span>{files.into_iter().collect::<Vec<_>>()} }
    };
    view! {
        <Show when=move || !ended.read().is_empty()>
            <p class="exports whole">{move || ended.get().into_iter().map(row).collect_view()}</p>
        </Show>
    }
}

fn link(name: String, address: String) -> AnyView {
    view! { <a href=address download="">{name}</a>" " }.into_any()
}
