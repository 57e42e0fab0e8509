//! How long each call takes: a pure function of seed and index, like the arrivals.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use heapgym_shared::workload::Inventory;
use rand_xoshiro::{
    SplitMix64,
    rand_core::{Rng, SeedableRng},
};

/// What becomes of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It is answered after this long.
    After(Duration),
    /// It hangs.
    Never,
}

/// The answers one after the other.
#[derive(Debug)]
pub(super) struct Answers {
    inventory: Inventory,
    seed: u64,
    index: AtomicU64,
}

/// The longest time, in means: an exponential one is longer once in 22,000 times.
const LONGEST_MEANS: f64 = 10.0;

impl Answers {
    pub(super) fn new(inventory: Inventory, seed: u64) -> Self {
        Self { inventory, seed, index: AtomicU64::new(0) }
    }

    /// What becomes of the next call.
    pub(super) fn next(&self) -> Answer {
        self.answer(self.index.fetch_add(1, Relaxed))
    }

    /// What becomes of the call with this index.
    fn answer(&self, index: u64) -> Answer {
        // SplitMix64 makes unrelated numbers of neighbouring seeds: that is what it is for.
        let mut numbers = SplitMix64::seed_from_u64(self.seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ index);
        let mut part = || (numbers.next_u64() >> 11) as f64 / (1_u64 << 53) as f64; // in [0, 1)
        if part() * 100.0 < self.inventory.hang_percent {
            return Answer::Never;
        }
        let means = (-(1.0 - part()).ln()).min(LONGEST_MEANS);
        Answer::After(Duration::from_millis(self.inventory.latency_ms).mul_f64(means))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(seed: u64, hang_percent: f64) -> Vec<Answer> {
        let answers = Answers::new(Inventory { latency_ms: 20, hang_percent }, seed);
        (0..20_000).map(|_| answers.next()).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_answers() {
        assert_eq!(answers(7, 10.0), answers(7, 10.0));
        assert_ne!(answers(7, 10.0), answers(8, 10.0));
    }

    #[test]
    fn times_have_the_mean_that_was_asked_for_and_an_end() {
        let times: Vec<f64> = answers(1, 0.0)
            .into_iter()
            .map(|answer| match answer {
                Answer::After(time) => time.as_secs_f64() * 1e3,
                Answer::Never => panic!("none hangs"),
            })
            .collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        assert!((mean / 20.0 - 1.0).abs() < 0.03, "{mean} ms");
        let short =
            times.iter().filter(|time| **time < 20.0 * 2_f64.ln()).count() as f64 / times.len() as f64;
        assert!((short - 0.5).abs() < 0.02, "half are below ln 2 means: {short}");
        assert!(times.iter().all(|time| *time <= 200.0));
    }

    #[test]
    fn as_many_hang_as_was_asked_for() {
        for percent in [0.0, 1.0, 10.0, 100.0] {
            let hang = answers(3, percent).iter().filter(|answer| **answer == Answer::Never).count() as f64;
            assert!((hang / 200.0 - percent).abs() < 0.7, "{hang} of 20,000 for {percent} %");
        }
    }
}
