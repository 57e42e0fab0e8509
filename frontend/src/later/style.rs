//! The look of the parts that come later: they bring it with them, so that the first load need not.

use leptos::prelude::*;

const STYLE: &str = include_str!("../../later.css");

/// Puts the look into the page, once and before anything that it is of.
pub(super) fn bring() {
    let Some(head) = document().head() else { return };
    let Ok(style) = document().create_element("style") else { return };
    style.set_text_content(Some(STYLE));
    // Without it the parts are there and plain.
    let _ = head.append_child(&style);
}
