//! Which level a process is on: rises at once, falls with hysteresis. Pure: readings in, changes out.

use heapgym_shared::soft_limit::SoftLimitLevel;

/// A level is left when usage is so much below where it begins, in percent of the limit.
const MARGIN_PERCENT: u64 = 7;
/// A level is kept for so long at least.
const STAY_NS: u64 = 1_000_000_000;
/// So long must every reading be beyond the limit before that is the verdict: what a purge brings back
/// within that time was no more than a peak between two readings.
const EXCEEDED_AFTER_NS: u64 = 25_000_000;

/// Which level a process is on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Levels {
    level: SoftLimitLevel,
    entered_ns: u64,
    /// Since when every reading was beyond the limit.
    beyond_since_ns: Option<u64>,
}

impl Levels {
    /// The level now.
    pub(super) fn level(&self) -> SoftLimitLevel {
        self.level
    }

    /// Takes in a reading, and gives the level before if it is another one now.
    pub(super) fn observe(
        &mut self,
        now_ns: u64,
        usage_bytes: u64,
        limit_bytes: u64,
    ) -> Option<SoftLimitLevel> {
        let before = self.level;
        let reaches = |level: SoftLimitLevel, margin: u64| {
            u128::from(usage_bytes) * 100 >= u128::from(limit_bytes) * u128::from(level.percent() - margin)
        };
        if !reaches(SoftLimitLevel::Exceeded, 0) {
            self.beyond_since_ns = None;
        }
        let is_beyond = |since_ns: u64| now_ns.saturating_sub(since_ns) >= EXCEEDED_AFTER_NS;
        let risen = match SoftLimitLevel::ALL.into_iter().rfind(|level| reaches(*level, 0)) {
            Some(SoftLimitLevel::Exceeded) => match *self.beyond_since_ns.get_or_insert(now_ns) {
                since_ns if is_beyond(since_ns) => SoftLimitLevel::Exceeded,
                _ => SoftLimitLevel::Shed,
            },
            Some(level) => level,
            None => SoftLimitLevel::Below,
        };
        // The verdict stands.
        if before != SoftLimitLevel::Exceeded {
            if risen > before {
                self.level = risen;
            } else if now_ns.saturating_sub(self.entered_ns) >= STAY_NS {
                let kept = |level: &SoftLimitLevel| {
                    *level <= before && (*level == SoftLimitLevel::Below || reaches(*level, MARGIN_PERCENT))
                };
                self.level = SoftLimitLevel::ALL.into_iter().rfind(kept).unwrap_or_default();
            }
        }
        (self.level != before).then(|| {
            self.entered_ns = now_ns;
            before
        })
    }
}

#[cfg(test)]
mod tests {
    use SoftLimitLevel::{Below, Exceeded, Purge, Shed, Trim};
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;
    const LIMIT: u64 = 1_000_000;

    /// The levels after readings in percent of the limit, each so many milliseconds after the one before.
    fn levels(readings: &[(u64, u64)]) -> Vec<SoftLimitLevel> {
        let (mut levels, mut now_ns) = (Levels::default(), 0);
        let level = |(after_ms, percent): &(u64, u64)| {
            now_ns += after_ms * MS;
            levels.observe(now_ns, percent * LIMIT / 100, LIMIT);
            levels.level()
        };
        readings.iter().map(level).collect()
    }

    #[test]
    fn levels_are_entered_at_once_and_left_well_below_and_late() {
        let readings = [
            (0, 69),
            (5, 70),
            (5, 95),
            (5, 10),
            (1000, 84),
            (5, 82),
            (5, 74),
            (1000, 74),
            (5, 72),
            (1000, 62),
        ];
        let expect = [Below, Trim, Shed, Shed, Shed, Purge, Purge, Purge, Trim, Below];
        assert_eq!(levels(&readings), expect);
    }

    #[test]
    fn what_is_brought_back_at_once_is_no_verdict() {
        let readings = [(0, 101), (20, 102), (3, 99), (3, 101), (20, 101), (5, 100), (5_000, 1)];
        assert_eq!(levels(&readings), [Shed, Shed, Shed, Shed, Shed, Exceeded, Exceeded]);
    }

    fn any_readings() -> impl Strategy<Value = Vec<(u64, u64)>> {
        prop::collection::vec((1u64..400, 0u64..130), 1..200)
    }

    proptest! {
        #[test]
        fn more_usage_is_never_a_lower_level(before in any_readings(), after_ms in 1u64..3_000, percent in 0u64..130, more in 0u64..50) {
            let last = |percent: u64| {
                let readings: Vec<_> = before.iter().copied().chain([(after_ms, percent)]).collect();
                *levels(&readings).last().unwrap()
            };
            prop_assert!(last(percent + more) >= last(percent));
        }

        #[test]
        fn no_level_lies_below_what_the_reading_asks_for(readings in any_readings()) {
            for ((_, percent), level) in readings.iter().zip(levels(&readings)) {
                let reached = |level: &SoftLimitLevel| level.percent() <= *percent && *level < Exceeded;
                prop_assert!(level >= SoftLimitLevel::ALL.into_iter().rfind(reached).unwrap());
            }
        }

        #[test]
        fn usage_that_moves_less_than_the_margin_changes_the_level_once(
            around in 0u64..100, moves in prop::collection::vec((1u64..2_000, 0u64..MARGIN_PERCENT), 1..200),
        ) {
            // One reading at the upper end settles it.
            let top = around + MARGIN_PERCENT - 1;
            let readings: Vec<_> = [(0, top), (30, top)].into_iter().chain(moves.iter().map(|(ms, up)| (*ms, around + up))).collect();
            let seen = levels(&readings);
            let settled = seen[1];
            prop_assert!(seen[1..].iter().all(|level| *level == settled), "{seen:?}");
        }

        #[test]
        fn falls_are_rare(readings in any_readings()) {
            let seen = levels(&readings);
            let falls = seen.windows(2).filter(|pair| pair[1] < pair[0]).count() as u64;
            let time_ns: u64 = readings.iter().map(|(ms, _)| ms * MS).sum();
            prop_assert!(falls <= time_ns / STAY_NS, "{falls} in {time_ns} ns");
        }
    }
}
