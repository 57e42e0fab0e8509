//! One field of the form: label, help, input, and what is wrong with it.

use heapgym_shared::field::Parameter;
use leptos::prelude::*;

use super::help::Help;
use crate::{
    model::form::Field,
    session::{Refusal, use_session},
};

/// A field whose value is typed, or picked from a few words.
#[component]
pub fn FieldRow(
    /// The field.
    field: Field,
) -> impl IntoView {
    let session = use_session();
    let (title, help, options) = match &field.input {
        Parameter::Number(number) => (number.title, format!("{} {}.", number.help, number.allowed()), None),
        Parameter::Choice(choice) => (choice.title, choice.help.to_owned(), Some(choice.options)),
    };
    let id = field.id.clone();
    let path = field.path.clone();
    match options {
        Some(options) => {
            let options = Signal::derive(move || options.iter().map(|word| (*word, *word)).collect());
            let picked = Signal::derive(move || session.form(|form| form.text(&field)));
            view! { <PickRow id title path options picked help/> }.into_any()
        }
        None => {
            let text = Signal::derive(move || session.form(|form| form.text(&field)));
            view! { <NumberRow id title path text help/> }.into_any()
        }
    }
}

/// A field for a number with its unit.
#[component]
fn NumberRow(
    /// Its id on the page.
    id: String,
    /// Its label.
    title: &'static str,
    /// Its path in the specification.
    path: String,
    /// What stands in it.
    text: Signal<String>,
    /// What it does and accepts.
    help: String,
) -> impl IntoView {
    let session = use_session();
    let refusal = refusal(path.clone());
    let error_id = format!("{id}-error");
    view! {
        <div class="field">
            <div class="label">
                <label for=id.clone()>{title}</label>
                <Help id=format!("{id}-help") about=title text=help/>
            </div>
            <input id=id type="text" spellcheck="false" placeholder="default" prop:value=text
                aria-invalid=move || refusal.get().is_some().to_string() aria-describedby=error_id.clone()
                on:input=move |event| session.edit(&path, event_target_value(&event))/>
            <p id=error_id class="refusal">{refusal}</p>
        </div>
    }
}

/// A field whose value is picked from a list.
#[component]
pub fn PickRow(
    /// Its id on the page.
    #[prop(into)]
    id: String,
    /// Its label.
    title: &'static str,
    /// Its path in the specification.
    #[prop(into)]
    path: String,
    /// The ids and titles to pick from.
    options: Signal<Vec<(&'static str, &'static str)>>,
    /// The id that is picked.
    picked: Signal<String>,
    /// What the field does, one gesture away.
    #[prop(into)]
    help: String,
) -> impl IntoView {
    let session = use_session();
    let refusal = refusal(path.clone());
    let error_id = format!("{id}-error");
    view! {
        <div class="field">
            <div class="label">
                <label for=id.clone()>{title}</label>
                <Help id=format!("{id}-help") about=title text=help/>
            </div>
            <select id=id aria-describedby=error_id.clone() prop:value=picked
                on:change=move |event| session.edit(&path, event_target_value(&event))
            >
                <For each=move || options.get() key=|option| option.0 let((id, title))>
                    <option value=id selected=move || *picked.read() == id>{title}</option>
                </For>
            </select>
            <p id=error_id class="refusal">{refusal}</p>
        </div>
    }
}

/// What is wrong with the field at a path.
fn refusal(path: String) -> Memo<Option<String>> {
    let Refusal(refusal) = expect_context();
    Memo::new(move |_| {
        let refusal = refusal.get().filter(|refusal| refusal.field == path)?;
        Some(format!("It {}. Allowed: {}.", refusal.reason, refusal.allowed))
    })
}
