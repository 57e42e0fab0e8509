//! When the requests of an open profile are due: a pure function of their index, never of timers.

use heapgym_shared::load::LoadProfile;

/// Requests per 10^15 ns are what a rate in millionths of a request per second counts.
const NS_PER_MICRO_RATE: u128 = 1_000_000_000_000_000;

/// When the requests of an open profile are due, from the start of a segment.
///
/// Each instant is computed from its index in whole numbers, so that nothing adds up over a long run.
#[derive(Debug, Clone)]
pub(super) struct Schedule(Shape);

#[derive(Debug, Clone)]
enum Shape {
    /// Request `i` is due at `i / rate`.
    Constant {
        /// Requests per million seconds; at least 1.
        micro_rate: u64,
    },
}

impl Schedule {
    /// The schedule of a profile; none for closed ones and for those that cannot be run yet.
    pub(super) fn of(profile: &LoadProfile) -> Option<Self> {
        match profile {
            LoadProfile::ConstantArrivalRate { rate, .. } => Some(Self::constant(*rate)),
            LoadProfile::RampingArrivalRate { .. }
            | LoadProfile::ConstantConcurrency { .. }
            | LoadProfile::RampingConcurrency { .. }
            | LoadProfile::FixedIterations { .. }
            | LoadProfile::Step { .. }
            | LoadProfile::Spike { .. }
            | LoadProfile::Sine { .. }
            | LoadProfile::Burst { .. }
            | LoadProfile::Pause { .. } => None,
        }
    }

    /// A steady rate, in requests per second.
    fn constant(rate: f64) -> Self {
        Self(Shape::Constant { micro_rate: ((rate * 1e6).round() as u64).max(1) })
    }

    /// When request `index` is due, in nanoseconds since the segment began. Never decreases.
    pub(super) fn instant(&self, index: u64) -> u64 {
        match self.0 {
            Shape::Constant { micro_rate } => {
                (u128::from(index) * NS_PER_MICRO_RATE / u128::from(micro_rate)) as u64
            }
        }
    }

    /// How many requests are due before `elapsed_ns`: those with `instant(index) < elapsed_ns`.
    pub(super) fn offered_by(&self, elapsed_ns: u64) -> u64 {
        match self.0 {
            Shape::Constant { micro_rate } => {
                (u128::from(elapsed_ns) * u128::from(micro_rate)).div_ceil(NS_PER_MICRO_RATE) as u64
            }
        }
    }
}

/// The part of a schedule that one of several load threads serves: every `step`th request.
#[derive(Debug, Clone)]
pub(super) struct Stripe {
    schedule: Schedule,
    first: u64,
    step: u64,
}

impl Stripe {
    /// The requests `first`, `first + step`, ...; `step` is at least 1.
    pub(super) fn new(schedule: Schedule, first: u64, step: u64) -> Self {
        Self { schedule, first, step }
    }

    /// When the stripe's own request `index` is due, in nanoseconds since the segment began.
    pub(super) fn instant(&self, index: u64) -> u64 {
        self.schedule.instant(self.first + index * self.step)
    }

    /// How many of the stripe's requests are due before `elapsed_ns`.
    pub(super) fn offered_by(&self, elapsed_ns: u64) -> u64 {
        self.schedule.offered_by(elapsed_ns).saturating_sub(self.first).div_ceil(self.step)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn ten_minutes_at_the_highest_rate_neither_drift_nor_overflow() {
        let schedule = Schedule::constant(200_000.0);
        assert_eq!(schedule.offered_by(600 * SECOND), 120_000_000);
        assert_eq!(schedule.instant(120_000_000), 600 * SECOND);
        assert_eq!(schedule.instant(119_999_999), 600 * SECOND - 5_000);
    }

    #[test]
    fn a_rate_that_does_not_divide_a_second_is_exact_in_the_long_run() {
        let schedule = Schedule::constant(3.0);
        assert_eq!([0, 1, 2, 3].map(|i| schedule.instant(i)), [0, 333_333_333, 666_666_666, SECOND]);
        assert_eq!(schedule.offered_by(SECOND), 3);
        assert_eq!(Schedule::constant(0.1).offered_by(600 * SECOND), 60);
    }

    proptest! {
        #[test]
        fn instants_never_decrease_and_agree_with_the_count(
            rate in 0.1..200_000.0, index in 0u64..120_000_000, elapsed in 0..600 * SECOND
        ) {
            let schedule = Schedule::constant(rate);
            let instant = schedule.instant(index);
            prop_assert!(schedule.instant(index + 1) >= instant);
            prop_assert!(schedule.offered_by(instant) <= index);
            prop_assert!(schedule.offered_by(instant + 1) > index);
            let count = schedule.offered_by(elapsed);
            prop_assert!(count == 0 || schedule.instant(count - 1) < elapsed);
            prop_assert!(schedule.instant(count) >= elapsed);
        }

        #[test]
        fn the_count_is_rate_times_time(rate in 0.1..200_000.0, seconds in 1u64..600) {
            let offered = Schedule::constant(rate).offered_by(seconds * SECOND) as f64;
            let expected = rate * seconds as f64;
            prop_assert!((offered - expected).abs() <= 1.0 + expected * 1e-5, "{offered} {expected}");
        }

        #[test]
        fn stripes_share_the_schedule_without_gap_or_overlap(
            rate in 0.1..5_000.0, step in 1u64..9, elapsed in 0..2 * SECOND
        ) {
            let schedule = Schedule::constant(rate);
            let stripes: Vec<_> = (0..step).map(|first| Stripe::new(schedule.clone(), first, step)).collect();
            let total: u64 = stripes.iter().map(|stripe| stripe.offered_by(elapsed)).sum();
            prop_assert_eq!(total, schedule.offered_by(elapsed));
            let mut instants: Vec<_> = stripes
                .iter()
                .flat_map(|stripe| (0..stripe.offered_by(elapsed)).map(|index| stripe.instant(index)))
                .collect();
            instants.sort_unstable();
            let whole: Vec<_> = (0..total).map(|index| schedule.instant(index)).collect();
            prop_assert_eq!(instants, whole);
        }
    }
}
