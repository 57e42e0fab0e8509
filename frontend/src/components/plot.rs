//! A chart's drawing: sized by the page, drawn in a frame when what it shows has changed.

use std::{cell::RefCell, rc::Rc};

use heapgym_shared::{
    chart::{Chart, DrawError, Layers, TIME_LABELS, Trace, View, summary},
    protocol::RunId,
};
use leptos::{ev::PointerEvent, html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::HtmlCanvasElement;

use super::{
    chart_panel::Look,
    crosshair::{Crosshair, Hovered},
    plot_input::PlotInput,
};
use crate::{
    appearance::use_appearance,
    canvas::{LiveLayer, SCALE, StillLayer, density, front_style},
    frames::Frames,
    measure::box_size,
    model::timeline::Sight,
    navigation::Step,
    session::{Session, use_session},
    sight::watch_sight,
    timing::use_timing,
};

/// A chart's drawing in layers, with its crosshair.
#[component]
pub fn Plot(
    /// What it shows.
    chart: &'static Chart,
    /// How the reader looks at it.
    look: Look,
    /// The instant under the pointer.
    hovered: Hovered,
) -> impl IntoView {
    let (session, timing) = (use_session(), use_timing());
    let appearance = use_appearance();
    let frame = NodeRef::<html::Div>::new();
    let canvases = Canvases { behind: NodeRef::new(), time: NodeRef::new(), front: NodeRef::new() };
    let size = box_size(frame);
    let dots = RwSignal::new(density());
    let listener = window_event_listener(leptos::ev::resize, move |_| dots.set(density()));
    on_cleanup(move || listener.remove());
    let view = Memo::new(move |_| View {
        width: size.get().0,
        height: size.get().1,
        scale: SCALE,
        density: dots.get(),
        theme: appearance.theme(),
        hidden: look.hidden.get(),
        value_scale: look.scale.get(),
        span_ns: session.read(|dashboard| dashboard.span_ns()),
        range: timing.get().range(session.read(|dashboard| dashboard.elapsed_ns())),
        clock: timing.clock(session.read(|dashboard| dashboard.began_at_ms())),
        goes_on: matches!(timing.get().sight(), Sight::Last(_)),
        ..View::default()
    });
    let in_sight = RwSignal::new(true);
    repaint(session, chart, frame, canvases, view, in_sight);
    // Said anew with each phase and not with each sample: nobody can listen to ten sentences a second.
    let status = Memo::new(move |_| session.status());
    let words = move || {
        status.track();
        session.read_once(|dashboard| summary(chart, &dashboard.traces()))
    };
    let input = PlotInput::new(chart, view, hovered);
    let drawing = input.drawing;
    let [down, moved, up, left, wheel, key] = [(); 6].map(|()| input.clone());
    let focused = RwSignal::new(false);
    let keys = match chart.is_over_time() {
        true => {
            "arrows move the cursor, with Shift the chart; plus and minus zoom, 0 shows all; Space pauses, L changes \
                 the scale, T opens the table"
        }
        false => "T opens the table, Space pauses",
    };
    let selection = move || {
        drawing.get().map(|(from, to)| format!("left: {}px; width: {}px", from.min(to), (to - from).abs()))
    };
    view! {
        <div
            class="plot" data-plot=chart.id data-ground=move || view.read().theme.id() node_ref=frame
            tabindex="0" role="group" aria-label=format!("{}: {keys}", chart.title)
            on:pointerdown=move |event| { capture(&event); down.down(&event) }
            on:pointermove=move |event| moved.moved(&event)
            on:pointerup=move |event| up.up(&event)
            on:pointerleave={ let left = left.clone(); move |_| left.left() }
            on:pointercancel=move |_| left.left()
            on:wheel=move |event| wheel.wheel(&event)
            on:dblclick=move |_| timing.set(timing.get_once().showing(Sight::All), Step::Push)
            on:focus=move |_| focused.set(true)
            on:blur=move |_| { focused.set(false); hovered.set(None) }
            on:keydown=move |event| key.key(&event, look.scale, look.as_table)
        >
            <canvas node_ref=canvases.behind data-behind=chart.id data-repaints="0" aria-hidden="true"></canvas>
            <canvas node_ref=canvases.time class="time" data-repaints="0" aria-hidden="true"></canvas>
            <canvas node_ref=canvases.front style=move || front_style(&view.read())
                data-chart=chart.id data-repaints="0" role="img" aria-label=words></canvas>
            <div class="selection" hidden=move || drawing.read().is_none() style=selection></div>
            <Crosshair chart view hovered in_sight spoken=focused/>
        </div>
    }
}

/// Keeps the pointer's moves, also those outside of the chart. A browser that refuses ends the stretch at the edge.
fn capture(event: &PointerEvent) {
    if let Some(element) = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok()) {
        let _ = element.set_pointer_capture(event.pointer_id());
    }
}

