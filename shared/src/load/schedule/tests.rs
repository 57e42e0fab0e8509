//! Instants against the integral of the rate: by hand, and for every kind of profile.

use proptest::prelude::*;

use super::*;
use crate::load::{LoadProfile, OnSaturation, Stage};

const SECOND: u64 = 1_000_000_000;
const MS: u64 = 1_000_000;

fn load(profile: LoadProfile, arrivals: Arrivals) -> Load {
    Load { profile, arrivals, max_in_flight: 10, on_saturation: OnSaturation::Queue, timeout_ms: 1_000 }
}

fn uniform(profile: LoadProfile) -> Stripe {
    Schedule::of(&load(profile, Arrivals::Uniform), 1).unwrap().stripe(0, 1)
}

fn ramp(start_rate: f64, stages: &str) -> Stripe {
    let stages = Stage::parse_list(stages).unwrap();
    uniform(LoadProfile::RampingArrivalRate { start_rate, time_unit_ms: 1_000, stages })
}

fn constant(rate: f64) -> Stripe {
    Schedule::constant(rate, Arrivals::Uniform, 1).stripe(0, 1)
}

/// Instants of the first requests, in milliseconds, the remainder cut off.
fn first<const N: usize>(stripe: &mut Stripe) -> [Option<u64>; N] {
    std::array::from_fn(|index| stripe.instant(index as u64).map(|instant| instant / MS))
}

#[test]
fn ten_minutes_at_the_highest_rate_neither_drift_nor_overflow() {
    let mut stripe = constant(200_000.0);
    assert_eq!(stripe.offered_by(600 * SECOND), 120_000_000);
    assert_eq!(stripe.instant(120_000_000), Some(600 * SECOND));
    assert_eq!(stripe.instant(119_999_999), Some(600 * SECOND - 5_000));
    for (start, stages, requests) in [
        (200_000.0, "200000 for 10min", 120_000_000),
        (0.0, "200000 for 10min", 60_000_000),
        (200_000.0, "0 for 10min", 60_000_000),
        (200_000.0, "199999 for 10min", 119_999_700),
    ] {
        let mut stripe = ramp(start, stages);
        assert_eq!(stripe.offered_by(u64::MAX), requests, "{stages}");
        assert!(stripe.instant(requests - 1).unwrap() < 600 * SECOND);
        assert_eq!(stripe.instant(requests), None);
    }
}

#[test]
fn a_rate_that_does_not_divide_a_second_is_exact_in_the_long_run() {
    let mut stripe = constant(3.0);
    let instants = [0, 1, 2, 3].map(|index| stripe.instant(index).unwrap());
    assert_eq!(instants, [0, 333_333_333, 666_666_666, SECOND]);
    assert_eq!(stripe.offered_by(SECOND), 3);
    assert_eq!(constant(0.1).offered_by(600 * SECOND), 60);
    let per_minute =
        LoadProfile::ConstantArrivalRate { rate: 30.0, time_unit_ms: 60_000, duration_ms: 5_000 };
    assert_eq!(first(&mut uniform(per_minute)), [Some(0), Some(2_000), Some(4_000), None]);
}

#[test]
fn a_ramp_is_the_quadratic_solved_by_hand() {
    // 0 to 100/s in 10 s: N(t) = 5 t^2, so request i is due at sqrt(i / 5).
    let mut up = ramp(0.0, "100 for 10s");
    for index in 0..500u32 {
        let by_hand = (u128::from(index) * 1_000_000_000_000_000_000 / 5).isqrt();
        assert_eq!(up.instant(index.into()), Some(by_hand as u64), "{index}");
    }
    assert_eq!(up.instant(500), None);
    // 100/s to 0: N(t) = 100 t - 5 t^2, so it is due at 10 - sqrt(100 - i / 5).
    let mut down = ramp(100.0, "0 for 10s");
    for index in 0..500u32 {
        let by_hand = (10.0 - (100.0 - f64::from(index) / 5.0).sqrt()) * 1e9;
        assert!(down.instant(index.into()).unwrap().abs_diff(by_hand as u64) <= 1, "{index}");
    }
    assert_eq!(down.offered_by(5 * SECOND), 375);
}

