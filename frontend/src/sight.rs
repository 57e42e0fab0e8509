//! Whether a part of the page is in sight: what nobody sees needs no drawing.

use leptos::{html, prelude::*};
use leptos_use::{UseIntersectionObserverOptions, use_intersection_observer_with_options};

/// How far outside of the window a part counts as seen, so that it is ready when it is scrolled to.
const MARGIN: &str = "150px";

/// Tells whether an element is in sight, whenever that changes.
pub fn watch_sight(element: NodeRef<html::Div>, tell: impl Fn(bool) + 'static) {
    use_intersection_observer_with_options(
        element,
        move |entries, _| {
            if let Some(entry) = entries.last() {
                tell(entry.is_intersecting());
            }
        },
        UseIntersectionObserverOptions::default().root_margin(MARGIN),
    );
}
