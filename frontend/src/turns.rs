//! Parts of the page that are made in turns, each in a task of its own: between two of them the browser can paint and
//! answer.
//!
//! A browser compiles a function of the page when it is first called, so that what is made for the first time costs
//! several times what it costs later. All of it at once would keep a phone from answering for half a second.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use leptos::prelude::*;

struct Queue {
    waiting: Vec<RwSignal<bool>>,
    /// Where the next one is put: the parts of a part come before what stands below it, so that nothing moves in sight.
    place: usize,
}

thread_local! {
    /// The page has one main thread, and this is what waits for it.
    static QUEUE: RefCell<Queue> = const { RefCell::new(Queue { waiting: Vec::new(), place: 0 }) };
}

/// The place of a part, which is made when it has its turn.
pub fn in_turn(make: impl Fn() -> AnyView + Send + 'static) -> AnyView {
    let has_turn = RwSignal::new(false);
    let is_only = QUEUE.with_borrow_mut(|queue| {
        queue.waiting.insert(queue.place, has_turn);
        queue.place += 1;
        queue.waiting.len() == 1
    });
    if is_only {
        go_on();
    }
    (move || has_turn.get().then(&make)).into_any()
}

/// Makes the first part in a task to come, and goes on as long as there are others.
fn go_on() {
    let next = || {
        let (part, is_last) = QUEUE.with_borrow_mut(|queue| {
            queue.place = 0;
            (queue.waiting.remove(0), queue.waiting.is_empty())
        });
        // What is not wanted any more is passed over.
        let _ = part.try_set(true);
        if !is_last {
            go_on();
        }
    };
    Timeout::new(0, next).forget();
}
