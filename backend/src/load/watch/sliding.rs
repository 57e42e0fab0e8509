//! The last so-many seconds of a phase, slot by slot: memory is bounded however long they are.

use std::collections::VecDeque;

use hdrhistogram::{CreationError, Histogram};

use crate::load::window::Counters;

/// Most slots of a full window. A longer window has longer slots, and is judged at the end of each.
const SLOTS: u64 = 60;
/// Two digits: at most 1 % too high, which keeps a slot at some 14 KB, and a window below 1 MiB.
const SIGNIFICANT_DIGITS: u8 = 2;
const LOWEST_NS: u64 = 1_000;
const HIGHEST_NS: u64 = 3_600_000_000_000;

/// When windows begin and end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    start_ns: u64,
    span_ns: u64,
    slot_ns: u64,
    /// Ticks come a little late or early: half an interval is the same tick.
    slack_ns: u64,
}

impl Grid {
    /// Windows of `span_ns` in a phase that begins at `start_ns`, looked at every `interval_ns`.
    pub(super) fn new(start_ns: u64, span_ns: u64, interval_ns: u64) -> Self {
        let interval_ns = interval_ns.max(1);
        let slot_ns = span_ns.div_ceil(SLOTS).div_ceil(interval_ns).max(1) * interval_ns;
        Self { start_ns, span_ns, slot_ns, slack_ns: interval_ns / 2 }
    }

    /// Whether the slot that began at `since_ns` is full.
    fn is_full(&self, since_ns: u64, now_ns: u64) -> bool {
        now_ns + self.slack_ns >= since_ns + self.slot_ns
    }

    /// Whether what happened up to `then_ns` is no part of the window that ends now.
    fn is_past(&self, then_ns: u64, now_ns: u64) -> bool {
        then_ns + self.span_ns <= now_ns + self.slack_ns
    }
}

/// The latencies of the window that ends now.
#[derive(Debug)]
pub(super) struct SlidingLatencies {
    grid: Grid,
    /// End of the last full slot.
    cut_ns: u64,
    /// Full slots with their ends, the oldest first.
    slots: VecDeque<(u64, Histogram<u32>)>,
    current: Histogram<u32>,
    /// Of all full slots.
    sum: Histogram<u32>,
    /// Empty histograms for later slots.
    spares: Vec<Histogram<u32>>,
}

impl SlidingLatencies {
    /// # Errors
    /// Never, with the bounds above.
    pub(super) fn new(grid: Grid) -> Result<Self, CreationError> {
        let current = Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, SIGNIFICANT_DIGITS)?;
        Ok(Self {
            grid,
            cut_ns: grid.start_ns,
            slots: VecDeque::new(),
            sum: current.clone(),
            current,
            spares: Vec::new(),
        })
    }

    /// Adds requests that completed since the last tick.
    pub(super) fn add(&mut self, latencies: &Histogram<u64>) {
        for value in latencies.iter_recorded() {
            let count = u32::try_from(value.count_at_value()).unwrap_or(u32::MAX);
            self.current.saturating_record_n(value.value_iterated_to(), count);
        }
    }

    /// The window that ends now, if a slot does, or the phase. `None` before a whole window has passed.
    pub(super) fn cut(&mut self, now_ns: u64, last: bool) -> Option<&Histogram<u32>> {
        if now_ns < self.grid.start_ns || !(last || self.grid.is_full(self.cut_ns, now_ns)) {
            return None;
        }
        let next = self.spares.pop().unwrap_or_else(|| Histogram::new_from(&self.current));
        let full = std::mem::replace(&mut self.current, next);
        let mut kept = self.sum.add(&full).is_ok();
        self.slots.push_back((now_ns, full));
        self.cut_ns = now_ns;
        while let Some((_, mut past)) =
            self.slots.pop_front_if(|(end_ns, _)| self.grid.is_past(*end_ns, now_ns))
        {
            kept &= self.sum.subtract(&past).is_ok();
            past.reset();
            self.spares.push(past);
        }
        debug_assert!(kept, "all slots have the same bounds, and what is taken away was added");
        self.grid.is_past(self.grid.start_ns, now_ns).then_some(&self.sum)
    }
}

/// The counts of the window that ends now.
#[derive(Debug)]
pub(super) struct SlidingCounters {
    grid: Grid,
    /// What had been counted when; the first is the beginning of the window.
    marks: VecDeque<(u64, Counters)>,
}

impl SlidingCounters {
    pub(super) fn new(grid: Grid) -> Self {
        Self { grid, marks: VecDeque::from([(grid.start_ns, Counters::default())]) }
    }

