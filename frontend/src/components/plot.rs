//! A chart's drawing: sized by the page, drawn in a frame when what it shows has changed.

use std::{cell::RefCell, rc::Rc};

use heapgym_shared::{
    chart::{Chart, DrawError, Hidden, Layers, TIME_LABELS, TimeAxis, View, summary},
    protocol::RunId,
};
use leptos::{ev::KeyboardEvent, html, prelude::*};
use web_sys::HtmlCanvasElement;

use super::crosshair::{Crosshair, Hovered};
use crate::{
    appearance::use_appearance,
    canvas::{Layer, SCALE, density},
    frames::Frames,
    measure::box_size,
    model::cursor::moved,
    session::{Session, use_session},
    sight::watch_sight,
};

/// A chart's drawing in layers, with its crosshair.
#[component]
pub fn Plot(
    /// What it shows.
    chart: &'static Chart,
    /// The series that are switched off.
    hidden: RwSignal<Hidden>,
    /// The instant under the pointer.
    hovered: Hovered,
) -> impl IntoView {
    let session = use_session();
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
        hidden: hidden.get(),
        span_ns: session.read(|dashboard| dashboard.span_ns()),
        ..View::default()
    });
    repaint(session, chart, frame, canvases, view);
    // Said anew with each phase and not with each sample: nobody can listen to ten sentences a second.
    let status = Memo::new(move |_| session.status());
    let words = move || {
        status.track();
        session.read_once(|dashboard| summary(chart, &dashboard.traces()))
    };
    let axis =
        move || session.read_once(|dashboard| TimeAxis::new(&dashboard.traces(), &view.get_untracked()));
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            hovered.set(None);
        } else if let Some(to) = moved(&event.key(), hovered.get_untracked(), axis().end_ns) {
            event.prevent_default();
            hovered.set(Some(to));
        }
    };
    let focused = RwSignal::new(false);
    view! {
        <div
            class="plot" node_ref=frame
            tabindex="0" role="group" aria-label=format!("{}: arrow keys move the cursor", chart.title)
            on:pointermove=move |event| hovered.set(axis().elapsed_ns(f64::from(event.offset_x())))
            on:pointerleave=move |_| hovered.set(None)
            on:focus=move |_| focused.set(true)
            on:blur=move |_| { focused.set(false); hovered.set(None) }
            on:keydown=on_key
        >
            <canvas node_ref=canvases.behind data-behind=chart.id data-repaints="0" aria-hidden="true"></canvas>
            <canvas node_ref=canvases.time class="time" data-repaints="0" aria-hidden="true"></canvas>
            <canvas node_ref=canvases.front data-chart=chart.id data-repaints="0" role="img" aria-label=words></canvas>
            <Crosshair chart view hovered spoken=focused/>
        </div>
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
) {
    let frames: Frames = expect_context();
    let kept = Rc::new(RefCell::new(Kept { layers: Layers::new(chart), runs: Vec::new() }));
    let number = frames.add(move || {
        if let Err(error) = paint(canvases, session, &mut kept.borrow_mut(), &view.get_untracked()) {
            leptos::logging::error!("{error}");
        }
    });
    on_cleanup(move || frames.remove(number));
    watch_sight(frame, move |in_sight| frames.set_in_sight(number, in_sight));
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
    let layers =
        (Layer::new(&behind, view), Layer::at_foot(&time, view, TIME_LABELS), Layer::new(&front, view));
    let (Some(behind_layer), Some(time_layer), Some(front_layer)) = layers else { return Ok(()) };
    session.read_once(|dashboard| {
        let runs = dashboard.runs().iter().map(|run| &run.id);
        if !runs.clone().eq(&kept.runs) {
            kept.runs = runs.cloned().collect();
            kept.layers.forget();
        }
        let repaint = kept.layers.follow(&dashboard.traces(), view)?;
        if let Some(commands) = repaint.behind {
            behind_layer.draw(commands);
            count(&behind);
        }
        if let Some(commands) = repaint.time {
            time_layer.draw(commands);
            count(&time);
        }
        if let Some(part) = repaint.front {
            front_layer.draw_part(&part);
            count(&front);
        }
        Ok(())
    })
}

/// Counts the drawings of a canvas, for tests and benchmarks.
fn count(canvas: &HtmlCanvasElement) {
    let counted = canvas.get_attribute("data-repaints").and_then(|count| count.parse::<u64>().ok());
    let _ = canvas.set_attribute("data-repaints", &(counted.unwrap_or(0) + 1).to_string());
}
