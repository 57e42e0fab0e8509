//! One field of the form: label, help, input, and what is wrong with it.

use leptos::{either::EitherOf3, prelude::*};

use super::help::Help;
use crate::{
    live::{CollectAny, Kept, attrs, becomes, is, live, memo, on, text},
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
        <div {..attrs([is("class", if wide { "field wide" } else { "field" })])}>
            <FieldLabel field/>
            <input
                {..attrs([
                    is("id", id),
                    is("type", "text"),
                    is("spellcheck", "false"),
                    is("placeholder", "default"),
                    becomes("aria-invalid", move || refusal.get().is_some().to_string()),
                    is("aria-describedby", error_id.clone()),
                ])}
                prop:value=text(value)
                on:input=on(move |event| session.edit(&path, event_target_value(&event)))/>
            <p {..attrs([is("id", error_id), is("class", "refusal")])}>{live(move || refusal.get())}</p>
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
        <div {..attrs([is("class", "field wide")])}>
            <FieldLabel field/>
            <textarea
                {..attrs([
                    is("id", id),
                    is("rows", "2"),
                    is("spellcheck", "false"),
                    is("placeholder", "response_time p(99) < 50ms"),
                    becomes("aria-invalid", move || refusal.get().is_some().to_string()),
                    is("aria-describedby", error_id.clone()),
                ])}
                prop:value=text(value)
                on:input=on(move |event| session.edit(&path, event_target_value(&event)))/>
            <p {..attrs([is("id", error_id), is("class", "refusal")])}>{live(move || refusal.get())}</p>
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
        <div {..attrs([is("class", "label")])}>
            <label {..attrs([is("for", field.id.clone())])}>{title}</label>
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
        view! { <option {..attrs([is("value", id), becomes("selected", move || *picked.read() == id)])}>{title}</option> }
    };
    view! {
        <div {..attrs([is("class", "field")])}>
            <div {..attrs([is("class", "label")])}>
                <label {..attrs([is("for", id.clone())])}>{title}</label>
                <Help id=format!("{id}-help") about=title text=help/>
            </div>
            <select {..attrs([is("id", id), is("aria-describedby", error_id.clone())])} prop:value=text(move || picked.get())
                on:change=on(move |event| session.edit(&path, event_target_value(&event)))
            >
                {live(move || options.get().into_iter().map(option).collect_any())}
            </select>
            <p {..attrs([is("id", error_id), is("class", "refusal")])}>{live(move || refusal.get())}</p>
        </div>
    }
}

/// What is wrong with a field, in a sentence.
fn refusal(field: Field) -> Kept<Option<String>> {
    let Refusal(refusal) = expect_context();
    let session = use_session();
    memo(move || {
        let refusal = refusal.get()?;
        let text = session.form(|form| form.text(&field));
        field.refusal(&text, &refusal)
    })
}

/// What is wrong with the choice at a path.
fn refusal_at(path: String) -> Kept<Option<String>> {
    let Refusal(refusal) = expect_context();
    memo(move || {
        let refusal = refusal.get().filter(|refusal| refusal.field == path)?;
        Some(format!("It {}. Allowed: {}.", refusal.reason, refusal.allowed))
    })
}
