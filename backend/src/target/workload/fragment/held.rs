//! What lives for a while after its request, as a session does, and is then freed by a thread.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::locked;

/// Most requests whose objects are held; more are freed early, the oldest first.
const MOST: usize = 4_096;

/// From one look at what is over to the next.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Things that are held, each for the same time.
#[derive(Debug)]
pub(super) struct Held<T> {
    queue: Arc<Mutex<VecDeque<(Instant, T)>>>,
    hold: Duration,
}

impl<T: Send + 'static> Held<T> {
    /// Starts the thread that frees them. It ends with this.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn start(hold: Duration) -> io::Result<Self> {
        let queue = Arc::new(Mutex::new(VecDeque::with_capacity(MOST)));
        let theirs = Arc::downgrade(&queue);
        thread::Builder::new().name("held".to_owned()).spawn(move || {
            while let Some(queue) = theirs.upgrade() {
                while pop(&queue, |due, _| due <= Instant::now()).is_some() {}
                drop(queue);
                thread::sleep(LOOK_EVERY);
            }
        })?;
        Ok(Self { queue, hold })
    }

    /// Holds something for a while.
    pub(super) fn hold(&self, thing: T) {
        locked(&self.queue, |queue| queue.push_back((Instant::now() + self.hold, thing)));
        drop(pop(&self.queue, |_, held| held > MOST));
    }
}

/// Takes out the oldest, if it is to go; it is freed outside of the lock.
fn pop<T>(queue: &Mutex<VecDeque<(Instant, T)>>, goes: impl FnOnce(Instant, usize) -> bool) -> Option<T> {
    locked(queue, |queue| {
        let (due, _) = queue.front()?;
        goes(*due, queue.len()).then(|| queue.pop_front())?.map(|(_, thing)| thing)
    })
}
