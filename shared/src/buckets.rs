//! Latencies counted in buckets, so that their whole distribution goes with each sample, and adds up over any of them.
//!
//! Eight buckets to a doubling, after the widths of Prometheus' native histograms (schema 3): each is 9 % wide, so a
//! figure that is read from its middle is at most 4.5 % off.

use serde::{Deserialize, Serialize};

/// Buckets for each doubling of time.
const PER_DOUBLING: f64 = 8.0;
/// Where the first bucket ends, in nanoseconds. It begins at zero.
const FIRST_END_NS: f64 = 1_000.0;
/// The last bucket, which holds all that is longer: it begins above an hour.
const LAST: u32 = 255;

/// How many latencies are in each bucket. Only those that hold any are kept, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Buckets {
    /// The number of a bucket and how many are in it, in turn: as short as JSON can say it.
    figures: Vec<u32>,
}

/// The bucket of a latency in nanoseconds.
pub fn bucket_of(latency_ns: u64) -> u32 {
    let doublings = (latency_ns as f64 / FIRST_END_NS).log2();
    // What is exactly at an end belongs to the next bucket; minus infinity is the first one's.
    ((doublings * PER_DOUBLING + 1e-9).floor() + 1.0).clamp(0.0, f64::from(LAST)) as u32
}

/// Where a bucket begins, in nanoseconds.
pub fn begin_ns(bucket: u32) -> f64 {
    match bucket.min(LAST) {
        0 => 0.0,
        bucket => FIRST_END_NS * ((f64::from(bucket) - 1.0) / PER_DOUBLING).exp2(),
    }
}

/// Where a bucket ends, in nanoseconds; the last one has no end of its own, and gets one as wide as the others.
pub fn end_ns(bucket: u32) -> f64 {
    FIRST_END_NS * (f64::from(bucket.min(LAST)) / PER_DOUBLING).exp2()
}

impl Buckets {
    /// No latencies.
    pub const NONE: Self = Self { figures: Vec::new() };

    /// Counts latencies in nanoseconds, which come in ascending order, each with how many there are of it.
    pub fn of_ascending(latencies: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut buckets = Self::default();
        for (latency_ns, count) in latencies {
            buckets.push(bucket_of(latency_ns), u32::try_from(count).unwrap_or(u32::MAX));
        }
        buckets
    }

    /// Each bucket that holds any, and how many.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (u32, u32)> {
        self.figures.chunks_exact(2).map(|pair| (pair[0].min(LAST), pair[1]))
    }

    /// Whether there are no latencies.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    /// How many latencies there are.
    pub fn total(&self) -> u64 {
        self.iter().map(|(_, count)| u64::from(count)).sum()
    }

    /// The first and the last bucket that hold any.
    pub fn ends(&self) -> Option<(u32, u32)> {
        let mut buckets = self.iter().map(|(bucket, _)| bucket);
        let first = buckets.next()?;
        Some((first, buckets.next_back().unwrap_or(first)))
    }

    /// Adds other latencies.
    pub fn add(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        let mut sum = Self::default();
        let (mut own, mut others) = (self.iter().peekable(), other.iter().peekable());
        while let Some(next) = match (own.peek(), others.peek()) {
            (Some(one), Some(two)) if one.0 <= two.0 => own.next(),
            (Some(_), None) => own.next(),
            _ => others.next(),
        } {
            sum.push(next.0, next.1);
        }
        drop(own);
        *self = sum;
    }

    /// The latency in nanoseconds that a part of them does not exceed, from the middle of its bucket; `None` when
    /// there are no latencies.
    pub fn quantile(&self, part: f64) -> Option<f64> {
        let total = self.total();
        let wanted = (part * total as f64).ceil().clamp(1.0, total.max(1) as f64) as u64;
        let mut so_far = 0;
        let within = |(_, count): &(u32, u32)| {
            so_far += u64::from(*count);
            so_far >= wanted
        };
        self.iter().find(within).map(|(bucket, _)| middle_ns(bucket))
    }

    /// Adds to the last bucket, or begins a later one.
    fn push(&mut self, bucket: u32, count: u32) {
        match self.figures.as_mut_slice() {
            [.., last, counted] if *last == bucket => *counted = counted.saturating_add(count),
            _ => self.figures.extend([bucket, count]),
        }
    }
}

