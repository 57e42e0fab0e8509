//! A field that sets a number of a run that goes on, with its button and what the server said of it.

use heapgym_shared::{Rejection, adjust::Adjustment};
use leptos::prelude::*;

use super::help::Help;
use crate::{
    model::{
        control::Setting,
        dashboard::{Dashboard, Notice},
    },
    session::use_session,
};

/// The field with its button.
#[component]
pub fn SettingField(
    /// What is set.
    setting: Setting,
    /// What the field's own help does not say.
    note: &'static str,
    /// Whether nothing can be sent now.
    disabled: Signal<bool>,
) -> impl IntoView {
    let session = use_session();
    let Setting { id, field, specified, .. } = setting.clone();
    let text = RwSignal::new(specified);
    let misread = RwSignal::new(None::<Rejection>);
    let refusal = {
        let setting = setting.clone();
        Memo::new(move |_| {
            let refused = misread.get().or_else(|| session.read(|all| refused(all, &setting)))?;
            Some(format!("It {}. Allowed: {}.", refused.reason, refused.allowed))
        })
    };
    let help = format!("{} {note} {}.", field.help, field.allowed());
    let edit = move |event| {
        text.set(event_target_value(&event));
        misread.set(None);
        session.dismiss();
    };
    let set = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let read: Result<Adjustment, _> = setting.read(&text.read_untracked());
        match read {
            Ok(change) => session.adjust(change),
            Err(refusal) => misread.set(Some(refusal)),
        }
    };
    let (value_id, help_id, error_id) = (format!("{id}-value"), format!("{id}-help"), format!("{id}-error"));
    view! {
        <form class="setting" autocomplete="off" on:submit=set>
            <div class="label">
                <label for=value_id.clone()>{field.title}</label>
                <Help id=help_id about=field.title text=help/>
            </div>
            <input id=value_id type="text" inputmode="decimal" spellcheck="false" prop:value=text
                aria-invalid=move || refusal.get().is_some().to_string() aria-describedby=error_id.clone()
                on:input=edit/>
            <button id=id type="submit" disabled=disabled>"Set"</button>
            <p id=error_id class="refusal" role="alert">{move || refusal.get()}</p>
        </form>
    }
}

/// What the server said of the last change, if it refused it and it was this one.
fn refused(dashboard: &Dashboard, setting: &Setting) -> Option<Rejection> {
    match dashboard.notice() {
        Some(Notice::Refused(refusal)) if setting.is_refused_by(refusal) => Some(refusal.clone()),
        _ => None,
    }
}
