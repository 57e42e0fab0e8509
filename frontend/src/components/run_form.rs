//! The form: what to run.

use heapgym_shared::{load::PROFILES, workload::WORKLOADS};
use leptos::{ev::SubmitEvent, prelude::*};

use super::{
    copy_link::CopyLink,
    field_row::{FieldRow, PickRow},
    help::plain,
    load_preview::LoadPreview,
    preset_row::PresetRow,
    swatch::Swatch,
};
use crate::{
    model::form::{LOAD_KIND, Place, VARIANT, WORKLOAD},
    session::{Judgement, use_session},
    turns::in_turn,
};

/// The form. On a narrow screen it folds to one line.
#[component]
pub fn RunForm() -> impl IntoView {
    let session = use_session();
    let open = session.form_open;
    let variant = Signal::derive(move || session.form(|form| form.variant().to_owned()));
    view! {
        <form
            id="run-form" class="run-form" data-open=move || open.get().to_string() autocomplete="off"
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                open.set(false);
                session.run();
            }
        >
            <button
                type="button" class="fold" aria-controls="fields" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <Swatch variant/>
                <span>{move || session.form(|form| form.one_line())}</span>
                <span class="quiet">{move || if open.get() { "close" } else { "change" }}</span>
            </button>
            <div id="fields" class="fields">
                {in_turn(|| view! { <PresetRow/><Picks/> }.into_any())}
                {in_turn(move || view! {
                    <FieldList place=Place::Front/>
                    <details class="more">
                        <summary>"More settings"</summary>
                        <div class="fields"><FieldList place=Place::Fold/></div>
                    </details>
                    <CopyLink/>
                }.into_any())}
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
    let Judgement(judged) = expect_context();
    let forecast = move || {
        let judged = judged.read();
        format!("{} {}", judged.forecast, judged.memory)
    };
    let summary = move || {
        session.form(|form| {
            let mut variants = form.workload().variants.iter();
            variants.find(|info| info.id == form.variant()).map_or("", |info| info.summary)
        })
    };
    let watch = move || session.form(|form| plain(form.workload().watch));
    view! {
        <PickRow id="workload" title="Workload" path=WORKLOAD options=workloads help=about_workloads()
            picked=Signal::derive(move || session.form(|form| form.workload().id.to_owned()))/>
        <PickRow id="variant" title="Variant" path=VARIANT options=variants help=ABOUT_VARIANTS
            picked=Signal::derive(move || session.form(|form| form.variant().to_owned()))/>
        <p id="variant-summary" class="summary quiet">{summary}</p>
        <p id="watch" class="summary quiet"><strong>"Watch: "</strong>{watch}</p>
        <PickRow id="load-kind" title="Load" path=LOAD_KIND options=kinds help=about_loads()
            picked=Signal::derive(move || session.form(|form| form.load_kind().to_owned()))/>
        <p id="forecast" class="summary quiet">{forecast}</p>
        <div class="preview-place"><LoadPreview/></div>
    }
}

/// The fields of one place.
#[component]
fn FieldList(
    /// Which of them.
    place: Place,
) -> impl IntoView {
    let session = use_session();
    // Fields are made anew when others take their place, or a range changes with the server's limits.
    let fields = Memo::new(move |_| {
        let mut fields = session.form(|form| form.fields());
        fields.retain(|field| field.place == place);
        fields
    });
    move || fields.get().into_iter().map(|field| view! { <FieldRow field/> }).collect_view()
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
