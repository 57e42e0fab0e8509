//! The buttons of the charts' common time: closer, further, all of it, a window that goes on, pause.

use heapgym_shared::chart::{TimeRange, clock_label};
use leptos::prelude::*;

use super::plot_input::{CLOSER, toggle_pause};
use crate::{model::timeline::Sight, navigation::Step, session::use_session, timing::use_timing};

/// Windows that go on with the run, in seconds.
const WINDOWS: [u64; 3] = [10, 30, 60];
const NS_PER_S: u64 = 1_000_000_000;

/// The buttons. Whatever they do, a drag, the wheel, a pinch or a key on a chart does too.
#[component]
pub fn TimeTools() -> impl IntoView {
    let (session, timing) = (use_session(), use_timing());
    let zoom = move |factor: f64| {
        move |_| {
            let (now, span) =
                session.read_once(|dashboard| (dashboard.elapsed_ns(), dashboard.span_ns().unwrap_or(0)));
            let timeline = timing.get_once();
            let all = TimeRange { from_ns: 0, to_ns: span.max(now).max(1) };
            let shown = timeline.range(now).unwrap_or(all);
            let middle = shown.from_ns.midpoint(shown.to_ns);
            timing.set(timeline.zoomed(shown, middle, factor, all), Step::Push);
        }
    };
    let choose = move |event| {
        let sight = match event_target_value(&event).parse::<u64>() {
            Ok(seconds) => Sight::Last(seconds * NS_PER_S),
            Err(_) => Sight::All,
        };
        timing.set(timing.get_once().showing(sight), Step::Push);
    };
    let chosen = Memo::new(move |_| match timing.get().sight() {
        Sight::All => "all".to_owned(),
        Sight::Last(length) => (length / NS_PER_S).to_string(),
        Sight::Range(_) => "range".to_owned(),
    });
    let began = Memo::new(move |_| session.read(|dashboard| dashboard.began_at_ms()));
    let clock = Memo::new(move |_| timing.clock(began.get()));
    let range = Memo::new(move |_| match timing.get().sight() {
        Sight::Range(range) => {
            let [from, to] = [range.from_ns, range.to_ns].map(|instant| clock_label(instant, clock.get()));
            format!("{from} to {to}")
        }
        Sight::All | Sight::Last(_) => "Chosen".to_owned(),
    });
    let option = move |value: String, name: String| {
        let is_chosen = value.clone();
        view! { <option value=value selected=move || chosen.get() == is_chosen>{name}</option> }.into_any()
    };
    let windows: Vec<_> =
        WINDOWS.map(|seconds| option(seconds.to_string(), format!("Last {seconds} s"))).into();
    let behind = Memo::new(move |_| {
        let paused = timing.get();
        session.read(|dashboard| paused.behind_ns(dashboard.elapsed_ns())).map(|behind| behind / 100_000_000)
    });
    let badge = move || {
        behind
            .get()
            .map(|tenths| format!("paused, {}.{} s behind", tenths / 10, tenths % 10))
            .unwrap_or_default()
    };
    let pause = move || if behind.read().is_some() { "Resume charts" } else { "Pause charts" };
    view! {
        <div class="time-tools" role="group" aria-label="Time of all charts">
            <button type="button" aria-label="Zoom in" on:click=zoom(CLOSER)>"+"</button>
            <button type="button" aria-label="Zoom out" on:click=zoom(1.0 / CLOSER)>"−"</button>
            <select aria-label="Time in sight" on:change=choose>
                {option("all".to_owned(), "Whole run".to_owned())}
                {windows}
                <option value="range" selected=move || chosen.get() == "range"
                    hidden=move || chosen.get() != "range">{move || range.get()}</option>
            </select>
            <button type="button" class="clock" title="Instants by the clock, or since the run began"
                aria-pressed=move || clock.read().is_some().to_string()
                hidden=move || began.read().is_none()
                on:click=move |_| timing.toggle_clock()>"Clock time"</button>
            <button type="button" class="pause" aria-pressed=move || behind.read().is_some().to_string()
                on:click=move |_| toggle_pause(timing, session)>{pause}</button>
            <span class="badge figures">{badge}</span>
        </div>
    }
}
