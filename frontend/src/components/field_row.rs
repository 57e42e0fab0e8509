//! One field of the form: label, help, input, and what is wrong with it.

use leptos::{either::EitherOf3, prelude::*};

use super::help::Help;
use crate::{
    model::form::{Field, Input},
    session::{Refusal, use_session},
};

/// A field whose value is typed, or picked from a few words.
#[component]
pub fn FieldRow(
    /// The field.
    field: Field,
) -> impl IntoView {
    match field.input {
        Input::Choice(choice) => {
            let session = use_session();
            let options = Signal::derive(move || choice.options.iter().map(|word| (*word, *word)).collect());
            let (id, title, path) = (field.id.clone(), field.input.title(), field.path.clone());
            let help = field.input.help();
            let picked = Signal::derive(move || session.form(|form| form.text(&field)));
            EitherOf3::A(view! { <PickRow id title path options picked help/> })
        }
        Input::Number(_) | Input::Stages(_) => EitherOf3::B(view! { <LineRow field/> }),
        Input::Thresholds => EitherOf3::C(view! { <LinesRow field/> }),
    }
}

/// A field for a number with its unit, or for anything else that is one line.
#[component]
fn LineRow(
    /// The field.
    field: Field,
) -> impl IntoView {
    let session = use_session();
    let refusal = refusal(field.clone());
    let (id, path, error_id) = (field.id.clone(), field.path.clone(), format!("{}-error", field.id));
    let wide = matches!(field.input, Input::Stages(_));
    let value = {
        let field = field.clone();
        move || session.form(|form| form.text(&field))
    };
    view! {
        <div class=if wide { "field wide" } else { "field" }>
            <FieldLabel field/>
            <input
                id=id
                type="text"
                spellcheck="false"
                placeholder="default"
                aria-invalid=move || refusal.get().is_some().to_string()
                aria-describedby=error_id.clone()
                prop:value=value
                on:input=move |event| session.edit(&path, event_target_value(&event))/>
            <p id=error_id class="refusal">{move || refusal.get()}</p>
        </div>
    }
}

/// A field for a list with an item a line.
#[component]
fn LinesRow(
    /// The field.
    field: Field,
) -> impl IntoView {
    let session = use_session();
    let refusal = refusal(field.clone());
    let (id, path, error_id) = (field.id.clone(), field.path.clone(), format!("{}-error", field.id));
    let value = {
        let field = field.clone();
        move || session.form(|form| form.text(&field))
    };
    view! {
        <div class="field wide">
            <FieldLabel field/>
            <textarea
                id=id
                rows="2"
                spellcheck="false"
                placeholder="response_time p(99) < 50ms"
                aria-invalid=move || refusal.get().is_some().to_string()
                aria-describedby=error_id.clone()
                prop:value=value
                on:input=move |event| session.edit(&path, event_target_value(&event))/>
            <p id=error_id class="refusal">{move || refusal.get()}</p>
        </div>
    }
}

/// The label of a field, with its help.
#[component]
fn FieldLabel(
    /// The field.
    field: Field,
) -> impl IntoView {
    let title = field.input.title();
    view! {
        <div class="label">
            <label for=field.id.clone()>{title}</label>
            <Help id=format!("{}-help", field.id) about=title text=field.input.help()/>
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
    let refusal = refusal_at(path.clone());
    let error_id = format!("{id}-error");
    let option = move |(id, title)| {
        view! { <option value=id selected=move || *picked.read() == id>{title}</option> }
    };
    view! {
        <div class="field">
            <div class="label">
                <label for=id.clone()>{title}</label>
                <Help id=format!("{id}-help") about=title text=help/>
            </div>
            <select id=id aria-describedby=error_id.clone() prop:value=move || picked.get()
                on:change=move |event| session.edit(&path, event_target_value(&event))
            >
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
            <p id=error_id class="refusal">{move || refusal.get()}</p>
        </div>
    }
}

/// What is wrong with a field, in a sentence.
fn refusal(field: Field) -> Memo<Option<String>> {
    let Refusal(refusal) = expect_context();
    let session = use_session();
    Memo::new(move |_| {
        let refusal = refusal.get()?;
        let text = session.form(|form| form.text(&field));
        field.refusal(&text, &refusal)
    })
}

/// What is wrong with the choice at a path.
fn refusal_at(path: String) -> Memo<Option<String>> {
    let Refusal(refusal) = expect_context();
    Memo::new(move |_| {
        let refusal = refusal.get().filter(|refusal| refusal.field == path)?;
        Some(format!("It {}. Allowed: {}.", refusal.reason, refusal.allowed))
    })
}
