//! Text on a canvas: the page's own font, each width measured once.

use std::{cell::RefCell, collections::HashMap};

use heapgym_shared::chart::FONT_SIZE_PER_EM;
use plotters_backend::{BackendTextStyle, FontStyle};
use wasm_bindgen::JsValue;
use web_sys::CanvasRenderingContext2d;

/// Most widths that are kept. Labels of axes are few, but a long session has many.
const MAX_WIDTHS: usize = 1024;

thread_local! {
    static WIDTHS: RefCell<HashMap<(String, String), f64>> = RefCell::default();
}

/// The font of a style, as CSS writes it. The family is the system's, as on the rest of the page.
pub(super) fn font(style: &impl BackendTextStyle) -> String {
    let face = match style.style() {
        FontStyle::Normal => "",
        FontStyle::Italic => "italic ",
        FontStyle::Oblique => "oblique ",
        FontStyle::Bold => "bold ",
    };
    format!("{face}{}px system-ui, sans-serif", style.size() / FONT_SIZE_PER_EM)
}

/// The width of a text, in drawing units.
pub(super) fn width(
    context: &CanvasRenderingContext2d,
    text: &str,
    style: &impl BackendTextStyle,
) -> Result<f64, JsValue> {
    let key = (font(style), text.to_owned());
    if let Some(width) = WIDTHS.with_borrow(|widths| widths.get(&key).copied()) {
        return Ok(width);
    }
    context.set_font(&key.0);
    let width = context.measure_text(text)?.width();
    WIDTHS.with_borrow_mut(|widths| {
        if widths.len() >= MAX_WIDTHS {
            widths.clear();
        }
        widths.insert(key, width);
    });
    Ok(width)
}
