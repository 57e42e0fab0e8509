//! The curve of what a run is going to ask for, drawn while the form is filled in.

use heapgym_shared::chart::{
    Preview, View,
    commands::{Commands, Recorder},
};
use leptos::{html, prelude::*};

use crate::{
    appearance::use_appearance,
    canvas::{SCALE, StillLayer, density},
    measure::box_size,
    session::{Judgement, use_session},
};

/// The curve. Of a form that would be refused the last one stays, pale.
#[component]
pub fn LoadPreview() -> impl IntoView {
    let (session, appearance) = (use_session(), use_appearance());
    let Judgement(judged) = expect_context();
    let (frame, canvas) = (NodeRef::<html::Div>::new(), NodeRef::<html::Canvas>::new());
    let size = box_size(frame);
    let spec = Memo::new(move |_| session.form(|form| form.check().ok()));
    let title = RwSignal::new("");
    Effect::new(move |_| {
        let ((width, height), theme) = (size.get(), appearance.theme());
        let (Some(canvas), Some(spec)) = (canvas.get(), spec.get()) else { return };
        if width == 0 || height == 0 {
            return;
        }
        let view = View { width, height, scale: SCALE, density: density(), theme, ..View::default() };
        let preview = Preview::of(&spec);
        let mut commands = Commands::default();
        let recorder = Recorder::new(&mut commands, (width * SCALE, height * SCALE));
        match preview.draw(&view, recorder) {
            Ok(()) => StillLayer::new(&canvas, &view).draw(&commands),
            Err(error) => leptos::logging::error!("{error}"),
        }
        title.set(preview.title());
    });
    let words = move || format!("{}, before the run. {}", title.get(), judged.read().forecast);
    let caption = move || match spec.read().is_some() {
        true => title.get(),
        false => "A setting is out of its range: the curve is not that of the form.",
    };
    view! {
        <figure id="preview" class="preview" data-stale=move || spec.read().is_none().to_string()>
            <figcaption class="quiet">{caption}</figcaption>
            <div node_ref=frame class="preview-plot">
                <canvas node_ref=canvas role="img" aria-label=words></canvas>
            </div>
        </figure>
    }
}
