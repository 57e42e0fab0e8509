//! A time axis's ticks, in the steps of clocks.

use super::Tick;

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

/// The step, in nanoseconds, of a time axis of a length with at most `intervals` steps.
pub(in crate::chart) fn time_step(length_ns: u64, intervals: u32) -> u64 {
    let least = length_ns.div_ceil(u64::from(intervals.max(1)));
    let days = || least.div_ceil(24 * HOUR).saturating_mul(24 * HOUR);
    TIME_STEPS.iter().copied().find(|step| *step >= least).unwrap_or_else(days)
}

/// The ticks of a time axis. Of a stretch shorter than the finest step there may be none.
pub(in crate::chart) fn time_ticks(begin_ns: u64, end_ns: u64, intervals: u32) -> Vec<Tick> {
    let step = time_step(end_ns.saturating_sub(begin_ns), intervals);
    let label = |value| if value == 0 { "0".to_owned() } else { time_tick_label(value, step, end_ns) };
    (begin_ns.div_ceil(step)..=end_ns / step)
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
        step if step < MINUTE && end_ns > HOUR => {
            format!("{}:{:02}:{:02}", value / HOUR, value % HOUR / MINUTE, value % MINUTE / SECOND)
        }
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

    #[track_caller]
    fn check_part(begin_ns: u64, end_ns: u64, intervals: u32, expect: &[&str]) {
        let ticks = time_ticks(begin_ns, end_ns, intervals);
        assert_eq!(ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(), expect);
    }

    #[track_caller]
    fn check(end_ns: u64, intervals: u32, expect: &[&str]) {
        check_part(0, end_ns, intervals, expect);
    }

    #[test]
    fn time_steps_in_what_clocks_show() {
        check(34 * SECOND, 8, &["0", "5 s", "10 s", "15 s", "20 s", "25 s", "30 s"]);
        check(100 * SECOND, 8, &["0", "15 s", "30 s", "45 s", "60 s", "75 s", "90 s"]);
        check(3 * MINUTE, 6, &["0", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"]);
        check(HOUR, 4, &["0", "15 min", "30 min", "45 min", "60 min"]);
        check(SECOND, 2, &["0", "0.5 s", "1.0 s"]);
        check(1, 8, &["0"]);
        check(0, 0, &["0"]);
    }

    #[test]
    fn a_part_of_a_run_has_the_ticks_of_the_whole_on_it() {
        check_part(12 * SECOND, 31 * SECOND, 4, &["15 s", "20 s", "25 s", "30 s"]);
        check_part(
            12_300 * MILLISECOND,
            12_700 * MILLISECOND,
            4,
            &["12.3 s", "12.4 s", "12.5 s", "12.6 s", "12.7 s"],
        );
        check_part(HOUR + 70 * SECOND, HOUR + 100 * SECOND, 3, &["1:01:10", "1:01:20", "1:01:30", "1:01:40"]);
        check_part(1, 2, 3, &[]);
    }

    proptest! {
        #[test]
        fn time_ticks_are_few_and_inside(begin_ns: u64, length_ns: u64, intervals in 0_u32..20) {
            let end_ns = begin_ns.saturating_add(length_ns);
            let ticks = time_ticks(begin_ns, end_ns, intervals);
            prop_assert!(ticks.len() <= intervals.max(1) as usize + 1);
            prop_assert!(ticks.iter().all(|tick| (begin_ns as f64..=end_ns as f64).contains(&tick.value)));
        }
    }
}
