//! Ways around the page itself: focus, and the reader's clock.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};

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

/// An instant, in milliseconds since 1970, as the reader's clock and language have it.
pub fn local_time(at_ms: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    String::from(date.to_locale_string("default", &JsValue::UNDEFINED))
}