    /// What was counted before and within how many nanoseconds, if a slot ends now, or the phase. `None` before a
    /// whole window has passed.
    pub(super) fn cut(&mut self, now_ns: u64, counters: &Counters, last: bool) -> Option<(Counters, u64)> {
        let (latest_ns, _) = *self.marks.back()?;
        if now_ns < self.grid.start_ns || !(last || self.grid.is_full(latest_ns, now_ns)) {
            return None;
        }
        self.marks.push_back((now_ns, *counters));
        while self.marks.get(1).is_some_and(|(then_ns, _)| self.grid.is_past(*then_ns, now_ns)) {
            self.marks.pop_front();
        }
        let (then_ns, before) = *self.marks.front()?;
        self.grid.is_past(then_ns, now_ns).then(|| (before, now_ns - then_ns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn latencies(ms: &[u64]) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(100, HIGHEST_NS, 3).unwrap();
        ms.iter().for_each(|ms| histogram.record(ms * MS).unwrap());
        histogram
    }

    #[test]
    fn a_window_holds_what_ended_in_it_and_forgets_it_afterwards() {
        // Windows of 300 ms, ticks of 100 ms that come up to 20 ms late, a phase from 1 s on.
        let mut sliding = SlidingLatencies::new(Grid::new(1_000 * MS, 300 * MS, 100 * MS)).unwrap();
        let mut tick = |now_ms: u64, ended_ms: &[u64]| {
            sliding.add(&latencies(ended_ms));
            sliding.cut(now_ms * MS, false).map(|sum| (sum.len(), sum.max() / MS))
        };
        assert_eq!(tick(900, &[]), None, "before the phase");
        assert_eq!(tick(1_100, &[50, 2]), None);
        assert_eq!(tick(1_220, &[3]), None);
        assert_eq!(tick(1_300, &[4, 5]), Some((5, 50)), "the first whole window");
        assert_eq!(tick(1_400, &[6]), Some((4, 6)), "the slowest is past");
        assert_eq!(tick(1_440, &[7]), None, "in the middle of a slot");
        assert_eq!(tick(1_500, &[8]), Some((5, 8)));
        assert_eq!(tick(1_900, &[9]), Some((1, 9)), "ticks were left out");
    }

    #[test]
    fn the_end_of_a_phase_ends_a_slot() {
        let mut sliding = SlidingLatencies::new(Grid::new(0, 200 * MS, 100 * MS)).unwrap();
        assert!(sliding.cut(100 * MS, false).is_none());
        assert!(sliding.cut(200 * MS, false).is_some_and(|sum| sum.is_empty()));
        sliding.add(&latencies(&[900]));
        assert!(sliding.cut(210 * MS, false).is_none());
        assert_eq!(sliding.cut(210 * MS, true).unwrap().len(), 1);
    }

    #[test]
    fn a_window_stays_below_one_mebibyte_however_long_it_is() {
        for span_ms in [20, 1_000, 6_000, 600_000] {
            let mut sliding = SlidingLatencies::new(Grid::new(0, span_ms * MS, 20 * MS)).unwrap();
            for tick in 1..40_000 {
                if tick % 100 == 0 {
                    sliding.add(&latencies(&[tick % 90 + 1]));
                }
                sliding.cut(tick * 20 * MS, false);
            }
            let histograms = sliding.slots.len() + sliding.spares.len() + 2;
            let bytes = histograms * sliding.sum.distinct_values() * size_of::<u32>();
            assert!(bytes < 1 << 20, "{bytes} bytes for {span_ms} ms");
        }
    }

    #[test]
    fn figures_are_at_most_one_percent_too_high() {
        let mut sliding = SlidingLatencies::new(Grid::new(0, 100 * MS, 100 * MS)).unwrap();
        sliding.add(&latencies(&[1, 3, 70, 999]));
        let sum = sliding.cut(100 * MS, false).unwrap();
        for (quantile, ms) in [(0.25, 1), (0.5, 3), (0.75, 70), (1.0, 999)] {
            let value = sum.value_at_quantile(quantile);
            assert!((ms * MS..=ms * MS * 101 / 100).contains(&value), "{value} for {ms} ms");
        }
    }

    #[test]
    fn counts_are_those_since_the_window_began() {
        let mut sliding = SlidingCounters::new(Grid::new(1_000 * MS, 200 * MS, 100 * MS));
        let mut tick = |now_ms: u64, completed: u64| {
            let counters = Counters { completed, ..Default::default() };
            sliding.cut(now_ms * MS, &counters, false).map(|(before, ns)| (before.completed, ns / MS))
        };
        assert_eq!(tick(1_100, 10), None);
        assert_eq!(tick(1_200, 30), Some((0, 200)));
        assert_eq!(tick(1_310, 31), Some((10, 210)));
        assert_eq!(tick(1_320, 90), None);
        assert_eq!(tick(1_900, 99), Some((31, 590)), "the nearest mark before, when ticks were left out");
    }
}
