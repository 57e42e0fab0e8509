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
    let label = |value, step| if value == 0 { "0".to_owned() } else { time_tick_label(value, step, end_ns) };
    ticks(begin_ns, end_ns, intervals, 0, label)
}

/// The same for an axis that shows the time of day; `clock` is that when the run began. The ticks are where clocks show
/// whole steps.
pub(in crate::chart) fn clock_ticks(begin_ns: u64, end_ns: u64, intervals: u32, clock: Clock) -> Vec<Tick> {
    ticks(begin_ns, end_ns, intervals, clock.0, clock_tick_label)
}

/// Where clocks that showed `since_ns` at the run's beginning show whole steps.
fn ticks(
    begin_ns: u64,
    end_ns: u64,
    intervals: u32,
    since_ns: u64,
    label: impl Fn(u64, u64) -> String,
) -> Vec<Tick> {
    let step = time_step(end_ns.saturating_sub(begin_ns), intervals);
    let [begin, end] = [begin_ns, end_ns].map(|elapsed_ns| elapsed_ns.saturating_add(since_ns));
    (begin.div_ceil(step)..=end / step)
        .map(|index| index * step)
        .map(|shown| Tick { value: (shown - since_ns) as f64, label: label(shown, step) })
        .collect()
}

fn clock_tick_label(shown_ns: u64, step: u64) -> String {
    let TimeOfDay { hour, minute, second, millisecond } = TimeOfDay::of(shown_ns);
    match step {
        step if step < SECOND => format!("{minute:02}:{second:02}.{millisecond:03}"),
        step if step < MINUTE => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}"),
    }
}

/// The time of day when a run began, in nanoseconds since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock(u64);

impl Clock {
    /// That of an instant, in milliseconds since 1970, where clocks are `ahead_ms` ahead of UTC.
    pub fn new(unix_ms: u64, ahead_ms: i64) -> Self {
        let day_ms = i128::from(24 * HOUR / MILLISECOND);
        let since_midnight = (i128::from(unix_ms) + i128::from(ahead_ms)).rem_euclid(day_ms);
        Self(since_midnight as u64 * MILLISECOND)
    }
}

/// What a clock shows.
struct TimeOfDay {
    hour: u64,
    minute: u64,
    second: u64,
    millisecond: u64,
}

impl TimeOfDay {
    fn of(since_midnight_ns: u64) -> Self {
        Self {
            hour: since_midnight_ns / HOUR % 24,
            minute: since_midnight_ns / MINUTE % 60,
            second: since_midnight_ns / SECOND % 60,
            millisecond: since_midnight_ns / MILLISECOND % 1_000,
        }
    }
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

/// The same by the clock, where the run's beginning is known by one: `14:03:05.2`.
pub fn clock_label(elapsed_ns: u64, clock: Option<Clock>) -> String {
    let Some(Clock(since_ns)) = clock else { return time_label(elapsed_ns) };
    let TimeOfDay { hour, minute, second, millisecond } = TimeOfDay::of(since_ns.saturating_add(elapsed_ns));
    format!("{hour:02}:{minute:02}:{second:02}.{}", millisecond / 100)
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

    #[test]
    fn clocks_have_their_own_whole_steps() {
        // 14:03:05.250 in a zone that is two hours ahead.
        let clock = Clock::new(1_795_867_385_250, 2 * 3_600_000);
        let check = |begin_ns, end_ns, expect: &[(f64, &str)]| {
            let ticks = clock_ticks(begin_ns, end_ns, 4, clock);
            let found: Vec<_> = ticks.iter().map(|tick| (tick.value, tick.label.as_str())).collect();
            assert_eq!(found, expect);
        };
        let ms = |ms: u64| (ms * MILLISECOND) as f64;
        check(
            0,
            20 * SECOND,
            &[
                (ms(4_750), "14:03:10"),
                (ms(9_750), "14:03:15"),
                (ms(14_750), "14:03:20"),
                (ms(19_750), "14:03:25"),
            ],
        );
        check(0, HOUR / 4, &[(ms(114_750), "14:05"), (ms(414_750), "14:10"), (ms(714_750), "14:15")]);
        check(0, SECOND / 2, &[(ms(150), "03:05.400"), (ms(350), "03:05.600")]);
        assert_eq!(clock_label(SECOND, Some(clock)), "14:03:06.2");
        assert_eq!(clock_label(SECOND, None), "1.0 s");
    }

    #[test]
    fn a_clock_goes_on_after_midnight() {
        // 23:59:59 where it is one hour before UTC.
        let clock = Clock::new(3_599_000 + 1_000 * 86_400_000, -3_600_000);
        assert_eq!(clock_label(0, Some(clock)), "23:59:59.0");
        assert_eq!(clock_label(2 * SECOND, Some(clock)), "00:00:01.0");
        assert_eq!(clock_ticks(0, 2 * SECOND, 2, clock)[1].label, "00:00:00");
        assert_eq!(clock_label(0, Some(Clock::new(0, i64::MIN))).len(), "00:00:00.0".len());
    }

    proptest! {
        #[test]
        fn clock_ticks_are_inside(begin_ns in 0..u64::MAX / 2, length_ns in 0..u64::MAX / 4, unix_ms: u64) {
            let ticks = clock_ticks(begin_ns, begin_ns + length_ns, 8, Clock::new(unix_ms, 0));
            prop_assert!(ticks.len() <= 9);
            let (begin, end) = (begin_ns as f64, (begin_ns + length_ns) as f64);
            prop_assert!(ticks.iter().all(|tick| (begin..=end).contains(&tick.value)));
        }

        #[test]
        fn time_ticks_are_few_and_inside(begin_ns: u64, length_ns: u64, intervals in 0_u32..20) {
            let end_ns = begin_ns.saturating_add(length_ns);
            let ticks = time_ticks(begin_ns, end_ns, intervals);
            prop_assert!(ticks.len() <= intervals.max(1) as usize + 1);
            prop_assert!(ticks.iter().all(|tick| (begin_ns as f64..=end_ns as f64).contains(&tick.value)));
        }
    }
}
