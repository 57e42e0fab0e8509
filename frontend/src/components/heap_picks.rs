//! Which heap profile is looked at, against which, and how; and the files of it.

use heapgym_shared::{chart::Theme, profile::SampleType};
use leptos::prelude::*;

use super::heap_profile::Look;
use crate::{
    appearance::use_appearance,
    profiles::{file, query},
};

/// What stands in a list for nothing in particular.
const NONE: &str = "";

/// The lists to pick from, and the links.
#[component]
pub fn HeapPicks(
    /// What is looked at.
    look: Look,
) -> impl IntoView {
    let Look { known, choice, .. } = look;
    let titles = move || -> Options {
        known.read().iter().enumerate().map(|(index, known)| (index.to_string(), known.title())).collect()
    };
    let others = move || -> Options {
        let shown = choice.read().shown.to_string();
        let others = titles().into_iter().filter(|(id, _)| *id != shown);
        [(NONE.to_owned(), "nothing".to_owned())].into_iter().chain(others).collect()
    };
    let types = || SampleType::ALL.map(|kind| (kind.id().to_owned(), kind.title().to_owned())).to_vec();
    let threads = move || -> Options {
        let shown = look.shown().and_then(|shown| look.profiles.get(&shown)).and_then(Result::ok);
        let mut names: Vec<&str> =
            shown.iter().flat_map(|profile| &profile.threads).map(String::as_str).collect();
        names.sort_unstable();
        names.dedup();
        let names = names.into_iter().map(|name| (name.to_owned(), name.to_owned()));
        [(NONE.to_owned(), "all".to_owned())].into_iter().chain(names).collect()
    };
    let show = move |id: String| choice.write().show(id.parse().unwrap_or(0));
    let compare = move |id: String| choice.write().base = id.parse().ok();
    let count = move |id: String| choice.write().sample_type = SampleType::find(&id).unwrap_or_default();
    let restrict = move |name: String| choice.write().thread = Some(name).filter(|name| name != NONE);
    let pick = |id, title, options, picked, on_pick| {
        view! { <Pick id title options picked on_pick/> }
    };
    view! {
        <div class="picks">
            {pick(
                "heap-shown", "Profile", Signal::derive(titles),
                Signal::derive(move || choice.read().shown.to_string()), Callback::new(show),
            )}
            {pick(
                "heap-base", "Compared with", Signal::derive(others),
                Signal::derive(move || choice.read().base.map(|base| base.to_string()).unwrap_or_default()),
                Callback::new(compare),
            )}
            {pick(
                "heap-type", "Counted", Signal::derive(types),
                Signal::derive(move || choice.read().sample_type.id().to_owned()), Callback::new(count),
            )}
            {pick(
                "heap-thread", "Threads", Signal::derive(threads),
                Signal::derive(move || choice.read().thread.clone().unwrap_or_default()), Callback::new(restrict),
            )}
        </div>
        <p class="quiet links">{move || choice.read().sample_type.help()}" "<Files look/></p>
    }
}

/// Ids and titles to pick from.
type Options = Vec<(String, String)>;

/// One list to pick from.
#[component]
fn Pick(
    /// Its id on the page.
    id: &'static str,
    /// Its label.
    title: &'static str,
    /// The ids and titles to pick from.
    options: Signal<Options>,
    /// The id that is picked.
    picked: Signal<String>,
    /// Takes the id that the reader picks.
    on_pick: Callback<String>,
) -> impl IntoView {
    let option = move |(id, title): (String, String)| {
        let value = id.clone();
        view! { <option value=value selected=move || *picked.read() == id>{title}</option> }
    };
    view! {
        <label class="pick">
            <span class="label">{title}</span>
            <select id=id on:change=move |event| on_pick.run(event_target_value(&event))>
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

/// Links to what is looked at, as files.
#[component]
fn Files(
    /// What is looked at.
    look: Look,
) -> impl IntoView {
    let appearance = use_appearance();
    let address = move |format: &str| {
        let shown = look.shown()?;
        let (base, choice) = (look.base(), look.choice.read());
        let query = query(base.as_ref(), choice.sample_type, choice.thread.as_deref());
        Some(format!("{}{query}", file(format, &shown)))
    };
    let theme = move || match appearance.theme() {
        Theme::Light => "&theme=light",
        Theme::Dark => "&theme=dark",
    };
    let picture = move || address("svg").map(|address| format!("{address}{}", theme()));
    view! {
        "Files: "
        <a id="heap-svg" href=picture download="heap.svg">"picture"</a>", "
        <a id="heap-pprof" href=move || address("pb.gz") download="heap.pb.gz">"for go tool pprof"</a>", "
        <a id="heap-json" href=move || look.shown().map(|shown| file("json", &shown)) download="heap.json">"JSON"</a>"."
    }
}
