//! One animation frame for all charts: each is drawn when something it shows has changed and it is in sight, and once
//! at most.

use std::{collections::BTreeMap, rc::Rc};

use leptos::prelude::*;

/// The page's painters. A handle: copies mean the same ones.
#[derive(Clone, Copy)]
pub struct Frames(StoredValue<Queue, LocalStorage>);

#[derive(Default)]
struct Queue {
    painters: BTreeMap<usize, Painter>,
    /// How many there have ever been.
    added: usize,
    /// Whether a frame was asked for. In a hidden tab it comes when the tab is seen again.
    requested: bool,
}

struct Painter {
    paint: Rc<dyn Fn()>,
    /// Whether something that it shows has changed.
    is_due: bool,
    in_sight: bool,
}

impl Frames {
    /// No painters yet.
    pub fn new() -> Self {
        let frames = Self(StoredValue::new_local(Queue::default()));
        // On paper all of the page is in sight.
        let listener = window_event_listener(leptos::ev::beforeprint, move |_| frames.paint_all());
        on_cleanup(move || listener.remove());
        frames
    }

    /// Adds a painter, which is taken to be in sight; answers with its number.
    pub fn add(&self, paint: impl Fn() + 'static) -> usize {
        let add = |queue: &mut Queue| {
            queue.added += 1;
            let painter = Painter { paint: Rc::new(paint), is_due: false, in_sight: true };
            queue.painters.insert(queue.added, painter);
            queue.added
        };
        self.0.try_update_value(add).unwrap_or_default()
    }

    /// Takes a painter away.
    pub fn remove(&self, number: usize) {
        // When the page goes, all of them have gone.
        let _ = self.0.try_update_value(|queue| queue.painters.remove(&number));
    }

    /// Asks for a painter to be called in the next frame, or in the first one in which it is in sight.
    pub fn request(self, number: usize) {
        self.change(number, |painter| painter.is_due = true);
    }

    /// Takes in whether a painter is in sight. What it missed it catches up with.
    pub fn set_in_sight(self, number: usize, in_sight: bool) {
        self.change(number, |painter| painter.in_sight = in_sight);
    }

    fn change(self, number: usize, change: impl FnOnce(&mut Painter)) {
        let needs_frame = |queue: &mut Queue| {
            let Some(painter) = queue.painters.get_mut(&number) else { return false };
            change(painter);
            let waits = painter.is_due && painter.in_sight;
            waits && !std::mem::replace(&mut queue.requested, true)
        };
        if self.0.try_update_value(needs_frame).unwrap_or(false) {
            request_animation_frame(move || self.paint());
        }
    }

    /// Paints at once whatever has changed, wherever it is.
    fn paint_all(&self) {
        // When the page goes, all of them have gone.
        let _ = self.0.try_update_value(|queue| {
            queue.painters.values_mut().for_each(|painter| painter.in_sight = true);
        });
        self.paint();
    }

    fn paint(&self) {
        let take = |queue: &mut Queue| {
            queue.requested = false;
            let due = queue.painters.values_mut().filter(|painter| painter.is_due && painter.in_sight);
            let due = due.map(|painter| {
                painter.is_due = false;
                Rc::clone(&painter.paint)
            });
            due.collect::<Vec<_>>()
        };
        for paint in self.0.try_update_value(take).unwrap_or_default() {
            paint();
        }
    }
}

impl Default for Frames {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Frames {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Frames")
    }
}
