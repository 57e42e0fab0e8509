//! Ticks of axes: steps that people count in, and their labels.

use crate::unit::Unit;

/// A marked place of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where it is, in the axis's base unit.
    pub(super) value: f64,
    /// How it is called.
    pub(super) label: String,
}

/// A value axis: it begins at zero and ends at its last tick.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ValueAxis {
    /// The value at its top; finite and above zero.
    pub(super) end: f64,
    /// Its ticks, upwards.
    pub(super) ticks: Vec<Tick>,
}

/// Beyond any figure, and far from where floating point ends.
const GREATEST: f64 = 1e30;

impl ValueAxis {
    /// The axis for values up to `max` with at most `intervals` steps between its ticks.
    ///
    /// It ends at a whole step, so that it stands still while values grow within the step.
    pub(super) fn new(unit: Unit, max: f64, intervals: u32) -> Self {
        let scale = Scale::of(unit);
        // NaN fails the comparison too.
        let max = if max > 0.0 { max.min(GREATEST) } else { scale.when_empty };
        let step = scale.step_above(max / f64::from(intervals.max(1)));
        let steps = (max / step - 1e-9).ceil().max(1.0);
        let end = steps * step;
        let ticks = (0..=steps as u32).map(|index| {
            let value = f64::from(index) * step;
            Tick { value, label: scale.label(value, step, end) }
        });
        Self { end, ticks: ticks.collect() }
    }
}

/// How a unit is divided.
struct Scale {
    /// Powers of two, or 1-2-5.
    binary: bool,
    /// The finest step that means something.
    least_step: f64,
    /// Multiples of the base unit with their signs, upwards.
    multiples: &'static [(f64, &'static str)],
    /// The end of an axis that has no values.
    when_empty: f64,
}

impl Scale {
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

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Steps of a time axis, in nanoseconds.
#[rustfmt::skip] // a line for each unit
const TIME_STEPS: &[u64] = &[
    MILLISECOND, 2 * MILLISECOND, 5 * MILLISECOND, 10 * MILLISECOND, 20 * MILLISECOND, 50 * MILLISECOND,
    100 * MILLISECOND, 200 * MILLISECOND, 500 * MILLISECOND,
    SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND,
    MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE,
    HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR,
];

/// The step, in nanoseconds, of a time axis with at most `intervals` steps up to `end_ns`.
pub(super) fn time_step(end_ns: u64, intervals: u32) -> u64 {
    let least = end_ns.div_ceil(u64::from(intervals.max(1)));
    let days = || least.div_ceil(24 * HOUR).saturating_mul(24 * HOUR);
    TIME_STEPS.iter().copied().find(|step| *step >= least).unwrap_or_else(days)
}

/// The ticks of a time axis from zero to `end_ns`.
pub(super) fn time_ticks(end_ns: u64, intervals: u32) -> Vec<Tick> {
    let step = time_step(end_ns, intervals);
    let label = |value| if value == 0 { "0".to_owned() } else { time_tick_label(value, step, end_ns) };
    (0..=end_ns / step)
        .map(|index| index * step)
        .map(|value| Tick { value: value as f64, label: label(value) })
        .collect()
}

fn time_tick_label(value: u64, step: u64, end_ns: u64) -> String {
    let seconds = value as f64 / SECOND as f64;
    match step {
        step if step < 10 * MILLISECOND => format!("{seconds:.3} s"),
        step if step < 100 * MILLISECOND => format!("{seconds:.2} s"),
        step if step < SECOND => format!("{seconds:.1} s"),
        step if step < MINUTE && end_ns <= 2 * MINUTE => format!("{seconds:.0} s"),
        step if step < MINUTE => format!("{}:{:02}", value / MINUTE, value % MINUTE / SECOND),
        step if step < HOUR => format!("{} min", value / MINUTE),
        _ => format!("{} h", value / HOUR),
    }
}

/// An instant of a run as tables and readouts show it, to a tenth of a second: `12.3 s`.
pub fn time_label(elapsed_ns: u64) -> String {
    format!("{:.1} s", elapsed_ns as f64 / SECOND as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: f64 = 1024.0 * 1024.0;

    #[track_caller]
    fn check(unit: Unit, max: f64, expect: &[&str]) {
        let labels: Vec<_> = ValueAxis::new(unit, max, 5).ticks.into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, expect);
    }

    #[track_caller]
    fn check_time(end_ns: u64, intervals: u32, expect: &[&str]) {
        let labels: Vec<_> = time_ticks(end_ns, intervals).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels, expect);
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
    }

    #[test]
    fn time_steps_in_what_clocks_show() {
        check_time(34 * SECOND, 8, &["0", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
        check_time(100 * SECOND, 8, &["0", "15 s", "30 s", "45 s", "60 s", "75 s", "90 s"]);
        check_time(3 * MINUTE, 6, &["0", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]);
        check_time(HOUR, 4, &["0", "15 min", "30 min", "45 min", "60 min"]);
        check_time(SECOND, 2, &["0", "0.5 s", "1.0 s"]);
        check_time(1, 8, &["0"]);
        check_time(0, 0, &["0"]);
    }

    proptest! {
        #[test]
        fn an_axis_holds_its_values_in_few_even_steps(
            max in prop::num::f64::ANY,
            intervals in 0_u32..8,
            unit in prop::sample::select(vec![Unit::Bytes, Unit::Nanoseconds, Unit::PerSecond, Unit::Count, Unit::Cores]),
        ) {
            let axis = ValueAxis::new(unit, max, intervals);
            prop_assert!(axis.end.is_finite() && axis.end > 0.0);
            prop_assert!(max.is_nan() || axis.end * (1.0 + 1e-6) >= max.min(GREATEST));
            prop_assert!((2..=intervals.max(1) as usize + 1).contains(&axis.ticks.len()));
            prop_assert_eq!(axis.ticks[0].value, 0.0);
        }

        #[test]
        fn time_ticks_are_few_and_inside(end_ns: u64, intervals in 0_u32..20) {
            let ticks = time_ticks(end_ns, intervals);
            prop_assert!((1..=intervals.max(1) as usize + 1).contains(&ticks.len()));
            prop_assert!(ticks.iter().all(|tick| tick.value <= end_ns as f64));
        }
    }
}
