//! The choice between light, dark, and what the system says.

use leptos::prelude::*;

use crate::appearance::{Choice, use_appearance};

/// The choice of the page's look.
#[component]
pub fn ThemeSelect() -> impl IntoView {
    let appearance = use_appearance();
    let option = |choice| {
        let title = match choice {
            Choice::System => "System",
            Choice::Light => "Light",
            Choice::Dark => "Dark",
        };
        view! {
            <option value=choice.id() selected=move || appearance.choice() == choice>{title}</option>
        }
    };
    view! {
        <label class="theme">
            <span class="quiet">"Theme"</span>
            <select
                id="theme" aria-label="Theme"
                on:change=move |event| appearance.choose(Choice::parse(&event_target_value(&event)))
            >
                {Choice::ALL.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}
