//! Whether a part of the page is in sight: what nobody sees needs no drawing.

use js_sys::Array;
use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{IntersectionObserver, IntersectionObserverEntry, IntersectionObserverInit};

/// How far outside of the window a part counts as seen, so that it is ready when it is scrolled to.
const MARGIN: &str = "150px";

/// Tells whether an element is in sight, whenever that changes.
pub fn watch_sight(element: NodeRef<html::Div>, tell: impl Fn(bool) + Clone + 'static) {
    Effect::new(move || {
        let Some(element) = element.get() else { return };
        let tell = tell.clone();
        let changed = Closure::<dyn Fn(Array)>::new(move |entries: Array| {
            let last = entries.pop().dyn_into::<IntersectionObserverEntry>();
            if let Ok(entry) = last {
                tell(entry.is_intersecting());
            }
        });
        let options = IntersectionObserverInit::new();
        options.set_root_margin(MARGIN);
        let observer = IntersectionObserver::new_with_options(changed.as_ref().unchecked_ref(), &options);
        let Ok(observer) = observer else { return };
        observer.observe(&element);
        // The observer lives as long as its element.
        changed.forget();
    });
}
