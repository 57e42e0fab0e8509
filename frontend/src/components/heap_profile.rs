//! The heap profiles of the runs in sight: folded until there is one, or the reader asks.

use std::sync::Arc;

use heapgym_shared::profile::flame::Flame;
use leptos::{ev::MouseEvent, prelude::*};

use super::{
    flame_graph::FlameGraph, flame_search::FlameSearch, flame_table::FlameTable, heap_picks::HeapPicks,
};
use crate::{
    model::{
        flame_place::Place,
        heap::{Choice, Known, known, why_none},
    },
    profiles::Profiles,
    session::use_session,
};

/// What the reader looks at, and how. A handle: copies mean the same look.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// All that can be looked at.
    pub known: Memo<Vec<Known>>,
    /// What is looked at.
    pub choice: RwSignal<Choice>,
    /// What is searched for.
    pub query: RwSignal<String>,
    /// Where the reader is in the graph.
    pub place: RwSignal<Place>,
    /// What was fetched.
    pub profiles: Profiles,
}

impl Look {
    /// The profile that is looked at.
    pub fn shown(&self) -> Option<Known> {
        self.known.read().get(self.choice.read().shown).cloned()
    }

    /// The one that it is compared with.
    pub fn base(&self) -> Option<Known> {
        self.known.read().get(self.choice.read().base?).cloned()
    }

    /// What the two are called.
    pub fn names(&self) -> [String; 2] {
        self.choice.read().names(&self.known.read())
    }

    /// Fetches both, unless they are here.
    fn fetch(&self) {
        [self.shown(), self.base()].iter().flatten().for_each(|known| self.profiles.want(known));
    }

    fn progress(&self) -> Progress {
        let Some(shown) = self.shown() else { return Progress::Fetching };
        let (shown, base) = (self.profiles.get(&shown), self.base().map(|base| self.profiles.get(&base)));
        let Choice { sample_type, ref thread, .. } = *self.choice.read();
        let thread = thread.as_deref();
        match (shown, base) {
            (Some(Err(reason)), _) | (_, Some(Some(Err(reason)))) => Progress::Failed(reason),
            (Some(Ok(shown)), None) => Progress::Here(Arc::new(Flame::new(&shown, sample_type, thread))),
            (Some(Ok(shown)), Some(Some(Ok(base)))) => {
                Progress::Here(Arc::new(Flame::diff(&shown, &base, sample_type, thread)))
            }
            (None, _) | (_, Some(None)) => Progress::Fetching,
        }
    }
}

/// How far the page is with what was picked.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// It is on its way.
    Fetching,
    /// Why it is not here, as half a sentence.
    Failed(String),
    /// The tree of it.
    Here(Arc<Flame>),
}

impl Progress {
    /// The tree, if it is here and holds something.
    pub fn tree(&self) -> Option<&Arc<Flame>> {
        match self {
            Self::Here(tree) if !tree.is_empty() => Some(tree),
            Self::Here(_) | Self::Fetching | Self::Failed(_) => None,
        }
    }
}

/// The heap profiles of the runs in sight.
#[component]
pub fn HeapProfile() -> impl IntoView {
    let session = use_session();
    let known = Memo::new(move |_| session.read(|dashboard| known(dashboard.runs())));
    let look = Look {
        known,
        choice: RwSignal::new(Choice::first(&[])),
        query: RwSignal::new(String::new()),
        place: RwSignal::new(Place::default()),
        profiles: Profiles::new(),
    };
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        let known = known.read();
        look.profiles.keep(&known);
        look.choice.set(Choice::first(&known));
        open.update(|open| *open |= !known.is_empty());
    });
    let why = move || session.read(|dashboard| why_none(dashboard.runs()));
    view! {
        <details id="heap" class="heap" open=open>
            <summary on:click=move |event: MouseEvent| { event.prevent_default(); open.update(|open| *open = !*open) }>
                <h2>"Heap profile"</h2>
            </summary>
            <Show when=move || open.get()>
                <Show
                    when=move || !known.read().is_empty()
                    fallback=move || view! { <p id="heap-none" class="quiet">{why}</p> }
                >
                    <Picture look/>
                </Show>
            </Show>
        </details>
    }
}

/// What was picked, in all its parts.
#[component]
fn Picture(
    /// What is looked at.
    look: Look,
) -> impl IntoView {
    Effect::new(move |_| look.fetch());
    let progress = Memo::new(move |_| look.progress());
    Effect::new(move |_| {
        progress.track();
        look.place.set(Place::default());
    });
    let said = move || match &*progress.read() {
        Progress::Fetching => "Fetching the profile from the server.".to_owned(),
        Progress::Failed(reason) => format!("The profile is not here: {reason}."),
        Progress::Here(tree) => {
            let [shown, base] = look.names();
            tree.verdict(&shown, &base)
        }
    };
    let again = move |_| {
        look.profiles.forget_failures();
        look.fetch();
    };
    let found = Memo::new(move |_| {
        let progress = progress.read();
        progress.tree().map(|tree| tree.search(&look.query.read())).unwrap_or_default()
    });
    view! {
        <HeapPicks look/>
        <p id="heap-verdict" class="verdict" role="status">{said}</p>
        <button type="button" hidden=move || !matches!(*progress.read(), Progress::Failed(_)) on:click=again>
            "Fetch it again"
        </button>
        <div class="heap-parts" hidden=move || progress.read().tree().is_none()>
            <FlameSearch look progress found/>
            <FlameGraph look progress found/>
            <FlameTable look progress/>
        </div>
    }
}
