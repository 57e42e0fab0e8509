//! What somebody writes on a run, and the name that it is given as a baseline: folded away until it is asked for.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::{kept_run::KeptRun, model::history::tags};

/// The fields.
#[component]
pub fn RunLabels(
    /// The run.
    run: KeptRun,
) -> impl IntoView {
    let note = RwSignal::new(run.labels.read_untracked().note.clone());
    let words = RwSignal::new(run.labels.read_untracked().tags.join(", "));
    let name = RwSignal::new(String::new());
    let save = move |event: SubmitEvent| {
        event.prevent_default();
        run.annotate(note.get_untracked(), tags(&words.read_untracked()));
    };
    let keep = move |event: SubmitEvent| {
        event.prevent_default();
        run.name(name.get_untracked());
    };
    view! {
        <details class="labels">
            <summary>"Note, tags, baseline"</summary>
            <form class="annotate" on:submit=save>
                <label>"Note"<textarea rows="2" class="note-text" prop:value=note
                    on:input=move |event| note.set(event_target_value(&event))></textarea></label>
                <label>"Tags, between commas"<input type="text" class="tag-text" prop:value=words
                    on:input=move |event| words.set(event_target_value(&event))/></label>
                <button type="submit">"Save"</button>
            </form>
            <form class="name" on:submit=keep>
                <label>"Keep as the baseline called"<input type="text" class="baseline-name" prop:value=name
                    on:input=move |event| name.set(event_target_value(&event))/></label>
                <button type="submit">"Keep"</button>
            </form>
        </details>
    }
}
