//! The crosshair and its readout, in the page and not on the canvas: moving it draws nothing anew.

use heapgym_shared::chart::{Chart, Reading, TimeAxis, View, clock_label, value_at};
use leptos::prelude::*;

use super::swatch::RunName;
use crate::session::use_session;

/// The instant under the pointer, in nanoseconds since the run began, for all charts at once.
pub type Hovered = RwSignal<Option<u64>>;

/// The crosshair at the instant under the pointer.
#[component]
pub fn Crosshair(
    /// The chart.
    chart: &'static Chart,
    /// Size and look of its drawing.
    view: Memo<View>,
    /// The instant under the pointer.
    hovered: Hovered,
    /// Whether the chart is in sight: where nobody looks there is nothing to move.
    in_sight: RwSignal<bool>,
    /// Whether the readout is spoken: the cursor is moved by keys.
    spoken: RwSignal<bool>,
) -> impl IntoView {
    let session = use_session();
    let place = Memo::new(move |_| {
        if !chart.is_over_time() || !in_sight.get() {
            return None;
        }
        let (at, view) = (hovered.get()?, view.get());
        let axis = session.read(|dashboard| TimeAxis::new(&dashboard.traces(), &view));
        axis.contains(at).then(|| (axis.x(at), f64::from(view.width)))
    });
    let shift = move || place.get().map(|(x, _)| format!("translateX({x:.1}px)"));
    let beside = move || place.get().map(|(x, width)| beside(x, width));
    let loudness = move || if spoken.get() { "polite" } else { "off" };
    view! {
        <div class="crosshair" hidden=move || place.read().is_none() style:transform=shift></div>
        <div class="readout figures" hidden=move || place.read().is_none() style=beside
            aria-live=loudness
        >
            <Show when=move || place.read().is_some()>
                <Readout chart view hovered/>
            </Show>
        </div>
    }
}

/// Where the readout of a cursor at `x` is, so that it never leaves a chart of this width: on the side that has more
/// room, next to the cursor, or at the chart's edge where there is little room on either.
fn beside(x: f64, width: f64) -> String {
    const GAP: f64 = 8.0;
    const LITTLE: f64 = 640.0;
    let (side, from_edge) = if x > width / 2.0 { ("right", width - x) } else { ("left", x) };
    match side {
        _ if width >= LITTLE => format!("{side}: {:.1}px", from_edge + GAP),
        "left" => "right: 4px".to_owned(),
        _ => "left: 4px".to_owned(),
    }
}

/// The figures at the instant under the pointer: a row for each line in sight, a column for each run, and one for the
/// difference of two.
#[component]
fn Readout(
    /// The chart.
    chart: &'static Chart,
    /// What of it is in sight.
    view: Memo<View>,
    /// The instant.
    hovered: Hovered,
) -> impl IntoView {
    let session = use_session();
    let variants = Memo::new(move |_| {
        session
            .read(|dashboard| dashboard.runs().iter().map(|run| run.variant().to_owned()).collect::<Vec<_>>())
    });
    let readings = Memo::new(move |_| {
        let at = hovered.get().unwrap_or(0);
        session.read(|dashboard| value_at(chart, &dashboard.traces(), at))
    });
    let time = move || clock_label(hovered.get().unwrap_or(0), view.read().clock);
    let heads = move || {
        let head = |variant| view! { <th scope="col"><RunName variant=Signal::stored(variant)/></th> };
        let heads = variants.get().into_iter().map(head).collect_view();
        let delta = (heads.len() == 2).then(|| view! { <th scope="col">"Delta"</th> });
        (heads, delta)
    };
    let row = move |(series, label): (usize, &'static str)| {
        let of_series = move |reading: &Reading| reading.series == series;
        let cells = move || {
            let figures: Vec<Reading> = readings.get().into_iter().filter(of_series).collect();
            // Of two runs, how much more the second has than the first.
            let delta = match &figures[..] {
                [first, second] => Some(second.beyond(first)),
                _ => None,
            };
            let values = figures.into_iter().map(|reading| reading.value).chain(delta);
            values.map(|value| view! { <td>{value}</td> }).collect_view()
        };
        view! { <tr><th scope="row">{label}</th>{cells}</tr> }
    };
    let rows = move || {
        let series = chart.series.iter().map(|series| series.label).enumerate();
        series.filter(|(index, _)| !view.read().hidden.contains(*index)).map(row).collect_view()
    };
    view! {
        <table>
            <thead><tr><th scope="col">{time}</th>{heads}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}
