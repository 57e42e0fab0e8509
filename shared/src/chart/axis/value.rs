//! A value axis: bytes in powers of two, all else in tens, on a linear or a logarithmic scale.

use super::Tick;
use crate::{chart::ValueScale, unit::Unit};

/// A value axis. A linear one begins at zero, or below it where values are; both end at their last tick.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::chart) struct ValueAxis {
    scale: ValueScale,
    /// The value at its foot: zero or less, or above it on a logarithmic scale.
    begin: f64,
    /// The value at its top; finite and above that at its foot.
    end: f64,
    /// Its ticks, upwards; the first one is at its foot.
    pub(in crate::chart) ticks: Vec<Tick>,
}

/// Beyond any figure, and far from where floating point ends.
const GREATEST: f64 = 1e30;

impl ValueAxis {
    /// The axis for values between two with at most `intervals` steps between its ticks.
    ///
    /// It ends at a whole step, so that it stands still while values grow within the step.
    pub(in crate::chart) fn new(
        unit: Unit,
        scale: ValueScale,
        range: Option<(f64, f64)>,
        intervals: u32,
    ) -> Self {
        let intervals = intervals.max(1);
        let (least, greatest) = range.unwrap_or((0.0, 0.0));
        let division = Division::of(unit);
        let is_linear = scale == ValueScale::Linear;
        // NaN fails the comparisons too.
        let below = if is_linear && least < 0.0 { least.max(-GREATEST) } else { 0.0 };
        let greatest = match greatest {
            greatest if greatest > 0.0 => greatest.min(GREATEST),
            _ if below < 0.0 => 0.0,
            _ => division.when_empty,
        };
        let values = match scale {
            ValueScale::Linear => division.even_steps(below, greatest, intervals),
            ValueScale::Log => {
                let greatest = greatest.max(1.0 / GREATEST);
                let least = if least > 0.0 { least.clamp(1.0 / GREATEST, greatest) } else { greatest };
                division.even_factors(least, greatest, intervals)
            }
        };
        let (begin, end) = (values[0], values[values.len() - 1]);
        let label = |value: f64| match scale {
            ValueScale::Linear => division.label(value, values[1] - values[0], end.max(-begin)),
            ValueScale::Log => division.label(value, value, value),
        };
        let ticks = values.iter().map(|value| Tick { value: *value, label: label(*value) }).collect();
        Self { scale, begin, end, ticks }
    }

    /// Whether a value is on it, but for rounding.
    pub(in crate::chart) fn contains(&self, value: f64) -> bool {
        (self.begin * (1.0 - 1e-9)..=self.end * (1.0 + 1e-9)).contains(&value)
    }

    /// Where a value is, as a part of the axis's length from its foot.
    pub(in crate::chart) fn part(&self, value: f64) -> f64 {
        match self.scale {
            ValueScale::Linear => (value - self.begin) / (self.end - self.begin),
            ValueScale::Log => (value / self.begin).ln() / (self.end / self.begin).ln(),
        }
    }
}

/// How a unit is divided.
struct Division {
    /// Powers of two, or 1-2-5.
    binary: bool,
    /// The finest step that means something.
    least_step: f64,
    /// Multiples of the base unit with their signs, upwards.
    multiples: &'static [(f64, &'static str)],
    /// The end of an axis that has no values.
    when_empty: f64,
}

impl Division {
    fn of(unit: Unit) -> Self {
        const KIB: f64 = 1024.0;
        const BYTES: &[(f64, &str)] = &[
            (1.0, " B"),
            (KIB, " KiB"),
            (KIB * KIB, " MiB"),
            (KIB * KIB * KIB, " GiB"),
            (KIB * KIB * KIB * KIB, " TiB"),
        ];
        const BYTE_RATES: &[(f64, &str)] =
            &[(1.0, " B/s"), (KIB, " KiB/s"), (KIB * KIB, " MiB/s"), (KIB * KIB * KIB, " GiB/s")];
        const TIMES: &[(f64, &str)] = &[(1.0, " ns"), (1e3, " us"), (1e6, " ms"), (1e9, " s")];
        const COUNTS: &[(f64, &str)] = &[(1.0, ""), (1e6, " M")];
        const RATES: &[(f64, &str)] = &[(1.0, "/s"), (1e6, " M/s")];
        let (binary, least_step, multiples, when_empty): (_, _, &'static [_], _) = match unit {
            Unit::Bytes => (true, 1.0, BYTES, KIB * KIB),
            Unit::BytesPerSecond => (true, 1.0, BYTE_RATES, KIB * KIB),
            Unit::Nanoseconds => (false, 1.0, TIMES, 1e6),
            Unit::Milliseconds => (false, 1.0, &[(1.0, " ms"), (1e3, " s")], 1e3),
            Unit::Count => (false, 1.0, COUNTS, 10.0),
            Unit::PerSecond => (false, 0.1, RATES, 10.0),
            Unit::Cores => (false, 0.01, &[(1.0, " cores")], 1.0),
            Unit::Percent => (false, 0.01, &[(1.0, " %")], 100.0),
        };
        Self { binary, least_step, multiples, when_empty }
    }

