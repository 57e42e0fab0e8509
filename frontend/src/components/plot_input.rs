//! What mouse, fingers, wheel and keys do to a chart: all of it moves the time that the charts share, or the cursor.

use std::{cell::RefCell, rc::Rc};

use heapgym_shared::chart::{Chart, TimeAxis, TimeRange, ValueScale, View};
use leptos::{
    ev::{KeyboardEvent, PointerEvent, WheelEvent},
    prelude::*,
};

use super::crosshair::Hovered;
use crate::{
    model::{
        cursor::moved,
        gesture::{Asked, Gesture},
        timeline::{Sight, Timeline},
    },
    navigation::Step,
    session::{Session, use_session},
    timing::{Timing, use_timing},
};

/// How much a key, a button or a notch of the wheel zooms.
pub const CLOSER: f64 = 0.7;
/// How much of what is in sight a key moves.
const PAN: f64 = 0.2;

/// What a chart's input acts on.
#[derive(Clone)]
pub struct PlotInput {
    chart: &'static Chart,
    session: Session,
    timing: Timing,
    view: Memo<View>,
    hovered: Hovered,
    gesture: Rc<RefCell<Gesture>>,
    /// The stretch that is being drawn, in CSS pixels.
    pub drawing: RwSignal<Option<(f64, f64)>>,
}

impl PlotInput {
    /// The input of a chart that is looked at like this.
    pub fn new(chart: &'static Chart, view: Memo<View>, hovered: Hovered) -> Self {
        let (session, timing) = (use_session(), use_timing());
        Self { chart, session, timing, view, hovered, gesture: Rc::default(), drawing: RwSignal::new(None) }
    }

    /// A pointer came down.
    pub fn down(&self, event: &PointerEvent) {
        if event.button() == 0 && self.chart.is_over_time() {
            self.heed(self.gesture.borrow_mut().down(event.pointer_id(), f64::from(event.offset_x())));
        }
    }

    /// A pointer moved.
    pub fn moved(&self, event: &PointerEvent) {
        if !self.chart.is_over_time() {
            return;
        }
        let x = f64::from(event.offset_x());
        self.hovered.set(self.axis().elapsed_ns(x));
        let asked = self.gesture.borrow_mut().moved(event.pointer_id(), x);
        asked.into_iter().for_each(|asked| self.heed(asked));
    }

    /// A pointer went up.
    pub fn up(&self, event: &PointerEvent) {
        let asked = self.gesture.borrow_mut().up(event.pointer_id());
        asked.into_iter().for_each(|asked| self.heed(asked));
    }

    /// The pointers are gone, or belong to the page's own scrolling.
    pub fn left(&self) {
        self.hovered.set(None);
        self.heed(self.gesture.borrow_mut().cancel());
    }

    /// The wheel turned: with Ctrl, as trackpads say for a pinch, it zooms; with Shift it pans; else the page scrolls.
    pub fn wheel(&self, event: &WheelEvent) {
        if !self.chart.is_over_time() {
            return;
        }
        let turn = if event.delta_y() == 0.0 { event.delta_x() } else { event.delta_y() };
        if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            self.zoom(f64::from(event.offset_x()), CLOSER.powf(-turn / 100.0));
        } else if event.shift_key() {
            event.prevent_default();
            self.change(Step::Replace, |timeline, shown, all| {
                timeline.panned(shown, PAN * turn / 100.0, all)
            });
        }
    }

    /// A key was pressed.
    pub fn key(&self, event: &KeyboardEvent, scale: RwSignal<ValueScale>, as_table: RwSignal<bool>) {
        // With a modifier it is the browser's.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let axis = self.axis();
        // With Shift or Caps Lock a letter is the same key.
        match event.key().as_str() {
            "t" | "T" => as_table.update(|open| *open = !*open),
            " " => toggle_pause(self.timing, self.session),
            _ if !self.chart.is_over_time() => return,
            "Escape" => return self.hovered.set(None),
            "ArrowLeft" if event.shift_key() => self.pan(-PAN),
            "ArrowRight" if event.shift_key() => self.pan(PAN),
            "+" | "=" => self.zoom_by_key(CLOSER),
            "-" => self.zoom_by_key(1.0 / CLOSER),
            "0" => self.change(Step::Push, |timeline, _, _| timeline.showing(Sight::All)),
            "l" | "L" => scale.update(ValueScale::toggle),
            key => match moved(key, self.hovered.get_untracked(), axis.begin_ns, axis.end_ns) {
                Some(to) => self.hovered.set(Some(to)),
                None => return,
            },
        }
        event.prevent_default();
    }

    fn heed(&self, asked: Asked) {
        self.drawing.set(match asked {
            Asked::Drawing(from, to) => Some((from, to)),
            _ => None,
        });
        match asked {
            Asked::Drawn(from, to) => {
                let axis = self.axis();
                let at = |x: f64| axis.elapsed_ns(x.clamp(axis.left, axis.right));
                if let (Some(from), Some(to)) = (at(from), at(to)) {
                    self.change(Step::Push, |timeline, _, all| timeline.chosen(from, to, all));
                }
            }
            Asked::Pinched { about, factor } => self.zoom(about, factor),
            Asked::Drawing(..) | Asked::Nothing => {}
        }
    }

    fn zoom(&self, x: f64, factor: f64) {
        let axis = self.axis();
        if let Some(about) = axis.elapsed_ns(x.clamp(axis.left, axis.right)) {
            self.change(Step::Replace, |timeline, shown, all| timeline.zoomed(shown, about, factor, all));
        }
    }

    /// Around the cursor, or the middle where there is none.
    fn zoom_by_key(&self, factor: f64) {
        let cursor = self.hovered.get_untracked();
        self.change(Step::Replace, |timeline, shown, all| {
            timeline.zoomed(shown, cursor.unwrap_or(shown.from_ns.midpoint(shown.to_ns)), factor, all)
        });
    }

    fn pan(&self, part: f64) {
        self.change(Step::Replace, |timeline, shown, all| timeline.panned(shown, part, all));
    }

    fn change(&self, step: Step, change: impl FnOnce(Timeline, TimeRange, TimeRange) -> Timeline) {
        let shown = stretch(&self.axis());
        let all = stretch(&self.axis_of(View { range: None, ..self.view.get_untracked() }));
        self.timing.set(change(self.timing.get_once(), shown, all), step);
    }

    fn axis(&self) -> TimeAxis {
        self.axis_of(self.view.get_untracked())
    }

    fn axis_of(&self, view: View) -> TimeAxis {
        self.session.read_once(|dashboard| TimeAxis::new(&dashboard.traces(), &view))
    }
}

impl std::fmt::Debug for PlotInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PlotInput")
    }
}

/// Stops the charts, or lets them go on.
pub fn toggle_pause(timing: Timing, session: Session) {
    let now_ns = session.read_once(|dashboard| dashboard.elapsed_ns());
    timing.set(timing.get_once().toggled(now_ns), Step::Replace);
}

fn stretch(axis: &TimeAxis) -> TimeRange {
    TimeRange { from_ns: axis.begin_ns, to_ns: axis.end_ns }
}
