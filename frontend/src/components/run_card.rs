//! One run in the list: its picture, what it was, how it ended, and what can be done with it.

use heapgym_shared::{history::RunLine, protocol::RunId};
use leptos::{prelude::*, task::spawn_local};
use serde_json::json;
use wasm_bindgen::JsValue;

use super::swatch::RunName;
use crate::{
    appearance::use_appearance,
    fetch::{Method, tell},
    live::{Show, attr, live, on},
    model::history::{sentence, tags},
    page::focus,
};

/// Size of the picture, in CSS pixels.
const PICTURE: (u32, u32) = (280, 112);

/// One run.
#[component]
pub fn RunCard(
    /// The run.
    line: RunLine,
    /// Those that are picked to be compared, the first one first.
    picked: RwSignal<Vec<RunId>>,
) -> impl IntoView {
    let id = StoredValue::new(line.id.clone());
    let labels = RwSignal::new(line.labels.clone());
    let deleted = RwSignal::new(false);
    let failed = RwSignal::new(String::new());
    let path = format!("/r/{}", line.id);
    let ended = line.outcome.is_some();
    let about = format!("{} · {} · {}", line.workload, line.load, local_time(line.created_at_ms));
    let words = sentence(&line);
    let outcome = line.outcome.as_ref().map_or("none", |outcome| outcome.id());
    let is_picked = move || picked.read().contains(&id.read_value());
    let pick = move |_| {
        picked.update(|picked| {
            let id = id.get_value();
            match picked.iter().position(|other| *other == id) {
                Some(at) => drop(picked.remove(at)),
                None => picked.push(id),
            }
        })
    };
    let change = move |method: Method, rest: &'static str, body: String, done: Box<dyn Fn()>| {
        spawn_local(async move {
            let address = format!("/api/runs/{}{rest}", id.get_value());
            match tell(method, &address, &body).await {
                Ok(_) => {
                    failed.set(String::new());
                    done();
                }
                Err(reason) => failed.set(format!("That was not done: {reason}.")),
            }
        });
    };
    // The part that had the keyboard goes: what comes in its place gets it.
    let focus_on = move |part: &'static str| {
        let place = format!("[data-run=\"{}\"] {part}", id.read_value());
        request_animation_frame(move || focus(&place));
    };
    let pin = move |_| {
        let pinned = !labels.read_untracked().pinned;
        let done = move || labels.update(|labels| labels.pinned = pinned);
        change(Method::PATCH, "", json!({ "pinned": pinned }).to_string(), Box::new(done));
    };
    let delete = move |_| {
        let done = move || {
            deleted.set(true);
            focus_on(".undo");
            picked.update(|picked| picked.retain(|other| *other != *id.read_value()));
        };
        change(Method::DELETE, "", String::new(), Box::new(done));
    };
    let undo = move |_| {
        change(
            Method::POST,
            "/restore",
            String::new(),
            Box::new(move || {
                deleted.set(false);
                focus_on(".run-link");
            }),
        )
    };
    let save = Callback::new(move |(note, words): (String, String)| {
        let tags = tags(&words);
        let body = json!({ "note": note, "tags": tags }).to_string();
        let done = move || {
            let (note, tags) = (note.clone(), tags.clone());
            labels.update(|labels| (labels.note, labels.tags) = (note, tags));
        };
        change(Method::PATCH, "", body, Box::new(done));
    });
    let pinned_class = move || if labels.read().pinned { "Unpin" } else { "Pin" };
    let name = StoredValue::new((path, about, words, line.variant.clone(), line.baselines.join(", ")));
    let body = move || {
        let (path, about, words, variant, baselines) = name.get_value();
        let export = format!("/api{}/export.json", path.replace("/r/", "/runs/"));
        view! {
            <Picture path=path.clone() variant=variant.clone()/>
            <div class="about">
                <a class="run-link" href=path><RunName variant=Signal::stored(variant)/></a>
                " "<span class="quiet">{about}</span>
                <p class="figures">{words}</p>
                {(!baselines.is_empty()).then(|| view! { <p class="quiet">"Baseline: "{baselines}</p> })}
                <p class="tags">{live(move || labels.read().tags.iter().map(|tag| view! { <span class="tag">{tag.clone()}</span> }.into_any()).collect::<Vec<_>>())}</p>
                <p class="note">{live(move || labels.read().note.clone())}</p>
                <p class="refusal" role="alert">{live(move || failed.get())}</p>
            </div>
            <div class="acts">
                <label class="tick"><input type="checkbox" class="pick" prop:checked=is_picked on:change=on(pick)/>"Compare"</label>
                <button type="button" class="pin" aria-pressed=attr(move || labels.read().pinned.to_string()) on:click=on(pin)>{live(pinned_class)}</button>
                {ended.then(|| view! { <a class="button" href=export download="">"Export"</a> })}
                {ended.then(|| view! { <button type="button" class="delete" on:click=on(delete)>"Delete"</button> })}
                <LabelForm labels save/>
            </div>
        }
    };
    view! {
        <li class="run-card" data-run=line.id.0.clone() data-run-outcome=outcome data-pinned=attr(move || labels.read().pinned.to_string())>
            <Show when=move || !deleted.get() fallback=move || view! {
                <p class="gone" role="status">"Deleted. It can be had back for an hour. "
                    <button type="button" class="undo" on:click=on(undo)>"Undo"</button>
                    <span class="refusal">{live(move || failed.get())}</span></p>
            }>{body()}</Show>
        </li>
    }
}

/// A chart of its memory, as the server draws it.
#[component]
fn Picture(
    /// The address of the run.
    path: String,
    /// How it is written.
    variant: String,
) -> impl IntoView {
    let appearance = use_appearance();
    let (width, height) = PICTURE;
    let source = {
        let path = path.clone();
        move || {
            let theme = appearance.theme().id();
            format!("/i{path}.svg?chart=memory&w={width}&h={height}&theme={theme}")
        }
    };
    view! {
        <a class="thumb" href=path tabindex="-1" aria-hidden="true">
            <img src=attr(source) width=width height=height loading="lazy" alt=format!("Memory of {variant} over its run")/>
        </a>
    }
}

/// What somebody writes on a run, folded away until it is asked for.
#[component]
fn LabelForm(
    /// What is written on it.
    labels: RwSignal<heapgym_shared::history::Labels>,
    /// Saves a note, and tags between commas.
    save: Callback<(String, String)>,
) -> impl IntoView {
    let note = RwSignal::new(labels.read_untracked().note.clone());
    let words = RwSignal::new(labels.read_untracked().tags.join(", "));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        save.run((note.get_untracked(), words.get_untracked()));
    };
    view! {
        <details class="labels">
            <summary>"Note and tags"</summary>
            <form on:submit=on(submit)>
                <label>"Note"<textarea rows="2" class="note-text" prop:value=note
                    on:input=on(move |event| note.set(event_target_value(&event)))></textarea></label>
                <label>"Tags, between commas"<input type="text" class="tag-text" prop:value=words
                    on:input=on(move |event| words.set(event_target_value(&event)))/></label>
                <button type="submit">"Save"</button>
            </form>
        </details>
    }
}

fn local_time(at_ms: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    String::from(date.to_locale_string("default", &JsValue::UNDEFINED))
}