/// What stands for the latencies of a bucket, in nanoseconds: as far from its begin as from its end, by the factor.
pub fn middle_ns(bucket: u32) -> f64 {
    match bucket {
        0 => FIRST_END_NS / 2.0,
        bucket => (begin_ns(bucket) * end_ns(bucket)).sqrt(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn buckets(latencies: &[u64]) -> Buckets {
        let mut sorted = latencies.to_vec();
        sorted.sort_unstable();
        Buckets::of_ascending(sorted.into_iter().map(|latency| (latency, 1)))
    }

    #[test]
    fn buckets_are_a_ninth_wide_and_begin_where_the_one_before_ends() {
        assert_eq!((bucket_of(0), bucket_of(999), bucket_of(1_000), bucket_of(2_000)), (0, 0, 1, 9));
        assert_eq!((begin_ns(0), end_ns(0), begin_ns(1), begin_ns(9)), (0.0, 1_000.0, 1_000.0, 2_000.0));
        assert_eq!((bucket_of(3_600_000_000_000), bucket_of(u64::MAX)), (254, LAST));
        for bucket in 1..LAST {
            assert_eq!(end_ns(bucket), begin_ns(bucket + 1));
            let width = end_ns(bucket) / begin_ns(bucket);
            assert!((1.090..1.091).contains(&width), "{width}");
        }
    }

    #[test]
    fn only_what_holds_any_is_kept_and_said() {
        let counted = buckets(&[500, 1_500_000, 1_510_000, 900]);
        assert_eq!(counted.iter().collect::<Vec<_>>(), [(0, 2), (bucket_of(1_500_000), 2)]);
        assert_eq!(serde_json::to_string(&counted).unwrap(), "[0,2,85,2]");
        assert_eq!(counted.ends(), Some((0, 85)));
        assert_eq!((counted.total(), Buckets::default().ends()), (4, None));
        assert!(Buckets::default().is_empty() && Buckets::default().quantile(0.5).is_none());
    }

    #[test]
    fn what_a_stranger_wrote_does_no_harm() {
        let odd = serde_json::from_value::<Buckets>(serde_json::json!([4_000_000_000_u32, 7, 3])).unwrap();
        assert_eq!(odd.iter().collect::<Vec<_>>(), [(LAST, 7)]);
        assert!(serde_json::from_value::<Buckets>(serde_json::json!([-1])).is_err());
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_half_a_bucket(
            mut latencies in prop::collection::vec(1_000..10_000_000_000_u64, 1..200),
            part in 0.0..=1.0,
        ) {
            let read = buckets(&latencies).quantile(part).unwrap();
            latencies.sort_unstable();
            let rank = ((part * latencies.len() as f64).ceil() as usize).clamp(1, latencies.len());
            let exact = latencies[rank - 1] as f64;
            prop_assert!((read / exact - 1.0).abs() < 0.0453, "{read} {exact}");
        }

        #[test]
        fn sums_are_those_of_all_together(
            one in prop::collection::vec(0..10_000_000_u64, 0..50),
            two in prop::collection::vec(0..10_000_000_u64, 0..50),
        ) {
            let mut sum = buckets(&one);
            sum.add(&buckets(&two));
            prop_assert_eq!(sum, buckets(&[one, two].concat()));
        }

        #[test]
        fn a_latency_is_in_its_bucket(latency in 0..3_600_000_000_000_u64) {
            let bucket = bucket_of(latency);
            let latency = latency as f64;
            prop_assert!(begin_ns(bucket) * (1.0 - 1e-9) <= latency && latency <= end_ns(bucket) * (1.0 + 1e-9));
        }
    }
}
