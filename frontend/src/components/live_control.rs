//! What can be changed of a run while it is under load: pause, resume, and how much is asked of it.

use heapgym_shared::{Rejection, adjust::Adjustment};
use leptos::prelude::*;

use super::{help::Help, target_control::TargetControl};
use crate::{
    connection::ConnectionState,
    model::{
        control::Control,
        dashboard::{Dashboard, Notice},
    },
    session::use_session,
};

/// The control of the run that is under load; a run that follows has its own, with its own beginning.
#[component]
pub fn LiveControl() -> impl IntoView {
    let session = use_session();
    let control = Memo::new(move |_| session.read(Dashboard::control));
    let run = |control: &Control| control.run.clone();
    view! { <For each=move || control.get() key=run let:control><ControlOf control/></For> }
}

/// The control of one run.
#[component]
fn ControlOf(
    /// What can be changed.
    control: Control,
) -> impl IntoView {
    let session = use_session();
    let run = control.run.clone();
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
            <LoadField control disabled=Signal::derive(disconnected)/>
            <TargetControl disabled=Signal::derive(disconnected)/>
        </div>
    }
}

/// The field for the rate or the concurrency, with its button.
#[component]
fn LoadField(
    /// What can be changed.
    control: Control,
    /// Whether nothing can be sent now.
    disabled: Signal<bool>,
) -> impl IntoView {
    let session = use_session();
    let text = RwSignal::new(control.specified.clone());
    let misread = RwSignal::new(None::<Rejection>);
    let refusal = move || {
        let refused = misread.get().or_else(|| session.read(refused_change))?;
        Some(format!("It {}. Allowed: {}.", refused.reason, refused.allowed))
    };
    let field = control.field;
    let help = format!(
        "{} Set, it holds for the rest of the load, whatever the profile says. {}.",
        field.help,
        field.allowed()
    );
    let edit = move |event| {
        text.set(event_target_value(&event));
        misread.set(None);
        session.dismiss();
    };
    let set = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match control.read(&text.read_untracked()) {
            Ok(change) => session.adjust(change),
            Err(refusal) => misread.set(Some(refusal)),
        }
    };
    view! {
        <form class="set-load" autocomplete="off" on:submit=set>
            <div class="label">
                <label for="set-load-value">{field.title}</label>
                <Help id="set-load-help" about=field.title text=help/>
            </div>
            <input id="set-load-value" type="text" inputmode="decimal" spellcheck="false" prop:value=text
                aria-invalid=move || refusal().is_some().to_string() aria-describedby="set-load-error"
                on:input=edit/>
            <button id="set-load" type="submit" disabled=disabled>"Set"</button>
            <p id="set-load-error" class="refusal" role="alert">{refusal}</p>
        </form>
    }
}

/// What the server said of the last change, if it refused it.
fn refused_change(dashboard: &Dashboard) -> Option<Rejection> {
    match dashboard.notice() {
        Some(Notice::Refused(refusal)) if Control::is_of_change(refusal) => Some(refusal.clone()),
        _ => None,
    }
}
