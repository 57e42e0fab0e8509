//! `bounded`: one queue of fixed length. What finds no room is freed; what waits, waits for ever.

use crossbeam_queue::ArrayQueue;

use super::Shelf;

#[derive(Debug)]
pub(super) struct Bounded {
    idle: ArrayQueue<Vec<u8>>,
}

impl Bounded {
    pub(super) fn new(capacity: usize) -> Self {
        Self { idle: ArrayQueue::new(capacity) }
    }
}

impl Shelf for Bounded {
    fn take(&self) -> Option<Vec<u8>> {
        self.idle.pop()
    }

    fn give(&self, buffer: Vec<u8>) -> Result<(), Vec<u8>> {
        self.idle.push(buffer)
    }
}
