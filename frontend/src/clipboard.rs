//! Puts a text where the reader can paste it from.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Copies a text; tells whether the browser did so. It refuses on pages that came without encryption from another
/// machine.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let has_one = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"))
        .is_ok_and(|clipboard| !clipboard.is_undefined());
    has_one && JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
