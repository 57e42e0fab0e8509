//! The form: what to run.

use heapgym_shared::{load::PROFILES, workload::WORKLOADS};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    field_row::{FieldRow, PickRow},
    help::plain,
    preset_row::PresetRow,
    swatch::Swatch,
};
use crate::{
    live::{attr, each, live, on},
    model::form::{Field, LOAD_KIND, Place, VARIANT, WORKLOAD, forecast},
    session::use_session,
};

/// The form. On a narrow screen it folds to one line.
#[component]
pub fn RunForm() -> impl IntoView {
    let session = use_session();
    let open = RwSignal::new(false);
    let variant = Signal::derive(move || session.form(|form| form.variant().to_owned()));
    view! {
        <form id="run-form" class="run-form" data-open=attr(move || open.get().to_string()) autocomplete="off"
            on:submit=on(move |event: SubmitEvent| {
                event.prevent_default();
                open.set(false);
                session.run();
            })
        >
            <button
                type="button" class="fold" aria-controls="fields" aria-expanded=attr(move || open.get().to_string())
                on:click=on(move |_| open.update(|open| *open = !*open))
            >
                <Swatch variant/>
                <span>{live(move || session.form(|form| form.one_line()))}</span>
                <span class="quiet">{live(move || if open.get() { "close" } else { "change" })}</span>
            </button>
            <div id="fields" class="fields">
                <Picks/>
                <FieldList place=Place::Front/>
                <details class="more">
                    <summary>"More settings"</summary>
                    <div class="fields"><FieldList place=Place::Fold/></div>
                </details>
            </div>
        </form>
    }
}

/// The three choices that decide which fields there are.
#[component]
fn Picks() -> impl IntoView {
    let session = use_session();
    let workloads = Signal::derive(|| WORKLOADS.iter().map(|info| (info.id, info.title)).collect());
    let variants = Signal::derive(move || {
        session.form(|form| form.workload().variant_ids().into_iter().map(|id| (id, id)).collect())
    });
    let kinds = Signal::derive(|| PROFILES.iter().map(|info| (info.id, info.title)).collect());
    let forecast = move || session.form(|form| form.check().ok().map(|spec| forecast(&spec)));
    let summary = move || {
        session.form(|form| {
            let mut variants = form.workload().variants.iter();
            variants.find(|info| info.id == form.variant()).map_or("", |info| info.summary)
        })
    };
    let watch = move || session.form(|form| plain(form.workload().watch));
    view! {
        <PresetRow/>
        <PickRow id="workload" title="Workload" path=WORKLOAD options=workloads help=about_workloads()
            picked=Signal::derive(move || session.form(|form| form.workload().id.to_owned()))/>
        <PickRow id="variant" title="Variant" path=VARIANT options=variants help=ABOUT_VARIANTS
            picked=Signal::derive(move || session.form(|form| form.variant().to_owned()))/>
        <p id="variant-summary" class="summary quiet">{live(summary)}</p>
        <p id="watch" class="summary quiet"><strong>"Watch: "</strong>{live(watch)}</p>
        <PickRow id="load-kind" title="Load" path=LOAD_KIND options=kinds help=about_loads()
            picked=Signal::derive(move || session.form(|form| form.load_kind().to_owned()))/>
        <p id="forecast" class="summary quiet">{live(forecast)}</p>
    }
}

/// The fields of one place.
#[component]
fn FieldList(
    /// Which of them.
    place: Place,
) -> impl IntoView {
    let session = use_session();
    let fields = move || {
        let mut fields = session.form(|form| form.fields());
        fields.retain(|field| field.place == place);
        fields
    };
    // A field is made anew when its range changes with the server's limits.
    let key = Field::key;
    each(fields, key, |field| view! { <FieldRow field/> })
}

const ABOUT_VARIANTS: &str =
    "How the handler is written. All variants of a workload answer with the same bytes.";

/// What the service does for each request.
fn about_workloads() -> String {
    let about = WORKLOADS.iter().map(|info| format!("{}: {} {}", info.title, info.summary, info.claim));
    about.collect::<Vec<_>>().join(" ")
}

/// When the requests of each kind of load start.
fn about_loads() -> String {
    let about = PROFILES.iter().map(|info| format!("{}: {}", info.title, info.summary));
    about.collect::<Vec<_>>().join(" ")
}
