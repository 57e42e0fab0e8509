//! Presets: a whole specification with one press.

use heapgym_shared::preset::PRESETS;
use leptos::prelude::*;

use super::help::Help;
use crate::session::use_session;

/// A button for each preset. It fills the form; Run starts it.
#[component]
pub fn PresetRow() -> impl IntoView {
    let session = use_session();
    let about = PRESETS.iter().map(|preset| format!("{}: {}", preset.title, preset.summary));
    let about = about.collect::<Vec<_>>().join(" ");
    let buttons = PRESETS.iter().map(|preset| {
        view! {
            <button type="button" data-preset=preset.id title=preset.summary
                on:click=move |_| session.use_preset(preset)>{preset.title}</button>
        }
    });
    view! {
        <div class="field wide presets" role="group" aria-labelledby="presets-title">
            <div class="label">
                <span id="presets-title">"Presets"</span>
                <Help id="presets-help" about="a preset" text=format!("A run that is set up already. {about}")/>
            </div>
            {buttons.collect_view()}
        </div>
    }
}
