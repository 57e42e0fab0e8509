//! Which requests are rejected: a fixed share of them, evenly spread and the same each time.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts requests, and rejects a share of them.
#[derive(Debug)]
pub(super) struct Rejections {
    /// Of each 100 requests, from 0 to 100.
    percent: u64,
    seen: AtomicU64,
}

impl Rejections {
    /// Rejects this many of each 100 requests.
    pub(super) fn new(percent: u64) -> Self {
        Self { percent, seen: AtomicU64::new(0) }
    }

    /// Whether to reject the next request. After each hundred exactly `percent` of them were rejected; the first of
    /// them is.
    pub(super) fn next(&self) -> bool {
        if self.percent == 0 {
            return false; // no shared counter for a handler that rejects nothing
        }
        let before = self.seen.fetch_add(1, Ordering::Relaxed);
        ((before + 1) * self.percent).div_ceil(100) > (before * self.percent).div_ceil(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hundred_requests_has_exactly_its_share_of_rejections() {
        for percent in [0, 1, 33, 50, 99, 100] {
            let rejections = Rejections::new(percent);
            for _ in 0..3 {
                let rejected = (0..100).filter(|_| rejections.next()).count();
                assert_eq!(rejected as u64, percent);
            }
        }
    }

    #[test]
    fn rejections_are_spread_evenly() {
        let half = Rejections::new(50);
        assert_eq!([(); 4].map(|()| half.next()), [true, false, true, false]);
    }
}