#[test]
fn a_jump_takes_no_time_and_a_stage_without_a_rate_has_no_requests() {
    let mut stripe = ramp(2.0, "2 for 1s, 0 for 0s, 0 for 5s, 4 for 0s, 4 for 1s");
    let due = [0, 500, 6_000, 6_250, 6_500, 6_750].map(Some);
    assert_eq!(first(&mut stripe), due, "request 2 is due when there is a rate again");
    assert_eq!(stripe.instant(6), None);
    let mut late = ramp(0.0, "0 for 3s, 10 for 0s, 10 for 1s");
    assert_eq!(late.instant(0), Some(3 * SECOND));
    assert_eq!((late.offered_by(3 * SECOND), late.offered_by(3 * SECOND + 1)), (0, 1));
}

#[test]
fn shapes_have_as_many_requests_as_their_rates_say() {
    let (base_rate, peak_rate) = (50.0, 500.0);
    let mut spike = uniform(LoadProfile::Spike {
        base_rate,
        peak_rate,
        at_ms: 5_000,
        hold_ms: 2_000,
        duration_ms: 10_000,
    });
    let counts = [5, 6, 7, 10, 99].map(|second| spike.offered_by(second * SECOND));
    assert_eq!(counts, [250, 750, 1_250, 1_400, 1_400]);

    let (start_from, increment) = (10.0, 5.0);
    let mut step = uniform(LoadProfile::Step { start_from, increment, levels: 3, level_duration_ms: 1_000 });
    assert_eq!([1, 2, 3, 4].map(|second| step.offered_by(second * SECOND)), [10, 25, 45, 45]);

    // 10 + 10 sin: over half a swing of 2 s, 10 s + 2 * 10 / pi.
    let mut sine =
        uniform(LoadProfile::Sine { mean: 10.0, amplitude: 10.0, period_ms: 2_000, duration_ms: 4_000 });
    assert_eq!([1, 2, 3, 4].map(|second| sine.offered_by(second * SECOND)), [17, 20, 37, 40]);

    let mut pause = uniform(LoadProfile::Pause { duration_ms: 1_000 });
    assert_eq!((pause.instant(0), pause.offered_by(u64::MAX)), (None, 0));
}

#[test]
fn bursts_are_due_together() {
    let mut burst = uniform(LoadProfile::Burst { burst_rate: 3, burst_delay_ms: 500, duration_ms: 1_001 });
    let due = [0, 0, 0, 500, 500, 500, 1_000, 1_000, 1_000].map(Some);
    assert_eq!(first(&mut burst), due);
    assert_eq!(burst.instant(9), None);
    let counts = [0, 1, 500 * MS, 500 * MS + 1, 2 * SECOND].map(|elapsed| burst.offered_by(elapsed));
    assert_eq!(counts, [0, 3, 3, 6, 9]);
}

#[test]
fn the_warmup_holds_what_the_profile_begins_with_and_never_ends() {
    let rate = |profile| {
        let schedule = Schedule::warmup_of(&load(profile, Arrivals::Uniform), 1).unwrap();
        [0, 3_600 * SECOND].map(|elapsed| schedule.rate_at(elapsed))
    };
    let (start_from, increment) = (10.0, 5.0);
    assert_eq!(
        rate(LoadProfile::Step { start_from, increment, levels: 3, level_duration_ms: 1_000 }),
        [10.0; 2]
    );
    let spike =
        LoadProfile::Spike { base_rate: 7.0, peak_rate: 50.0, at_ms: 0, hold_ms: 1, duration_ms: 1_000 };
    assert_eq!(rate(spike), [7.0; 2]);
    assert_eq!(
        rate(LoadProfile::Sine { mean: 5.0, amplitude: 5.0, period_ms: 9, duration_ms: 1_000 }),
        [5.0; 2]
    );
    assert_eq!(rate(LoadProfile::Burst { burst_rate: 3, burst_delay_ms: 500, duration_ms: 1_000 }), [6.0; 2]);
    assert_eq!(rate(LoadProfile::Pause { duration_ms: 1_000 }), [0.0; 2]);
    let stages = Stage::parse_list("120 for 0s, 60 for 1s").unwrap();
    assert_eq!(
        rate(LoadProfile::RampingArrivalRate { start_rate: 0.0, time_unit_ms: 60_000, stages }),
        [2.0; 2],
        "a jump at the start counts as the start"
    );
    let closed = load(LoadProfile::ConstantConcurrency { concurrency: 1, duration_ms: 1 }, Arrivals::Uniform);
    assert!(Schedule::of(&closed, 1).is_none() && Schedule::warmup_of(&closed, 1).is_none());
}

