//! `opool`: the pool of a library, behind the same books. Its allocator says what is made, reset and taken back.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use opool::{Pool, PoolAllocator, RcGuard};

use super::statistics::Statistics;

/// A buffer of the library's pool.
#[derive(Debug)]
struct Slot {
    buffer: Vec<u8>,
    /// Set when the library was told that it may keep it; still set when it is dropped, the library found no room.
    waits: AtomicBool,
    /// Whether it was made for who has it now.
    is_new: bool,
    statistics: Arc<Statistics>,
}

#[derive(Debug)]
struct Allocator {
    statistics: Arc<Statistics>,
    max_buffer_bytes: usize,
}

/// The library's pool. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Opool(Arc<Pool<Allocator, Slot>>);

/// The library's guard of a buffer.
#[derive(Debug)]
pub struct Guard(RcGuard<Allocator, Slot>);

impl Opool {
    pub(super) fn new(capacity: usize, max_buffer_bytes: usize, statistics: Arc<Statistics>) -> Self {
        Self(Pool::new(capacity, Allocator { statistics, max_buffer_bytes }).to_rc())
    }

    pub(super) fn take(&self) -> Guard {
        let guard = Guard(Arc::clone(&self.0).get_rc());
        if !guard.0.is_new {
            guard.0.statistics.reused();
        }
        guard
    }

    /// Frees the buffers that wait, and gives their bytes.
    pub(super) fn empty(&self) -> usize {
        let slots = std::iter::from_fn(|| Arc::clone(&self.0).try_get_rc().map(RcGuard::into_inner));
        // Not more than there are now: others come back meanwhile.
        slots.take(self.0.len()).map(|slot| slot.buffer.capacity()).sum()
    }
}

impl Guard {
    pub(super) fn buffer(&self) -> &Vec<u8> {
        &self.0.buffer
    }

    pub(super) fn buffer_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0.buffer
    }
}

impl PoolAllocator<Slot> for Allocator {
    fn allocate(&self) -> Slot {
        self.statistics.missed();
        let statistics = Arc::clone(&self.statistics);
        Slot { buffer: Vec::new(), waits: AtomicBool::new(false), is_new: true, statistics }
    }

    fn reset(&self, slot: &mut Slot) {
        *slot.waits.get_mut() = false;
        slot.is_new = false;
        // Whoever takes it counts a hit; to empty the pool is none.
        self.statistics.leaves(slot.buffer.capacity());
        slot.buffer.clear();
    }

    fn is_valid(&self, slot: &Slot) -> bool {
        let capacity = slot.buffer.capacity();
        let valid = capacity <= self.max_buffer_bytes && !self.statistics.is_full();
        if valid {
            slot.waits.store(true, Relaxed);
            self.statistics.waits(capacity);
        }
        valid
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        match *self.waits.get_mut() {
            true => self.statistics.gone(self.buffer.capacity()),
            false => self.statistics.dropped(),
        }
    }
}
