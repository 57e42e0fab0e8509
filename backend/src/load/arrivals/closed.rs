//! A closed profile's requests on one load thread: how many may be on their way, and how many are left.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use heapgym_shared::load::Concurrency;

/// How many requests of a closed profile may be on their way on one load thread.
#[derive(Debug)]
pub(super) struct Slots {
    concurrency: Concurrency,
    /// The thread's share of the whole: thread `share.0` of `share.1`.
    share: (u64, u64),
    /// Requests that are left to all threads together; `None` where their number is not fixed.
    iterations: Option<Arc<AtomicU64>>,
    /// Set by hand: it takes the place of the profile's.
    fixed: Option<u32>,
}

impl Slots {
    /// The slots of thread `share.0` of `share.1`.
    pub(super) fn new(
        concurrency: Concurrency,
        share: (u64, u64),
        iterations: Option<Arc<AtomicU64>>,
    ) -> Self {
        Self { concurrency, share, iterations, fixed: None }
    }

    /// Keeps to this concurrency from now on.
    pub(super) fn fix(&mut self, concurrency: u32) {
        self.fixed = Some(concurrency);
    }

    /// How many requests this thread may have on their way, so long after the load phase began.
    pub(super) fn allowed(&self, elapsed_ns: u64) -> usize {
        let whole = self.fixed.unwrap_or_else(|| self.concurrency.at(elapsed_ns));
        let (thread, threads) = self.share;
        ((u64::from(whole) + threads - 1 - thread) / threads) as usize
    }

    /// When that changes next.
    pub(super) fn next_change(&self, elapsed_ns: u64) -> Option<u64> {
        if self.fixed.is_some() { None } else { self.concurrency.next_change(elapsed_ns) }
    }

    /// Whether all of a fixed number of requests have been taken.
    pub(super) fn is_exhausted(&self) -> bool {
        self.iterations.as_ref().is_some_and(|left| left.load(Ordering::Relaxed) == 0)
    }

    /// Takes one of the requests that are left; false when none is.
    pub(super) fn take(&mut self) -> bool {
        let Some(left) = &self.iterations else { return true };
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}
