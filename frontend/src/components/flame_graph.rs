//! The flame graph: frames as wide as what they allocated, zoomed and walked by mouse, touch and keys.

use heapgym_shared::profile::flame::{Calls, Change, Flame, Found, Frame, Layout, label, of_change, visible};
use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::{
    flame_search::SEARCH,
    heap_profile::{Look, Progress},
    help::Help,
};
use crate::{appearance::use_appearance, measure::box_size, model::flame_place::Place};

/// The height of a row, in CSS pixels.
const ROW: usize = 20;
/// Frames narrower than this are left out, in CSS pixels: they cannot be hit.
const NARROWEST: f64 = 3.0;
/// The width of a character of a label, in CSS pixels, and what a frame has besides.
const COLUMN: f64 = 7.0;
const PAD: f64 = 8.0;

const HELP: &str = "A frame is as wide as what it and all that it called allocated; its callers stand above it, and calls that only \
                    pass on to one other are folded into that. In a difference a frame is as wide as the larger of the two sides. Click \
                    or Enter zooms in, Escape or Backspace out, arrow keys move between frames, / searches.";

/// The graph with what is said about a frame.
#[component]
pub fn FlameGraph(
    /// What is looked at.
    look: Look,
    /// The tree that is drawn.
    progress: Memo<Progress>,
    /// What was searched for in it.
    found: Memo<Found>,
) -> impl IntoView {
    let space = NodeRef::<html::Div>::new();
    let size = box_size(space);
    let every_call = RwSignal::new(false);
    let layout = Memo::new(move |_| {
        let (progress, zoom) = (progress.read(), look.place.read().zoom);
        let calls = if every_call.get() { Calls::All } else { Calls::Folded };
        let least = NARROWEST / f64::from(size.read().0.max(1));
        progress.tree().map(|tree| tree.layout(zoom, least, calls)).unwrap_or_default()
    });
    // Where the keyboard is: a frame that is not shown now gives it to the one that fills the view.
    let current = Memo::new(move |_| {
        let Place { zoom, current } = look.place.get();
        let is_there = layout.read().frames.iter().any(|frame| frame.node == current);
        if is_there { current } else { zoom }
    });
    let keeps_focus = StoredValue::new(false);
    Effect::new(move |_| {
        let node = current.get();
        layout.track();
        if keeps_focus.get_value() {
            keeps_focus.set_value(false);
            // Once the frames are those of the new place: until then this one may still be another element.
            queue_microtask(move || focus(&frame_id(node)));
        }
    });
    let go = move |place: Place| {
        if look.place.get_untracked() != place {
            keeps_focus.set_value(true);
            look.place.set(place);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        if event.key() == "/" {
            event.prevent_default();
            return focus(SEARCH);
        }
        let place = Place { current: current.get_untracked(), ..look.place.get_untracked() };
        let (progress, layout) = (progress.read_untracked(), layout.read_untracked());
        if let Some(place) = progress.tree().and_then(|tree| place.moved(&event.key(), tree, &layout)) {
            event.prevent_default();
            drop((progress, layout));
            go(place);
        }
    };
    let height = move || format!("{}px", layout.read().rows * ROW);
    let words = move || {
        let (progress, node, [_, base]) = (progress.read(), current.get(), look.names());
        progress
            .tree()
            .filter(|tree| node < tree.nodes().len())
            .map(|tree| told(tree, node, &layout.read(), &base))
    };
    view! {
        <div class="flame-part">
            <FlameBar look progress layout every_call/>
            <div class="flame" node_ref=space role="tree" aria-label="Flame graph" style:height=height on:keydown=on_key>
                <Frames look progress layout found current width=Signal::derive(move || f64::from(size.get().0)) on_pick=go/>
            </div>
            <p id="heap-frame" class="figures">{words}</p>
        </div>
    }
}

/// What stands above the graph: what its colours mean, what is left out, and how to see more.
#[component]
fn FlameBar(
    /// What is looked at.
    look: Look,
    /// The tree that is drawn.
    progress: Memo<Progress>,
    /// What is drawn of it.
    layout: Memo<Layout>,
    /// Whether calls that only pass on have rows of their own.
    every_call: RwSignal<bool>,
) -> impl IntoView {
    let appearance = use_appearance();
    let legend = move || {
        let is_difference = progress.read().tree().is_some_and(|tree| tree.is_difference);
        let [_, base] = look.names();
        let changes = [
            (Change::More, format!("more than {base}")),
            (Change::Less, "less".to_owned()),
            (Change::Same, "the same".to_owned()),
        ];
        let key = |(change, words)| {
            let style = format!("background:{}", of_change(change, appearance.theme()));
            view! { <span class="key"><span class="patch" style=style></span>{change.sign()}{words}</span> }
        };
        is_difference.then(|| changes.map(key).collect_view())
    };
    let left_out = move || match layout.read().left_out {
        0 => None,
        1 => Some("1 frame is too narrow to show.".to_owned()),
        count => Some(format!("{count} frames are too narrow to show.")),
    };
    view! {
        <div class="flame-bar">
            <Help id="flame-help" about="Flame graph" text=HELP/>
            <button type="button" id="heap-whole" disabled=move || look.place.read().zoom == 0
                on:click=move |_| look.place.set(Place::default())>"Show all"</button>
            <button type="button" id="heap-every" aria-pressed=move || every_call.get().to_string()
                on:click=move |_| every_call.update(|every| *every = !*every)>"Every call"</button>
            {legend}
            <span id="heap-left-out" class="quiet">{left_out}</span>
        </div>
    }
}

/// The frames of the view.
#[component]
fn Frames(
    /// What is looked at.
    look: Look,
    /// The tree that is drawn.
    progress: Memo<Progress>,
    /// Where its frames are.
    layout: Memo<Layout>,
    /// What was searched for.
    found: Memo<Found>,
    /// The frame that has the keyboard.
    current: Memo<usize>,
    /// The width of the view, in CSS pixels.
    width: Signal<f64>,
    /// Takes where a press leads to.
    on_pick: impl Fn(Place) + Copy + Send + 'static,
) -> impl IntoView {
    let appearance = use_appearance();
    let one = move |tree: &Flame, frame: &Frame, variant: &str, base: &str| {
        let Frame { node, first, row, x, width: part, is_above } = *frame;
        let (words, fill) = (tree.words(node, base), tree.fill(node, appearance.theme(), variant));
        let sign = if tree.is_difference { tree.change(node).sign() } else { "" };
        let columns = ((part * width.get() - PAD) / COLUMN).max(0.0) as usize;
        let name = label(tree.name(node), columns.saturating_sub(sign.chars().count()));
        let (left, part, top) = (x * 100.0, part * 100.0, row * ROW);
        let style = format!("left:{left:.3}%;width:{part:.3}%;top:{top}px;background:{fill}");
        let mark =
            move || found.read().nodes.get(first..=node).map(|nodes| nodes.contains(&true).to_string());
        view! {
            <div
                id=frame_id(node) class="frame" class:above=is_above role="treeitem" prop:ariaLevel=(row + 1).to_string()
                tabindex=move || if current.get() == node { "0" } else { "-1" }
                style=style title=words.clone() aria-label=words data-found=mark
                on:click=move |_| on_pick(Place::into(node))
                on:focus=move |_| look.place.update(|place| place.current = node)
            >
                {name.map(|name| format!("{sign}{name}"))}
            </div>
        }
    };
    move || {
        let (progress, layout, [_, base]) = (progress.read(), layout.read(), look.names());
        let variant = look.shown().map(|shown| shown.variant).unwrap_or_default();
        let frames =
            progress.tree().map(|tree| layout.frames.iter().map(|frame| one(tree, frame, &variant, &base)));
        frames.map(|frames| frames.collect_view())
    }
}

/// A frame in words, with what it stands for besides itself.
fn told(tree: &Flame, node: usize, layout: &Layout, base: &str) -> String {
    let frame = layout.frames.iter().find(|frame| frame.node == node);
    let folded = frame.map(Flame::folded).unwrap_or_default();
    format!("{}: {}.{folded}", visible(tree.name(node)), tree.details(node, base))
}

fn frame_id(node: usize) -> String {
    format!("frame-{node}")
}

fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    if let Some(element) = element {
        // A browser that does not move the focus leaves it where it was.
        let _ = element.focus();
    }
}
