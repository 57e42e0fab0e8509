//! How many requests a closed profile keeps in flight, over its time.

use super::LoadProfile;
use crate::load::rate::NS_PER_MS;

/// How many requests a closed profile keeps in flight: constant, or straight pieces rounded to the nearest number.
#[derive(Debug, Clone)]
pub struct Concurrency {
    /// At least one; they follow each other, and the last has no end.
    pieces: Vec<Piece>,
}

/// A stretch in which the number moves linearly.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start_ns: u64,
    /// At least 1.
    length_ns: u64,
    from: u32,
    to: u32,
}

impl Concurrency {
    /// The concurrency of a closed profile; `None` for open ones. What it ends with is held without an end.
    pub fn of(profile: &LoadProfile) -> Option<Self> {
        let (mut pieces, mut now, mut start_ns) = (Vec::new(), profile.start_concurrency()?, 0);
        if let LoadProfile::RampingConcurrency { stages, .. } = profile {
            for stage in stages {
                let (to, length_ns) = (stage.target as u32, stage.duration_ms.saturating_mul(NS_PER_MS));
                if length_ns > 0 {
                    pieces.push(Piece { start_ns, length_ns, from: now, to });
                }
                start_ns += length_ns;
                now = to;
            }
        }
        pieces.push(Piece { start_ns, length_ns: u64::MAX, from: now, to: now });
        Some(Self { pieces })
    }

    /// Requests in flight at an instant.
    pub fn at(&self, elapsed_ns: u64) -> u32 {
        let after = self.pieces.partition_point(|piece| piece.start_ns <= elapsed_ns);
        self.pieces.get(after.saturating_sub(1)).map_or(0, |piece| piece.at(elapsed_ns - piece.start_ns))
    }

    /// The next instant after this one at which the number changes; `None` when it stays.
    pub fn next_change(&self, elapsed_ns: u64) -> Option<u64> {
        let now = self.at(elapsed_ns);
        let current = self.pieces.partition_point(|piece| piece.start_ns <= elapsed_ns).saturating_sub(1);
        self.pieces.get(current..)?.iter().find_map(|piece| {
            // A jump changes it where the piece begins.
            if piece.from != now && piece.start_ns > elapsed_ns {
                return Some(piece.start_ns);
            }
            let change = piece.start_ns.checked_add(piece.first_other_than(now)?)?;
            (change < piece.start_ns.saturating_add(piece.length_ns)).then_some(change)
        })
    }
}

impl Piece {
    /// The number `time` into the piece.
    fn at(&self, time: u64) -> u32 {
        let (length, time) = (i128::from(self.length_ns), i128::from(time));
        let (from, to) = (i128::from(self.from), i128::from(self.to));
        (2 * from * length + 2 * (to - from) * time + length).div_euclid(2 * length) as u32
    }

    /// How far into the piece the number, while it is `now`, becomes another; `None` when it never does.
    fn first_other_than(&self, now: u32) -> Option<u64> {
        let (now, length) = (i128::from(now), i128::from(self.length_ns));
        let (from, to) = (i128::from(self.from), i128::from(self.to));
        match to - from {
            0 => None,
            // Rounding to the nearest turns at the half, and a half is rounded up.
            up if up > 0 => Some(((2 * (now - from) + 1) * length + 2 * up - 1).div_euclid(2 * up) as u64),
            down => Some(((2 * (from - now) + 1) * length).div_euclid(-2 * down) as u64 + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Stage;

    const SECOND: u64 = 1_000_000_000;

    fn ramp(start_concurrency: u32, stages: &str) -> Concurrency {
        let stages = Stage::parse_list(stages).unwrap();
        Concurrency::of(&LoadProfile::RampingConcurrency { start_concurrency, stages }).unwrap()
    }

    #[test]
    fn a_ramp_is_exact_at_the_ends_of_its_stages_and_turns_at_the_halves() {
        let ramp = ramp(0, "10 for 10s, 4 for 3s, 20 for 0s, 20 for 1s");
        let at = |seconds: f64| ramp.at((seconds * 1e9) as u64);
        assert_eq!([0.0, 0.4, 0.5, 1.0, 9.6, 10.0].map(at), [0, 0, 1, 1, 10, 10]);
        assert_eq!([10.25, 10.3, 12.0, 12.999].map(at), [10, 9, 6, 4]);
        assert_eq!([13.0, 14.0, 99.0].map(at), [20, 20, 20]);
        assert_eq!(ramp.next_change(0), Some(SECOND / 2));
        assert_eq!(ramp.next_change(13 * SECOND - 1), Some(13 * SECOND));
        assert_eq!(ramp.next_change(13 * SECOND), None);
    }

    #[test]
    fn constant_profiles_do_not_change() {
        let fixed = LoadProfile::FixedIterations { iterations: 5, concurrency: 3, max_duration_ms: 1_000 };
        let fixed = Concurrency::of(&fixed).unwrap();
        assert_eq!((fixed.at(0), fixed.at(u64::MAX), fixed.next_change(7)), (3, 3, None));
        assert!(Concurrency::of(&LoadProfile::Pause { duration_ms: 1_000 }).is_none());
    }

    proptest::proptest! {
        #[test]
        fn it_changes_when_it_says_so_and_not_before(
            start in 0u32..50,
            stages in proptest::collection::vec((0u32..10_000, 0u64..5_000), 1..6),
            from in 0..20 * SECOND,
        ) {
            let stages: Vec<_> =
                stages.iter().map(|&(target, duration_ms)| Stage { target: target.into(), duration_ms }).collect();
            let profile = LoadProfile::RampingConcurrency { start_concurrency: start, stages };
            let ramp = Concurrency::of(&profile).unwrap();
            let now = ramp.at(from);
            match ramp.next_change(from) {
                Some(change) => {
                    proptest::prop_assert!(change > from);
                    proptest::prop_assert_eq!(ramp.at(change - 1), now);
                    proptest::prop_assert_ne!(ramp.at(change), now);
                    proptest::prop_assert_eq!(ramp.at(from + (change - from) / 2), now, "between");
                }
                None => proptest::prop_assert_eq!(ramp.at(from + 60 * SECOND), now),
            }
        }
    }
}
