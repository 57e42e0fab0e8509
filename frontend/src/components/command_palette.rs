//! The list of commands and keys, which the keyboard opens and filters.

use heapgym_shared::preset::PRESETS;
use leptos::{ev::KeyboardEvent, html, prelude::*};
use wasm_bindgen::JsCast;

use super::{next_steps::change_one_thing, run_file_input::choose_file};
use crate::{
    appearance::{Appearance, Choice, use_appearance},
    model::{
        address::Address,
        command::{Action, Command, KEYS, commands, matching},
    },
    navigation::{Navigation, use_navigation},
    page::{focus, press},
    session::{Session, use_session},
};

/// The list. It is a popover: Escape and a press elsewhere close it, and the keyboard goes back to where it was.
#[component]
pub fn CommandPalette() -> impl IntoView {
    let (session, navigation, appearance) = (use_session(), use_navigation(), use_appearance());
    let all = Memo::new(move |_| commands(navigation.address() != Address::Runs));
    let typed = RwSignal::new(String::new());
    let (palette, field) = (NodeRef::<html::Div>::new(), NodeRef::<html::Input>::new());
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        if lists_commands(&event) {
            event.prevent_default();
            session.list_commands();
        }
    });
    on_cleanup(move || listener.remove());
    Effect::new(move |_| {
        let (Some(palette), true) = (palette.get(), session.commands_open.get()) else { return };
        typed.set(String::new());
        // It may be open already.
        let _ = palette.show_popover();
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    });
    let close = move || {
        session.commands_open.set(false);
        if let Some(palette) = palette.get_untracked() {
            let _ = palette.hide_popover();
        }
    };
    let perform = move |action: Action| {
        close();
        perform(session, navigation, appearance, action);
    };
    let found = move || matching(&all.read(), &typed.read());
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        "Enter" if is_in_field(&event) => {
            event.prevent_default();
            if let Some(command) = untrack(found).first() {
                perform(command.action);
            }
        }
        "ArrowDown" => step(&event, true),
        "ArrowUp" => step(&event, false),
        _ => {}
    };
    let row = move |command: Command| {
        let Command { title, keys, action } = command;
        let name = title.clone();
        view! {
            <li><button type="button" data-command=name on:click=move |_| perform(action)>
                <span>{title}</span><kbd>{keys}</kbd>
            </button></li>
        }
    };
    let keys = KEYS.map(|(key, does)| view! { <dt><kbd>{key}</kbd></dt><dd>{does}</dd> });
    view! {
        <div
            id="palette" class="palette" popover="auto" role="dialog" aria-label="Commands and keys" node_ref=palette
            on:toggle=move |event| if !is_opening(&event) { session.commands_open.set(false) }
            on:keydown=key
        >
            <input id="palette-search" type="text" node_ref=field autocomplete="off" spellcheck="false"
                placeholder="What to do" aria-label="Search commands" prop:value=typed
                on:input=move |event| typed.set(event_target_value(&event))/>
            <ul aria-label="Commands">{move || found().into_iter().map(row).collect_view()}</ul>
            <section>
                <h2>"Keys"</h2>
                <dl>{keys.collect_view()}</dl>
            </section>
        </div>
    }
}

fn perform(session: Session, navigation: Navigation, appearance: Appearance, action: Action) {
    match action {
        Action::Run => session.run(),
        Action::RunPair => {
            if let Some(pair) = untrack(|| session.form(|form| form.pair())) {
                session.run_pair(pair);
            }
        }
        Action::Stop => session.stop(),
        Action::RunAgain => session.run_again(),
        Action::ChangeOne => change_one_thing(session),
        Action::Preset(place) => PRESETS.get(place).into_iter().for_each(|preset| session.use_preset(preset)),
        // Once the list is closed, which gives the keyboard back.
        Action::OpenFile => request_animation_frame(choose_file),
        Action::ToForm => {
            session.form_open.set(true);
            request_animation_frame(|| focus("#workload"));
        }
        Action::ToCharts => focus(".plot"),
        Action::ToPlayground => navigation.go(&Address::Start),
        Action::ToRuns => navigation.go(&Address::Runs),
        Action::CopyLink => press("#copy-link"),
        Action::Theme(id) => appearance.choose(Choice::parse(id)),
    }
}

/// Whether a key asks for the list: Ctrl+K anywhere, `?` where it is no letter of a text.
fn lists_commands(event: &KeyboardEvent) -> bool {
    // With Ctrl it is the key at this place, whatever letter a layout has there.
    match event.key().as_str() {
        _ if event.code() == "KeyK" => event.ctrl_key() || event.meta_key(),
        "?" => !event.ctrl_key() && !event.meta_key() && !is_typed(event),
        _ => false,
    }
}

fn is_typed(event: &KeyboardEvent) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA"))
}

fn is_in_field(event: &KeyboardEvent) -> bool {
    event.target().is_some_and(|target| target.is_instance_of::<web_sys::HtmlInputElement>())
}

fn is_opening(event: &web_sys::Event) -> bool {
    js_sys::Reflect::get(event, &"newState".into()).is_ok_and(|state| state == "open")
}

/// Moves the keyboard to the next command, or to the one before; from the first one up to the field.
fn step(event: &KeyboardEvent, down: bool) {
    event.prevent_default();
    let Some(palette) =
        event.current_target().and_then(|palette| palette.dyn_into::<web_sys::Element>().ok())
    else {
        return;
    };
    let Ok(stops) = palette.query_selector_all("input, button") else { return };
    let active = document().active_element();
    let is_active = |index: &u32| {
        stops
            .item(*index)
            .is_some_and(|stop| active.as_ref().is_some_and(|active| stop.is_same_node(Some(active))))
    };
    let now = (0..stops.length()).find(is_active).unwrap_or(0);
    let next = if down { (now + 1).min(stops.length().saturating_sub(1)) } else { now.saturating_sub(1) };
    if let Some(stop) = stops.item(next).and_then(|stop| stop.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = stop.focus();
    }
}
