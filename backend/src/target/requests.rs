//! Counts requests: those whose handler began, and those that ended.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use heapgym_probe::soft_limit::Gate;

/// Counts requests that began and ended. Clones share the counts.
#[derive(Debug, Clone, Default)]
pub struct RequestCounter(Arc<Requests>);

#[derive(Debug, Default)]
struct Requests {
    begun: AtomicU64,
    ended: AtomicU64,
    gate: Gate,
}

/// A request that is worked on; it has ended when this is dropped, also when its client went away.
#[derive(Debug)]
pub struct RequestGuard(Arc<Requests>);

impl RequestCounter {
    /// Counts a request that begins.
    pub fn begin(&self) -> RequestGuard {
        self.0.begun.fetch_add(1, Relaxed);
        RequestGuard(Arc::clone(&self.0))
    }

    /// The gate that they pass before they begin.
    pub fn gate(&self) -> &Gate {
        &self.0.gate
    }

    /// Requests that began.
    pub fn begun(&self) -> u64 {
        self.0.begun.load(Relaxed)
    }

    /// Requests that ended.
    pub fn ended(&self) -> u64 {
        self.0.ended.load(Relaxed)
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Relaxed);
    }
}
