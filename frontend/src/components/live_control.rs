//! What can be changed of a run while it is under load: pause, resume, and how much is asked of it.

use heapgym_shared::adjust::Adjustment;
use leptos::prelude::*;

use super::{profile_control::ProfileControl, setting_field::SettingField, target_control::TargetControl};
use crate::{
    connection::ConnectionState,
    model::{control::Control, dashboard::Dashboard},
    session::use_session,
};

/// The control of the run that is under load; a run that follows has its own, with its own beginning.
#[component]
pub fn LiveControl() -> impl IntoView {
    let session = use_session();
    let control = Memo::new(move |_| session.read(Dashboard::control));
    view! {
        <For each=move || control.get() key=|control| control.run.clone() let(control)>
            <ControlOf control/>
        </For>
    }
}

/// The control of one run.
#[component]
fn ControlOf(
    /// What can be changed.
    control: Control,
) -> impl IntoView {
    let session = use_session();
    let run = control.run.clone();
    let profiled = control.run.clone();
    let paused = Memo::new(move |_| session.read_run(&run, |run| run.is_paused()).unwrap_or(false));
    let disconnected = move || session.connection_state() != ConnectionState::Open;
    let toggle = move |_| session.adjust(if paused.get() { Adjustment::Resume } else { Adjustment::Pause });
    view! {
        <div class="live" role="group" aria-label="Change the run">
            // One button with two names, so that the keyboard stays on it.
            <button
                id=move || if paused.get() { "resume" } else { "pause" }
                type="button" disabled=disconnected on:click=toggle
            >
                {move || if paused.get() { "Resume" } else { "Pause" }}
            </button>
            <SettingField
                setting=control.load disabled=Signal::derive(disconnected)
                note="Set, it holds for the rest of the load, whatever the profile says."
            />
            <TargetControl settings=control.target disabled=Signal::derive(disconnected)/>
            <ProfileControl run=profiled disabled=Signal::derive(disconnected)/>
        </div>
    }
}
