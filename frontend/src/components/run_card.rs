//! One run in the list: its picture, what it was, how it ended, and what can be done with it.

use heapgym_shared::{history::RunLine, protocol::RunId};
use leptos::prelude::*;

use super::{run_labels::RunLabels, swatch::RunName};
use crate::{
    appearance::use_appearance,
    kept_run::KeptRun,
    model::{address::Address, history::sentence},
    page::{focus, local_time},
};

/// Size of the picture, in CSS pixels.
const PICTURE: (u32, u32) = (280, 112);

/// One run.
#[component]
pub fn RunCard(
    /// The run.
    line: RunLine,
    /// Whether it is one of those that are deleted.
    gone: bool,
    /// Those that are picked to be compared, the first one first.
    picked: RwSignal<Vec<RunId>>,
    /// How many of the list were deleted, less those that were had back.
    deleted: RwSignal<i64>,
) -> impl IntoView {
    let run = KeptRun::new(&line, gone);
    let outcome = line.outcome.as_ref().map_or("none", |outcome| outcome.id());
    let id = line.id.0.clone();
    // The part that had the keyboard goes: what comes in its place gets it.
    let undo = move |_| {
        run.restore(move || {
            deleted.update(|deleted| *deleted -= 1);
            focus_on(run, ".run-link");
        })
    };
    let was = format!("{} {}, {}: deleted", line.workload, line.variant, local_time(line.created_at_ms));
    let how = move || match run.restorable.get() {
        true => ". You can restore it for an hour. ",
        false => " for good, because the server's disk is full. ",
    };
    let line = StoredValue::new(line);
    view! {
        <li class="run-card" data-run=id data-run-outcome=outcome
            data-pinned=move || run.labels.read().pinned.to_string()
        >
            <Show when=move || !run.deleted.get() fallback=move || view! {
                <p class="gone" role="status">
                    {was.clone()}{how}
                    <button type="button" class="undo" hidden=move || !run.restorable.get()
                        on:click=undo>"Undo"</button>
                    <span class="refusal">{move || run.failure.get()}</span>
                </p>
            }>
                {gone.then(|| view! { <p class="quiet back" role="status">"It is back among the runs."</p> })}
                <Picture id=line.read_value().id.clone()/>
                <About line=line.get_value() run/>
                <Acts ended=line.read_value().outcome.is_some() run picked deleted/>
            </Show>
        </li>
    }
}

/// What it was, how it ended, and what is written on it.
#[component]
fn About(
    /// The run as the list has it.
    line: RunLine,
    /// The run.
    run: KeptRun,
) -> impl IntoView {
    let about = format!("{} · {} · {}", line.workload, line.load, local_time(line.created_at_ms));
    let words = sentence(&line);
    let tag = |tag: String| view! { <span class="tag">{tag}</span> };
    let baselines = move || {
        let names = run.baselines.read();
        (!names.is_empty()).then(|| format!("Baseline: {}", names.join(", ")))
    };
    view! {
        <div class="about">
            <a class="run-link" href=Address::Run(line.id.clone()).href()><RunName variant=Signal::stored(line.variant)/></a>
            " "<span class="quiet">{about}</span>
            <p class="figures">{words}</p>
            <p class="baselines">{baselines}</p>
            <p class="tags">{move || run.labels.get().tags.into_iter().map(tag).collect_view()}</p>
            <p class="note">{move || run.labels.get().note}</p>
            <p class="refusal" role="alert">{move || run.failure.get()}</p>
        </div>
    }
}

/// What can be done with it.
#[component]
fn Acts(
    /// Whether it has ended.
    ended: bool,
    /// The run.
    run: KeptRun,
    /// Those that are picked to be compared.
    picked: RwSignal<Vec<RunId>>,
    /// How many of the list were deleted, less those that were had back.
    deleted: RwSignal<i64>,
) -> impl IntoView {
    let is_picked = move || picked.read().contains(&run.id());
    let pick = move |_| {
        picked.update(|picked| {
            let before = picked.len();
            picked.retain(|other| *other != run.id());
            if picked.len() == before {
                picked.push(run.id());
            }
        });
    };
    let delete = move |_| {
        run.delete(move || {
            picked.update(|picked| picked.retain(|other| *other != run.id()));
            deleted.update(|deleted| *deleted += 1);
            focus_on(run, ".undo");
        });
    };
    let pin = move || if run.labels.read().pinned { "Unpin" } else { "Pin" };
    let export = format!("api/runs/{}/export.json", run.id());
    view! {
        <div class="acts">
            <label class="tick">
                <input type="checkbox" class="pick" prop:checked=is_picked on:change=pick/>"Compare"
            </label>
            <button type="button" class="pin" aria-pressed=move || run.labels.read().pinned.to_string()
                on:click=move |_| run.toggle_pin()>{pin}</button>
            {ended.then(|| view! { <a class="button" href=export download="">"Export"</a> })}
            <button type="button" class="delete" on:click=delete>"Delete"</button>
            <RunLabels run/>
        </div>
    }
}

/// A chart of its memory, as the server draws it.
#[component]
fn Picture(
    /// The run.
    id: RunId,
) -> impl IntoView {
    let appearance = use_appearance();
    let (width, height) = PICTURE;
    let path = Address::Run(id.clone()).href();
    let source = move || {
        let theme = appearance.theme().id();
        format!("i/r/{id}.svg?chart=memory&w={width}&h={height}&theme={theme}&legend=false")
    };
    view! {
        // The link beside it says the same in words.
        <a class="thumb" href=path tabindex="-1" aria-hidden="true">
            <img src=source width=width height=height loading="lazy" alt=""/>
        </a>
    }
}

/// Puts the keyboard on a part of the run's card, once that is there.
fn focus_on(run: KeptRun, part: &'static str) {
    let place = format!("[data-run=\"{}\"] {part}", run.id());
    request_animation_frame(move || focus(&place));
}
