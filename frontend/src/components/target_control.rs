//! What can be turned of the target while it is under load: its allocator, its soft limit, its pools.

use heapgym_shared::adjust::Adjustment;
use leptos::prelude::*;

use super::{help::Help, setting_field::SettingField};
use crate::{model::control::Setting, session::use_session};

/// Each knob with its words. What a turn did is among the events.
const KNOBS: [(&str, &str, Adjustment); 5] = [
    ("purge", "Purge", Adjustment::Purge),
    ("decay-none", "Decay 0", Adjustment::SetDecay { dirty_ms: Some(0), muzzy_ms: None }),
    ("decay-default", "Decay 10 s", Adjustment::SetDecay { dirty_ms: Some(10_000), muzzy_ms: None }),
    ("background-on", "Background on", Adjustment::SetBackgroundThread { on: true }),
    ("background-off", "Background off", Adjustment::SetBackgroundThread { on: false }),
];

const HELP: &str = "Purge gives all freed pages back now. Decay is how long freed pages are kept for reuse: with 0 they go at \
                    once, and come back as page faults. Background threads give pages back while the service is idle. Each \
                    turn is among the events, with what was kept before and after.";

/// The knobs of the run that is under load.
#[component]
pub fn TargetControl(
    /// What can be set to a number.
    settings: Vec<Setting>,
    /// Whether nothing can be sent now.
    disabled: Signal<bool>,
) -> impl IntoView {
    let session = use_session();
    let knob = move |(id, words, change): (&'static str, &'static str, Adjustment)| {
        view! {
            <button id=id type="button" disabled=disabled on:click=move |_| session.adjust(change)>{words}</button>
        }
    };
    let field = move |setting| {
        view! { <SettingField setting disabled note="Set, it holds to the end of the run."/> }
    };
    let opened = RwSignal::new(false);
    let settings = StoredValue::new(settings);
    view! {
        // Folded, for on a phone these controls cover what they change, and made when they are unfolded: load begins
        // with enough to do.
        <details class="more" on:toggle=move |_| opened.set(true)>
            <summary id="knobs">"Allocator and limits"</summary>
            <Show when=move || opened.get()>
                <div class="knobs" role="group" aria-label="Turn the allocator's knobs">
                    {KNOBS.map(knob).collect_view()}
                    <Help id="knobs-help" about="Allocator" text=HELP.to_owned()/>
                </div>
                <div class="settings">{settings.get_value().into_iter().map(field).collect_view()}</div>
            </Show>
        </details>
    }
}
