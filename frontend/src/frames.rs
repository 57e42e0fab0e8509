//! One animation frame for all charts: each is drawn when something it shows has changed, and once at most.

use std::rc::Rc;

use leptos::prelude::*;

type Painter = Rc<dyn Fn()>;

/// The page's painters. A handle: copies mean the same ones.
#[derive(Clone, Copy)]
pub struct Frames(StoredValue<Queue, LocalStorage>);

#[derive(Default)]
struct Queue {
    /// One for each chart, with whether it waits for the next frame.
    painters: Vec<(Painter, bool)>,
    /// Whether a frame was asked for. In a hidden tab it comes when the tab is seen again.
    requested: bool,
}

impl Frames {
    /// No painters yet.
    pub fn new() -> Self {
        Self(StoredValue::new_local(Queue::default()))
    }

    /// Adds a painter; answers with its number.
    pub fn add(&self, painter: impl Fn() + 'static) -> usize {
        let add = |queue: &mut Queue| {
            queue.painters.push((Rc::new(painter), false));
            queue.painters.len() - 1
        };
        self.0.try_update_value(add).unwrap_or(usize::MAX)
    }

    /// Asks for a painter to be called in the next frame.
    pub fn request(self, number: usize) {
        let mark = |queue: &mut Queue| {
            if let Some((_, dirty)) = queue.painters.get_mut(number) {
                *dirty = true;
            }
            !std::mem::replace(&mut queue.requested, true)
        };
        if self.0.try_update_value(mark).unwrap_or(false) {
            request_animation_frame(move || self.paint());
        }
    }

    fn paint(&self) {
        let take = |queue: &mut Queue| {
            queue.requested = false;
            let due = queue
                .painters
                .iter_mut()
                .filter_map(|(painter, dirty)| std::mem::take(dirty).then(|| Rc::clone(painter)));
            due.collect::<Vec<_>>()
        };
        for painter in self.0.try_update_value(take).unwrap_or_default() {
            painter();
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