#[test]
fn a_seed_means_these_arrivals_for_ever() {
    let instants = |seed| {
        let mut stripe = Schedule::constant(1_000.0, Arrivals::Poisson, seed).stripe(0, 1);
        [0, 1, 2, 3, 1_000_000].map(|index| stripe.instant(index).unwrap())
    };
    // Computed apart from this program, from the published definitions of the generator and its seeding.
    assert_eq!(instants(1), [1_669_252, 3_044_032, 3_149_559, 4_520_834, 998_872_646_642]);
    assert_ne!(instants(1), instants(2));
    let load = load(
        LoadProfile::ConstantArrivalRate { rate: 1_000.0, time_unit_ms: 1_000, duration_ms: 1_000 },
        Arrivals::Poisson,
    );
    let mut warmup = Schedule::warmup_of(&load, 1).unwrap().stripe(0, 1);
    assert_ne!(warmup.instant(0), Some(instants(1)[0]), "the warm-up draws other numbers");
}

#[test]
fn poisson_gaps_are_exponential() {
    let mut stripe = Schedule::constant(1_000.0, Arrivals::Poisson, 7).stripe(0, 1);
    let instants: Vec<_> = (0..100_000).map(|index| stripe.instant(index).unwrap()).collect();
    let gaps: Vec<_> = instants.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / MS as f64).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    // Of 100 000 draws the mean is off by 0.003 (one sigma), the variance by 0.009, a share of 1/e by 0.0015.
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    assert!((variance - 1.0).abs() < 0.06, "{variance}");
    for (longer_than, share) in [(1.0f64, 0.3679), (3.0, 0.0498)] {
        let longer = gaps.iter().filter(|gap| **gap > longer_than).count() as f64 / gaps.len() as f64;
        assert!((longer - share).abs() < 0.01, "{longer} longer than {longer_than}");
    }
}

fn any_profile() -> impl Strategy<Value = LoadProfile> {
    let rate = || prop_oneof![Just(0.0), 0.0f64..20.0, 0.0f64..200_000.0];
    let stage = (rate(), prop_oneof![Just(0u64), 0u64..100_000]);
    let stage = stage.prop_map(|(target, duration_ms)| Stage { target, duration_ms });
    prop_oneof![
        (rate(), 1u64..60_000, 1_000u64..600_000).prop_map(|(rate, time_unit_ms, duration_ms)| {
            let rate = rate * time_unit_ms as f64 / 1e3;
            LoadProfile::ConstantArrivalRate { rate, time_unit_ms, duration_ms }
        }),
        (rate(), proptest::collection::vec(stage, 1..7)).prop_map(|(start_rate, stages)| {
            LoadProfile::RampingArrivalRate { start_rate, time_unit_ms: 1_000, stages }
        }),
        (rate(), rate(), 1u32..50, 100u64..10_000).prop_map(
            |(start_from, last, levels, level_duration_ms)| {
                let increment = (last - start_from) / f64::from(levels);
                LoadProfile::Step { start_from, increment, levels, level_duration_ms }
            }
        ),
        (rate(), rate(), 0u64..300_000, 1u64..300_000).prop_map(|(base_rate, peak_rate, at_ms, hold_ms)| {
            LoadProfile::Spike { base_rate, peak_rate, at_ms, hold_ms, duration_ms: 600_000 }
        }),
        (0.1f64..100_000.0, 0.0f64..=1.0, 100u64..600_000, 1_000u64..600_000).prop_map(
            |(mean, part, period_ms, duration_ms)| {
                LoadProfile::Sine { mean, amplitude: mean * part, period_ms, duration_ms }
            }
        ),
        (0.1f64..100_000.0, 100u64..600_000, 1_000u64..600_000).prop_map(|(mean, period_ms, duration_ms)| {
            LoadProfile::Sine { mean, amplitude: mean, period_ms, duration_ms }
        }),
        (1u32..2_000, 10u64..60_000, 1_000u64..600_000).prop_map(
            |(burst_rate, burst_delay_ms, duration_ms)| LoadProfile::Burst {
                burst_rate,
                burst_delay_ms,
                duration_ms
            }
        ),
        (1_000u64..600_000).prop_map(|duration_ms| LoadProfile::Pause { duration_ms }),
    ]
}

/// The integral of the rate over steps that are too short to matter, as an independent check.
fn integral(schedule: &Schedule, elapsed: u64) -> f64 {
    const STEPS: u64 = 20_000;
    let middle = |step: u64| (u128::from(elapsed) * u128::from(2 * step + 1) / u128::from(2 * STEPS)) as u64;
    (0..STEPS).map(|step| schedule.rate_at(middle(step))).sum::<f64>() * elapsed as f64 / 1e9 / STEPS as f64
}

