//! A stretch of a run's time as addresses name it: `1500-4000`, or `-10000` for the last ten seconds.

use std::fmt;

use super::TimeRange;

const NS_PER_MS: u64 = 1_000_000;

/// The part of a run that is shown. Its text is in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// The last nanoseconds of the run: this many.
    Last(u64),
    /// From one instant to another.
    Range(TimeRange),
}

impl Stretch {
    /// The shortest stretch that can be shown, in nanoseconds: a few samples.
    pub const SHORTEST_NS: u64 = 100_000_000;

    /// What a text must look like, for an error.
    pub const ALLOWED: &str =
        "FROM-TO in milliseconds of the run, such as 1500-4000, or -LAST, such as -10000; at least 100 ms";

    /// Reads a stretch; `None` for a text that names none, or one that is too short.
    pub fn parse(text: &str) -> Option<Self> {
        let ns = |ms: &str| ms.parse::<u64>().ok()?.checked_mul(NS_PER_MS);
        let (from, to) = text.split_once('-')?;
        let to_ns = ns(to).filter(|to| *to >= Self::SHORTEST_NS)?;
        if from.is_empty() {
            return Some(Self::Last(to_ns));
        }
        let from_ns = ns(from)?;
        let is_long_enough = from_ns.saturating_add(Self::SHORTEST_NS) <= to_ns;
        is_long_enough.then_some(Self::Range(TimeRange { from_ns, to_ns }))
    }

    /// The instants between which it is, of a run that is `now_ns` old.
    pub fn range(self, now_ns: u64) -> TimeRange {
        match self {
            Self::Last(length) => {
                // It is as long from the first sample on, so that what is drawn once only moves.
                let to_ns = now_ns.max(length);
                TimeRange { from_ns: to_ns - length, to_ns }
            }
            Self::Range(range) => range,
        }
    }
}

impl fmt::Display for Stretch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(length) => write!(f, "-{}", length / NS_PER_MS),
            Self::Range(range) => write!(f, "{}-{}", range.from_ns / NS_PER_MS, range.to_ns / NS_PER_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_reads_back_as_it_was_written() {
        for text in ["-10000", "0-100", "1500-4000"] {
            assert_eq!(Stretch::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "5", "5-1", "5-5", "0-99", "-99", "x-9", "1-99999999999999999999", "--500", "1-2-3"]
        {
            assert_eq!(Stretch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_part_ends_with_the_run() {
        let range = |from_ns, to_ns| TimeRange { from_ns, to_ns };
        assert_eq!(Stretch::Last(10).range(25), range(15, 25));
        assert_eq!(Stretch::Last(10).range(2), range(0, 10));
        assert_eq!(Stretch::Range(range(3, 9)).range(2), range(3, 9));
    }
}
