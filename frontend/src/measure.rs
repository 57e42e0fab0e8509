//! The size of a part of the page, as it changes.

use leptos::{html, prelude::*};
use leptos_use::use_resize_observer;

/// The size of an element in whole CSS pixels, as it changes.
pub fn box_size(element: NodeRef<html::Div>) -> ReadSignal<(u32, u32)> {
    let (size, set_size) = signal((0, 0));
    use_resize_observer(element, move |_, _| {
        if let Some(Some(element)) = element.try_get_untracked() {
            set_size.set((element.client_width().max(0) as u32, element.client_height().max(0) as u32));
        }
    });
    size
}