proptest! {
    #[test]
    fn instants_never_decrease_and_agree_with_the_count(
        profile in any_profile(), part in 0.0f64..=1.0, elapsed in 0..660 * SECOND,
    ) {
        let mut stripe = uniform(profile);
        let total = stripe.offered_by(u64::MAX);
        prop_assert_eq!(stripe.instant(total), None);
        let index = (total as f64 * part) as u64;
        if let Some(instant) = stripe.instant(index) {
            prop_assert!(stripe.instant(index + 1).is_none_or(|next| next >= instant));
            prop_assert!(stripe.offered_by(instant) <= index);
            prop_assert!(stripe.offered_by(instant + 1) > index);
        }
        let count = stripe.offered_by(elapsed);
        prop_assert!(count == 0 || stripe.instant(count - 1).unwrap() < elapsed);
        prop_assert!(stripe.instant(count).is_none_or(|instant| instant >= elapsed));
    }

    #[test]
    fn a_uniform_count_is_the_integral_of_the_rate(profile in any_profile(), elapsed in 1..660 * SECOND) {
        let burst = if let LoadProfile::Burst { burst_rate, .. } = profile { f64::from(burst_rate) } else { 0.0 };
        let schedule = Schedule::of(&load(profile, Arrivals::Uniform), 1).unwrap();
        let (offered, expected) = (schedule.stripe(0, 1).offered_by(elapsed) as f64, schedule.expected(elapsed));
        prop_assert!((offered - expected).abs() <= 1.0, "{} for {}", offered, expected);
        // The check itself is off by the edges of steps and, for bursts, by one burst.
        let by_steps = integral(&schedule, elapsed);
        let slack = 2.0 + burst + 200_000.0 * 110.0 * elapsed as f64 / 1e9 / 20_000.0;
        prop_assert!((offered - by_steps).abs() <= slack, "{} for {}", offered, by_steps);
    }

    #[test]
    fn the_count_is_rate_times_time(rate in 0.1..200_000.0, seconds in 1u64..600) {
        let offered = constant(rate).offered_by(seconds * SECOND) as f64;
        let expected = rate * seconds as f64;
        prop_assert!((offered - expected).abs() <= 1.001, "{} for {}", offered, expected);
    }

    #[test]
    fn a_poisson_count_is_within_six_sigma_and_agrees_with_its_instants(
        profile in any_profile(), seed: u64, elapsed in 0..5 * SECOND,
    ) {
        let schedule = Schedule::of(&load(profile, Arrivals::Poisson), seed).unwrap();
        let mut stripe = schedule.stripe(0, 1);
        let expected = schedule.expected(elapsed);
        prop_assume!(expected < 200_000.0); // each is drawn
        let count = stripe.offered_by(elapsed);
        // Six sigma; few are expected of a low rate, whose tail is longer than a normal one's.
        let bound = 6.0 * expected.sqrt() + 12.0;
        prop_assert!((count as f64 - expected).abs() <= bound, "{} for {}", count, expected);
        prop_assert!(count == 0 || stripe.instant(count - 1).unwrap() < elapsed);
        prop_assert!(stripe.instant(count).is_none_or(|instant| instant >= elapsed));
        let earlier = stripe.offered_by(elapsed / 2);
        prop_assert_eq!(earlier, schedule.stripe(0, 1).offered_by(elapsed / 2), "going back gives the same");
        prop_assert_eq!(stripe.instant(earlier), schedule.stripe(0, 1).instant(earlier));
    }

    #[test]
    fn stripes_share_the_schedule_without_gap_or_overlap(
        profile in any_profile(), poisson: bool, seed: u64, step in 1u64..9, elapsed in 0..2 * SECOND,
    ) {
        let arrivals = if poisson { Arrivals::Poisson } else { Arrivals::Uniform };
        let schedule = Schedule::of(&load(profile, arrivals), seed).unwrap();
        prop_assume!(schedule.expected(elapsed) < 20_000.0);
        let mut whole = schedule.stripe(0, 1);
        let whole: Vec<_> = (0..whole.offered_by(elapsed)).map(|index| whole.instant(index).unwrap()).collect();
        prop_assert!(whole.is_sorted());
        let mut shared = Vec::new();
        for first in 0..step {
            let mut stripe = schedule.stripe(first, step);
            shared.extend((0..stripe.offered_by(elapsed)).map(|index| stripe.instant(index).unwrap()));
        }
        shared.sort_unstable();
        prop_assert_eq!(shared, whole);
    }
}
