//! The handler's source, exactly as the server compiled it.

use leptos::prelude::*;

use crate::{catalog::Catalog, connection::ConnectionState, session::use_session};

/// The handler's source. It follows the form, and the reader can look at the other variants.
#[component]
pub fn SourceView() -> impl IntoView {
    let session = use_session();
    let chosen = Memo::new(move |_| session.form(|form| (form.workload().id, form.variant())));
    let looked_at = RwSignal::new(None::<&'static str>);
    Effect::new(move |_| {
        chosen.track();
        looked_at.set(None);
    });
    let variant = Memo::new(move |_| looked_at.get().unwrap_or(chosen.get().1));
    let tabs = move || {
        let ids = session.form(|form| form.workload().variant_ids());
        ids.into_iter()
            .map(|id| {
                view! {
                    <button type="button" aria-pressed=move || (variant.get() == id).to_string()
                        on:click=move |_| looked_at.set(Some(id))>{id}</button>
                }
            })
            .collect_view()
    };
    view! {
        <section id="source" class="source" data-variant=move || variant.get()>
            <div class="heading">
                <h2>"Source"</h2>
                <div class="legend" role="group" aria-label="Variant">{tabs}</div>
            </div>
            <SourceText workload=Signal::derive(move || chosen.get().0) variant/>
        </section>
    }
}

/// The text of the source, or why it is not there.
#[component]
fn SourceText(
    /// The workload.
    workload: Signal<&'static str>,
    /// The variant.
    variant: Memo<&'static str>,
) -> impl IntoView {
    let session = use_session();
    let catalog = Catalog::fetched();
    // A server that comes back is asked again, without anybody having to press the button.
    Effect::new(move |_| {
        let open = session.connection_state() == ConnectionState::Open;
        if open && catalog.has_failed() {
            catalog.fetch();
        }
    });
    move || match catalog.source(workload.get(), variant.get()) {
        None => view! { <p class="quiet">"Fetching the source from the server."</p> }.into_any(),
        Some(Err(reason)) => view! {
            <p>"The source is not here: "{reason}"."</p>
            <button type="button" on:click=move |_| catalog.fetch()>"Fetch it again"</button>
        }
        .into_any(),
        Some(Ok(text)) => {
            let text = text.unwrap_or_else(|| "This handler has no source here.".to_owned());
            view! {
                <pre tabindex="0" role="region" aria-label="Source of the handler"><code>{text}</code></pre>
            }
            .into_any()
        }
    }
}
