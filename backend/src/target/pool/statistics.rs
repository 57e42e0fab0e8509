//! The books of the pools: what was there, what was not, and what waits. Written by all threads, without locks.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use heapgym_shared::pool::{CAPACITY_CLASSES, PoolReading, capacity_class};

/// Counters of all pools of a target.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    hits: AtomicU64,
    misses: AtomicU64,
    drops: AtomicU64,
    idle: AtomicU64,
    retained_bytes: AtomicU64,
    capacities: [AtomicU32; CAPACITY_CLASSES],
    /// One more than the most idle buffers that there may be; 0 for any number.
    limited: AtomicU64,
}

impl Statistics {
    /// From now on there may be at most so many idle buffers.
    pub(super) fn limit(&self, idle: u64) {
        self.limited.store(idle.saturating_add(1), Relaxed);
    }

    /// Whether there are as many idle buffers as there may be.
    pub(super) fn is_full(&self) -> bool {
        let most = self.limited.load(Relaxed);
        most > 0 && self.idle.load(Relaxed) + 1 >= most
    }

    /// A buffer was wanted, and one waited.
    pub(super) fn hit(&self, capacity: usize) {
        self.reused();
        self.leaves(capacity);
    }

    /// A buffer that has left already was wanted.
    pub(super) fn reused(&self) {
        self.hits.fetch_add(1, Relaxed);
    }

    /// A buffer was wanted, and none waited.
    pub(super) fn missed(&self) {
        self.misses.fetch_add(1, Relaxed);
    }

    /// A buffer came back and is going to wait.
    pub(super) fn waits(&self, capacity: usize) {
        self.idle.fetch_add(1, Relaxed);
        self.retained_bytes.fetch_add(capacity as u64, Relaxed);
        self.capacities[capacity_class(capacity)].fetch_add(1, Relaxed);
    }

    /// A buffer that came back is freed without having waited.
    pub(super) fn dropped(&self) {
        self.drops.fetch_add(1, Relaxed);
    }

    /// A buffer that waited, or was going to, is freed.
    pub(super) fn gone(&self, capacity: usize) {
        self.leaves(capacity);
        self.dropped();
    }

    /// A buffer waits no longer.
    pub(super) fn leaves(&self, capacity: usize) {
        self.idle.fetch_sub(1, Relaxed);
        self.retained_bytes.fetch_sub(capacity as u64, Relaxed);
        self.capacities[capacity_class(capacity)].fetch_sub(1, Relaxed);
    }

    /// All of them, each as it is now.
    pub(super) fn reading(&self) -> PoolReading {
        PoolReading {
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            drops: self.drops.load(Relaxed),
            idle: self.idle.load(Relaxed),
            retained_bytes: self.retained_bytes.load(Relaxed),
            capacities: std::array::from_fn(|class| self.capacities[class].load(Relaxed)),
        }
    }
}
