//! The choice between light, dark, and what the system says.

use leptos::prelude::*;

use crate::{
    appearance::{Choice, use_appearance},
    live::{CollectAny, attrs, becomes, is, on},
};

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
            <option {..attrs([is("value", choice.id()), becomes("selected", move || appearance.choice() == choice)])}>{title}</option>
        }
    };
    view! {
        <label {..attrs([is("class", "theme")])}>
            <span class="quiet">"Theme"</span>
            <select
                {..attrs([is("id", "theme"), is("aria-label", "Theme")])}
                on:change=on(move |event| appearance.choose(Choice::parse(&event_target_value(&event))))
            >
                {Choice::ALL.into_iter().map(option).collect_any()}
            </select>
        </label>
    }
}
