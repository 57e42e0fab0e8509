//! The search within a flame graph: how much of the whole the functions are whose name holds some words.

use heapgym_shared::profile::flame::Found;
use leptos::{ev::KeyboardEvent, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::heap_profile::{Look, Progress};

/// Id of the field, which `/` leads to.
pub const SEARCH: &str = "heap-search";

/// The field, and what it found.
#[component]
pub fn FlameSearch(
    /// What is looked at.
    look: Look,
    /// The tree that is searched.
    progress: Memo<Progress>,
    /// What was found.
    found: Memo<Found>,
) -> impl IntoView {
    let words = move || progress.read().tree()?.covered(&found.read());
    view! {
        <div class="flame-search">
            <input id=SEARCH type="search" spellcheck="false" placeholder="Search functions ( / )"
                aria-label="Search functions" aria-describedby="heap-found" prop:value=look.query
                on:keydown=move |event: KeyboardEvent| if event.key() == "Enter" { focus_first_found() }
                on:input=move |event| look.query.set(event_target_value(&event))/>
            <span id="heap-found" class="figures" role="status">{words}</span>
        </div>
    }
}

/// Gives the keyboard to the first frame that was found, if any.
fn focus_first_found() {
    let first = document().query_selector(".frame[data-found=true]").ok().flatten();
    if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
        // A browser that does not move the focus leaves it where it was.
        let _ = first.focus();
    }
}