    /// Values from at most `below`, which is zero or less, to at least `greatest`, at least two. Zero is one of them.
    fn even_steps(&self, below: f64, greatest: f64, intervals: u32) -> Vec<f64> {
        let step = self.step_above((greatest - below) / f64::from(intervals));
        let steps = |length: f64| (length / step - 1e-9).ceil().max(0.0) as i32;
        let (down, up) = (steps(-below), steps(greatest));
        (-down..=up.max(i32::from(down == 0))).map(|index| f64::from(index) * step).collect()
    }

    /// Values from at most `least` to at least `greatest`, each by the same factor above the one before; at least two.
    /// The factor is a power of ten, or of two for bytes. Within one decade they are 1, 2, 5 and 10.
    fn even_factors(&self, least: f64, greatest: f64, intervals: u32) -> Vec<f64> {
        let base: f64 = if self.binary { 2.0 } else { 10.0 };
        let power = |value: f64| value.log2() / base.log2();
        // What is off a power only by rounding stands on it.
        let (low, high) = ((power(least) + 1e-9).floor() as i32, (power(greatest) - 1e-9).ceil() as i32);
        let high = high.max(low + 1);
        if !self.binary && high - low == 1 && intervals >= 3 {
            return [1.0, 2.0, 5.0, 10.0].map(|factor| factor * base.powi(low)).to_vec();
        }
        // Factors of two stand where they do on every axis: 1 KiB, 32 KiB, 1 MiB.
        let first = |stride: i32| if self.binary { low.div_euclid(stride) * stride } else { low };
        let steps = |stride: i32| {
            let length = high - first(stride);
            length / stride + i32::from(length % stride > 0)
        };
        let strides: &[i32] = if self.binary { &[1, 2, 5, 10, 20, 50, 100] } else { &[1, 2, 3, 6, 12, 30] };
        let few = |stride: &i32| i64::from(steps(*stride)) <= i64::from(intervals);
        let stride = strides.iter().copied().find(few).unwrap_or(high - low);
        (0..=steps(stride)).map(|index| base.powi(first(stride) + index * stride)).collect()
    }

    /// The smallest step of the scale that is not below `least`.
    fn step_above(&self, least: f64) -> f64 {
        let least = least.max(self.least_step);
        // What is above a step only by rounding takes that step.
        let fits = |step: &f64| *step >= least * (1.0 - 1e-9);
        let base: f64 = if self.binary { 2.0 } else { 10.0 };
        let power = base.powf(least.log(base).floor());
        let factors: &[f64] = if self.binary { &[1.0, 2.0] } else { &[1.0, 2.0, 5.0, 10.0] };
        factors.iter().map(|factor| factor * power).find(fits).unwrap_or(power * base)
    }

