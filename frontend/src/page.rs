//! Ways around the page itself: focus, and other addresses.

use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Puts the keyboard on the first part that a selector names, if it is there.
pub fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
        // What cannot have the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Presses the first button that a selector names, if it is there and can be pressed.
pub fn press(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(button) = found.and_then(|button| button.dyn_into::<web_sys::HtmlElement>().ok()) {
        button.click();
    }
}

/// Leaves for another address of this instance.
pub fn go(path: &str) {
    // A browser that refuses leaves the reader where they are.
    let _ = window().location().set_href(path);
}
