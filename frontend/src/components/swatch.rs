//! A short piece of a line as charts draw it: colour and dash.

use heapgym_shared::chart::stroke;
use leptos::prelude::*;

use crate::appearance::use_appearance;

/// A short piece of a variant's line.
#[component]
pub fn Swatch(
    /// The variant.
    #[prop(into)]
    variant: Signal<String>,
    /// The series within its charts; 0 is the variant's own colour.
    #[prop(default = 0)]
    series: usize,
) -> impl IntoView {
    let appearance = use_appearance();
    let line = move || stroke(appearance.theme(), &variant.read(), series);
    view! {
        <svg
            class="swatch" width="24" height="8" aria-hidden="true"
            data-ground=move || appearance.theme().id()
        >
            <line
                x1="0" y1="4" x2="24" y2="4"
                stroke=move || line().css_color()
                stroke-dasharray=move || line().css_dash()
                stroke-width=move || line().width.max(1.5).to_string()
            />
        </svg>
    }
}

/// A run by its variant: line and name.
#[component]
pub fn RunName(
    /// The variant.
    #[prop(into)]
    variant: Signal<String>,
) -> impl IntoView {
    view! { <span class="run-name"><Swatch variant/>{variant}</span> }
}
