//! `thread_local`: one buffer for each thread. No thread waits for another, and none helps another out: a buffer
//! that is dropped on another thread than it was taken on is that thread's from then on.

use std::fmt;

use super::{Shelf, Slot, lock};

#[derive(Default)]
pub(super) struct ThreadLocal {
    /// A lock that nobody else wants, but who empties the pool.
    slots: ::thread_local::ThreadLocal<Slot>,
}

impl Shelf for ThreadLocal {
    fn take(&self) -> Option<Vec<u8>> {
        lock(self.slots.get()?).take()
    }

    fn give(&self, buffer: Vec<u8>) -> Result<(), Vec<u8>> {
        // The newest stays, it is the warmest; the one before, if there is one, goes.
        lock(self.slots.get_or_default()).replace(buffer).map_or(Ok(()), Err)
    }

    fn take_any(&self) -> Option<Vec<u8>> {
        self.slots.iter().find_map(|slot| lock(slot).take())
    }
}

impl fmt::Debug for ThreadLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadLocal")
    }
}
