//! What can be run, a card for each workload, as long as nothing has.

use heapgym_shared::workload::{VariantInfo, WORKLOADS, WorkloadInfo};
use leptos::prelude::*;

use super::{help::plain, swatch::RunName};
use crate::{
    model::{
        brief::Status,
        form::{VARIANT, WORKLOAD},
    },
    session::{Session, use_session},
};

/// The cards. One press on a variant takes it into the form.
#[component]
pub fn WorkloadCards() -> impl IntoView {
    let session = use_session();
    view! {
        <Show when=move || session.status() == Status::Idle>
            <section class="cards" aria-label="What can be run">
                {WORKLOADS.iter().map(|info| card(session, info)).collect_view()}
            </section>
        </Show>
    }
}

fn card(session: Session, info: &'static WorkloadInfo) -> impl IntoView {
    let variants = info.variants.iter().map(|variant| variant_row(session, info, variant));
    view! {
        <article class="card">
            <h2>{info.title}</h2>
            <p>{plain(info.summary)}</p>
            <ul>{variants.collect_view()}</ul>
        </article>
    }
}

fn variant_row(
    session: Session,
    info: &'static WorkloadInfo,
    variant: &'static VariantInfo,
) -> impl IntoView {
    let chosen = move || session.form(|form| form.workload().id == info.id && form.variant() == variant.id);
    let choose = move |_| {
        session.edit(WORKLOAD, info.id.to_owned());
        session.edit(VARIANT, variant.id.to_owned());
    };
    view! {
        <li>
            <button type="button" data-card=format!("{}/{}", info.id, variant.id)
                aria-pressed=move || chosen().to_string() on:click=choose>
                <RunName variant=Signal::stored(variant.id.to_owned())/>
                <span class="quiet">{plain(variant.summary)}</span>
            </button>
        </li>
    }
}
