//! The size of a part of the page, as it changes.

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};

/// The size of an element in whole CSS pixels, as it changes.
pub fn box_size(element: NodeRef<html::Div>) -> ReadSignal<(u32, u32)> {
    let (size, set_size) = signal((0, 0));
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        let measured = element.clone();
        let measure = Closure::<dyn Fn()>::new(move || {
            // Nobody looks any more when the part has gone.
            let _ = set_size
                .try_set((measured.client_width().max(0) as u32, measured.client_height().max(0) as u32));
        });
        let Ok(observer) = web_sys::ResizeObserver::new(measure.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        // The observer lives as long as its element.
        measure.forget();
    });
    size
}