/// The layers of a drawing: axes behind, lines in front, and the ticks of the time axis.
#[derive(Clone, Copy)]
struct Canvases {
    behind: NodeRef<html::Canvas>,
    time: NodeRef<html::Canvas>,
    front: NodeRef<html::Canvas>,
}

/// What is kept of a drawing from frame to frame.
struct Kept {
    layers: Layers,
    /// The runs that it shows.
    runs: Vec<RunId>,
}

/// Has the chart drawn whenever samples, size, theme or lines have changed, and it is in sight.
fn repaint(
    session: Session,
    chart: &'static Chart,
    frame: NodeRef<html::Div>,
    canvases: Canvases,
    view: Memo<View>,
    in_sight: RwSignal<bool>,
) {
    let frames: Frames = expect_context();
    let kept = Rc::new(RefCell::new(Kept { layers: Layers::new(chart), runs: Vec::new() }));
    let number = frames.add(move || {
        if let Err(error) = paint(canvases, session, &mut kept.borrow_mut(), &view.get_untracked()) {
            leptos::logging::error!("{error}");
        }
    });
    on_cleanup(move || frames.remove(number));
    watch_sight(frame, move |now| {
        frames.set_in_sight(number, now);
        in_sight.set(now);
    });
    let drawn = Memo::new(move |_| session.read(|dashboard| dashboard.drawn()));
    Effect::new(move || {
        drawn.track();
        view.track();
        canvases.front.track();
        frames.request(number);
    });
}

/// Draws what has changed.
fn paint(canvases: Canvases, session: Session, kept: &mut Kept, view: &View) -> Result<(), DrawError> {
    let Canvases { behind, time, front } = canvases;
    let found = [behind, time, front].map(|canvas| canvas.get_untracked());
    let [Some(behind), Some(time), Some(front)] = found else { return Ok(()) };
    if view.width == 0 || view.height == 0 {
        return Ok(());
    }
    let Some(front_layer) = LiveLayer::new(&front, view) else { return Ok(()) };
    let behind_layer = StillLayer::new(&behind, view);
    let time_layer = StillLayer::at_foot(&time, view, TIME_LABELS);
    session.read_once(|dashboard| {
        let runs = dashboard.runs().iter().map(|run| &run.id);
        if !runs.clone().eq(&kept.runs) {
            kept.runs = runs.cloned().collect();
            kept.layers.forget();
        }
        let traces = dashboard.traces();
        let repaint = kept.layers.follow(&traces, view)?;
        if let Some(commands) = repaint.behind {
            behind_layer.draw(commands);
            count(&behind);
        }
        if let Some(commands) = repaint.time {
            time_layer.draw(commands);
            count(&time);
        }
        if let Some(part) = repaint.front {
            front_layer.draw(&part);
            count(&front);
            tell_newest(&front, &traces);
        }
        Ok(())
    })
}

/// Counts the drawings of a canvas, for tests and benchmarks.
fn count(canvas: &HtmlCanvasElement) {
    let counted = canvas.get_attribute("data-repaints").and_then(|count| count.parse::<u64>().ok());
    let _ = canvas.set_attribute("data-repaints", &(counted.unwrap_or(0) + 1).to_string());
}

/// Tells the sequence number of the newest sample that a canvas was drawn with, for benchmarks.
fn tell_newest(canvas: &HtmlCanvasElement, traces: &[Trace<'_>]) {
    if let Some(newest) = traces.last().and_then(|trace| trace.samples.last()) {
        let _ = canvas.set_attribute("data-drawn", &newest.seq.to_string());
    }
}
