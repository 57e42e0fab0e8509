//! A chart's canvas: sized by the page, drawn in a frame when what it shows has changed.

use heapgym_shared::chart::{
    Chart, Hidden, TimeAxis, View,
    commands::{Commands, Recorder},
    draw, summary,
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
};

/// A chart's canvas with its crosshair.
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
    let canvas = NodeRef::<html::Canvas>::new();
    let size = box_size(frame);
    let view = Memo::new(move |_| View {
        width: size.get().0,
        height: size.get().1,
        scale: SCALE,
        density: density(),
        theme: appearance.theme(),
        hidden: hidden.get(),
        span_ns: session.read(|dashboard| dashboard.span_ns()),
        ..View::default()
    });
    repaint(session, chart, canvas, view);
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
            <canvas node_ref=canvas data-chart=chart.id data-repaints="0" role="img" aria-label=words></canvas>
            <Crosshair chart view hovered spoken=focused/>
        </div>
    }
}

/// Has the chart drawn whenever samples, size, theme or lines have changed.
fn repaint(session: Session, chart: &'static Chart, canvas: NodeRef<html::Canvas>, view: Memo<View>) {
    let frames: Frames = expect_context();
    let number = frames.add(move || {
        let Some(canvas) = canvas.get_untracked() else { return };
        if paint(&canvas, session, chart, &view.get_untracked()) {
            let counted = canvas.get_attribute("data-repaints").and_then(|count| count.parse::<u64>().ok());
            let _ = canvas.set_attribute("data-repaints", &(counted.unwrap_or(0) + 1).to_string());
        }
    });
    let drawn = Memo::new(move |_| session.read(|dashboard| dashboard.drawn()));
    Effect::new(move || {
        drawn.track();
        view.track();
        canvas.track();
        frames.request(number);
    });
    let listener = window_event_listener(leptos::ev::resize, move |_| frames.request(number));
    on_cleanup(move || listener.remove());
}

/// Draws; answers whether it could.
fn paint(canvas: &HtmlCanvasElement, session: Session, chart: &Chart, view: &View) -> bool {
    if view.width == 0 || view.height == 0 {
        return false;
    }
    let Some(layer) = Layer::new(canvas, view) else { return false };
    let mut commands = Commands::default();
    let recorder = Recorder::new(&mut commands, (view.width * view.scale, view.height * view.scale));
    match session.read_once(|dashboard| draw(chart, &dashboard.traces(), view, recorder)) {
        Ok(()) => {
            layer.draw(&commands);
            true
        }
        Err(error) => {
            leptos::logging::error!("{error}");
            false
        }
    }
}