    /// A tick's label: all of an axis have the multiple of its end, and as many decimals as its step takes.
    fn label(&self, value: f64, step: f64, end: f64) -> String {
        if value == 0.0 {
            return "0".to_owned();
        }
        let fitting = self.multiples.iter().rev().find(|(size, _)| *size <= end * (1.0 + 1e-9));
        let (size, sign) = fitting.unwrap_or(&self.multiples[0]);
        let whole = |decimals: &usize| {
            let digits = step / size * 10_f64.powi(*decimals as i32);
            (digits - digits.round()).abs() < 1e-6
        };
        match (0..3).find(whole).unwrap_or(3) {
            0 => format!("{}{sign}", Unit::Count.format((value / size).round())),
            decimals => format!("{:.decimals$}{sign}", value / size),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: f64 = 1024.0 * 1024.0;

    fn labels(unit: Unit, scale: ValueScale, range: Option<(f64, f64)>, intervals: u32) -> Vec<String> {
        ValueAxis::new(unit, scale, range, intervals).ticks.into_iter().map(|tick| tick.label).collect()
    }

    #[track_caller]
    fn check(unit: Unit, max: f64, expect: &[&str]) {
        assert_eq!(labels(unit, ValueScale::Linear, Some((0.0, max)), 5), expect);
    }

    #[track_caller]
    fn check_log(unit: Unit, range: (f64, f64), expect: &[&str]) {
        assert_eq!(labels(unit, ValueScale::Log, Some(range), 5), expect);
    }

    #[test]
    fn bytes_step_in_powers_of_two() {
        check(Unit::Bytes, 700.0 * MIB, &["0", "256 MiB", "512 MiB", "768 MiB"]);
        check(Unit::Bytes, 900.0 * MIB, &["0", "0.25 GiB", "0.50 GiB", "0.75 GiB", "1.00 GiB"]);
        check(Unit::Bytes, 6.0 * MIB, &["0", "2 MiB", "4 MiB", "6 MiB"]);
        check(Unit::Bytes, 3.0, &["0", "1 B", "2 B", "3 B"]);
    }

    #[test]
    fn times_and_rates_step_in_one_two_five() {
        check(Unit::Nanoseconds, 1.4e6, &["0", "0.5 ms", "1.0 ms", "1.5 ms"]);
        check(Unit::Nanoseconds, 430e3, &["0", "100 us", "200 us", "300 us", "400 us", "500 us"]);
        check(Unit::PerSecond, 1_000.0, &["0", "200/s", "400/s", "600/s", "800/s", "1,000/s"]);
        check(Unit::PerSecond, 90_000.0, &["0", "20,000/s", "40,000/s", "60,000/s", "80,000/s", "100,000/s"]);
        check(Unit::PerSecond, 0.3, &["0", "0.1/s", "0.2/s", "0.3/s"]);
    }

    #[test]
    fn an_axis_without_values_still_has_ticks() {
        check(Unit::Bytes, 0.0, &["0", "0.25 MiB", "0.50 MiB", "0.75 MiB", "1.00 MiB"]);
        check(Unit::Nanoseconds, f64::NAN, &["0", "0.2 ms", "0.4 ms", "0.6 ms", "0.8 ms", "1.0 ms"]);
        check(Unit::PerSecond, -1.0, &["0", "2/s", "4/s", "6/s", "8/s", "10/s"]);
        assert_eq!(labels(Unit::Nanoseconds, ValueScale::Log, None, 2), ["1 ms", "10 ms"]);
    }

    #[test]
    fn values_below_zero_have_their_place() {
        let below = |least, greatest| labels(Unit::Bytes, ValueScale::Linear, Some((least, greatest)), 5);
        assert_eq!(below(-3.0 * MIB, 9.0 * MIB), ["-4 MiB", "0", "4 MiB", "8 MiB", "12 MiB"]);
        assert_eq!(below(-3.0 * MIB, -MIB), ["-3 MiB", "-2 MiB", "-1 MiB", "0"]);
        let axis = ValueAxis::new(Unit::Bytes, ValueScale::Linear, Some((-3.0 * MIB, 9.0 * MIB)), 5);
        assert_eq!((axis.part(-4.0 * MIB), axis.part(0.0), axis.part(12.0 * MIB)), (0.0, 0.25, 1.0));
        assert_eq!(labels(Unit::Nanoseconds, ValueScale::Log, Some((-5.0, 2e6)), 2), ["1 ms", "10 ms"]);
    }

    #[test]
    fn a_logarithmic_axis_steps_in_factors() {
        check_log(Unit::Nanoseconds, (300e3, 40e6), &["100 us", "1 ms", "10 ms", "100 ms"]);
        check_log(Unit::Nanoseconds, (1e3, 1e9), &["1 us", "100 us", "10 ms", "1 s"]);
        check_log(Unit::Count, (2.0, 9.0), &["1", "2", "5", "10"]);
        check_log(Unit::PerSecond, (0.02, 900.0), &["0.01/s", "0.1/s", "1/s", "10/s", "100/s", "1,000/s"]);
        check_log(
            Unit::Bytes,
            (3.0 * MIB, 40.0 * MIB),
            &["2 MiB", "4 MiB", "8 MiB", "16 MiB", "32 MiB", "64 MiB"],
        );
        check_log(Unit::Bytes, (5_000.0, 900.0 * MIB), &["1 KiB", "32 KiB", "1 MiB", "32 MiB", "1 GiB"]);
    }

    #[test]
    fn a_factor_is_the_same_way_everywhere_on_a_logarithmic_axis() {
        let axis = ValueAxis::new(Unit::Nanoseconds, ValueScale::Log, Some((1e3, 1e9)), 5);
        assert_eq!((axis.part(1e3), axis.part(1e9)), (0.0, 1.0));
        assert!((axis.part(1e6) - 0.5).abs() < 1e-9);
        assert!(axis.part(1.0) < 0.0);
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values_in_few_even_steps(
            (least, greatest) in (prop::num::f64::ANY, prop::num::f64::ANY),
            intervals in 0_u32..8,
            log: bool,
            unit in prop::sample::select(vec![Unit::Bytes, Unit::Nanoseconds, Unit::PerSecond, Unit::Count, Unit::Cores]),
        ) {
            let scale = if log { ValueScale::Log } else { ValueScale::Linear };
            let axis = ValueAxis::new(unit, scale, Some((least, greatest)), intervals);
            prop_assert!(axis.begin >= 0.0 || (!log && axis.begin <= least.max(-GREATEST) * (1.0 - 1e-6)));
            prop_assert!(axis.end.is_finite() && axis.end > axis.begin, "{axis:?}");
            prop_assert!(greatest.is_nan() || axis.end + (axis.end - axis.begin) * 1e-6 >= greatest.min(GREATEST));
            prop_assert!((2..=intervals.max(1) as usize + 2).contains(&axis.ticks.len()), "{axis:?}");
            prop_assert_eq!((axis.part(axis.ticks[0].value), axis.ticks[0].value), (0.0, axis.begin));
            let places: Vec<f64> = axis.ticks.iter().map(|tick| axis.part(tick.value)).collect();
            prop_assert!(places.is_sorted() && (places[places.len() - 1] - 1.0).abs() < 1e-9);
            if log && least > 0.0 && least <= greatest {
                prop_assert!(axis.begin * (1.0 - 1e-6) <= least.clamp(1.0 / GREATEST, GREATEST));
            }
        }
    }
}
