//! What a figure or a field means, one gesture away: by mouse, touch and keyboard.

use leptos::prelude::*;

/// A question mark that opens an explanation; Escape or a press elsewhere closes it.
#[component]
pub fn Help(
    /// Id of the explanation, unique on the page.
    #[prop(into)]
    id: String,
    /// What is explained.
    #[prop(into)]
    about: String,
    /// The explanation.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let label = format!("What is {about}?");
    view! {
        <button
            type="button" class="help" popovertarget=id.clone() aria-label=label
        >"?"</button>
        <div id=id class="explanation" popover="auto">
            <strong>{about}</strong>
            <p>{plain(&text)}</p>
        </div>
    }
}

/// A text without the backticks around its words, which mean something in a terminal only.
pub fn plain(text: &str) -> String {
    text.replace('`', "")
}
