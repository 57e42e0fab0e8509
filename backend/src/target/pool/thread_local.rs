//! `thread_local`: one buffer for each thread. No thread waits for another, and none helps another out: a buffer
//! that is dropped on another thread than it was taken on is that thread's from then on.

use std::{cell::Cell, fmt};

use super::Shelf;

#[derive(Default)]
pub(super) struct ThreadLocal {
    slots: ::thread_local::ThreadLocal<Cell<Option<Vec<u8>>>>,
}

impl Shelf for ThreadLocal {
    fn take(&self) -> Option<Vec<u8>> {
        self.slots.get()?.take()
    }

    fn give(&self, buffer: Vec<u8>) -> Result<(), Vec<u8>> {
        // The newest stays, it is the warmest; the one before, if there is one, goes.
        self.slots.get_or_default().replace(Some(buffer)).map_or(Ok(()), Err)
    }
}

impl fmt::Debug for ThreadLocal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ThreadLocal")
    }
}
