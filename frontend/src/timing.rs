//! The time that all charts share, and the page's address, which holds it.

use heapgym_shared::chart::Clock;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::{
    model::timeline::Timeline,
    navigation::{Navigation, Step, use_navigation},
};

/// The charts' time. A handle: copies mean the same one.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "a closure has none")]
pub struct Timing {
    navigation: Navigation,
    timeline: RwSignal<Timeline>,
    /// Whether instants are shown by the clock, and not as time since the run began.
    by_clock: RwSignal<bool>,
}

impl Timing {
    /// The time that the address names; follows Back and Forward.
    pub fn start() -> Self {
        let navigation = use_navigation();
        let timeline = RwSignal::new(Timeline::parse(&navigation.fragment()));
        let timing = Self { navigation, timeline, by_clock: RwSignal::new(false) };
        let listener = window_event_listener(leptos::ev::popstate, move |_| timing.follow_address());
        on_cleanup(move || listener.remove());
        timing
    }

    /// What is in sight; the caller runs again when it changes.
    pub fn get(self) -> Timeline {
        self.timeline.get()
    }

    /// What is in sight now.
    pub fn get_once(self) -> Timeline {
        self.timeline.get_untracked()
    }

    /// The clock of a run that began at this instant, in milliseconds since 1970, where the reader wants to see it; the
    /// caller runs again when that changes.
    pub fn clock(self, began_at_ms: Option<u64>) -> Option<Clock> {
        let began_at_ms = began_at_ms.filter(|_| self.by_clock.get())?;
        let behind_minutes = js_sys::Date::new(&JsValue::from_f64(began_at_ms as f64)).get_timezone_offset();
        Some(Clock::new(began_at_ms, -(behind_minutes * 60_000.0) as i64))
    }

    /// Shows instants by the clock, or no longer.
    pub fn toggle_clock(self) {
        self.by_clock.update(|by_clock| *by_clock = !*by_clock);
    }

    /// Shows something else, and says so in the address.
    pub fn set(self, timeline: Timeline, step: Step) {
        let before = self.timeline.get_untracked();
        self.timeline.set(timeline);
        if before.fragment() != timeline.fragment() {
            self.navigation.write(&in_address(timeline), step);
        }
    }

    /// Shows the stretch that the address names.
    pub fn follow_address(self) {
        self.timeline.set(Timeline::parse(&self.navigation.fragment()));
    }
}

/// The charts' time, from the context.
pub fn use_timing() -> Timing {
    expect_context()
}

fn in_address(timeline: Timeline) -> String {
    let path = window().location().pathname().unwrap_or_default();
    match timeline.fragment() {
        all if all.is_empty() => path,
        part => format!("{path}#{part}"),
    }
}
