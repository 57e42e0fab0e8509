//! A link that carries the settings, copied with one button.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    clipboard::copy,
    session::{Judgement, Session, use_session},
};

/// What became of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Copied {
    /// It is in the clipboard.
    Done,
    /// The browser refused; the reader takes it from here.
    Here(String),
}

/// The button, and what became of the link.
#[component]
pub fn CopyLink() -> impl IntoView {
    let session = use_session();
    let Judgement(judged) = expect_context();
    let copied = RwSignal::new(None::<Copied>);
    // What was copied is that no more once the reader goes on.
    let settings = Memo::new(move |_| session.form(|form| form.spec(None)));
    Effect::new(move |_| {
        settings.track();
        copied.set(None);
    });
    let said = move || match copied.get() {
        Some(Copied::Done) => "Copied. Whoever opens it finds these settings.",
        Some(Copied::Here(_)) => "This browser lets no page copy here. Take the link from this field:",
        None => "",
    };
    let link = move || match copied.get() {
        Some(Copied::Here(link)) => link,
        _ => String::new(),
    };
    view! {
        <div class="copy-link">
            <button id="copy-link" type="button" disabled=move || judged.read().refusal.is_some()
                on:click=move |_| take(session, copied)>"Copy link"</button>
            <span class="quiet" role="status">{said}</span>
            <Show when=move || !link().is_empty()>
                <input type="text" readonly aria-label="Link to these settings" prop:value=link
                    on:focus=|event: leptos::ev::FocusEvent| select(&event)/>
            </Show>
        </div>
    }
}

/// Copies a link to the settings as they are now.
fn take(session: Session, copied: RwSignal<Option<Copied>>) {
    let link = session.link();
    spawn_local(async move {
        let became = if copy(&link).await { Copied::Done } else { Copied::Here(link) };
        // The form may have gone.
        let _ = copied.try_set(Some(became));
    });
}

fn select(event: &leptos::ev::FocusEvent) {
    event_target::<web_sys::HtmlInputElement>(event).select();
}
