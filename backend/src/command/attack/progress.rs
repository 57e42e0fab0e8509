//! How an attack goes on: one line that is written over, where somebody watches.

use heapgym_shared::{sample::LoadReading, unit::Unit};

use crate::command::print;

/// The live line.
#[derive(Debug)]
pub(super) struct Progress {
    planned_ms: u64,
    watched: bool,
    earlier: LoadReading,
}

impl Progress {
    /// Of a load that should take `planned_ms` without its drain.
    pub(super) fn new(planned_ms: u64) -> Self {
        Self { planned_ms, watched: print::is_watched(), earlier: LoadReading::default() }
    }

    pub(super) fn tell(&mut self, reading: &LoadReading) {
        if self.watched {
            print::over(&line(&self.earlier, reading, self.planned_ms));
            self.earlier = reading.clone();
        }
    }

    pub(super) fn end(&self) {
        if self.watched {
            print::over("");
        }
    }
}

fn line(earlier: &LoadReading, reading: &LoadReading, planned_ms: u64) -> String {
    let count = |value: u64| Unit::Count.format(value as f64);
    let elapsed_ns = reading.elapsed_ns.saturating_sub(earlier.elapsed_ns);
    let completed = reading.completed.saturating_sub(earlier.completed);
    let per_second = if elapsed_ns == 0 { 0.0 } else { completed as f64 * 1e9 / elapsed_ns as f64 };
    let p99 = match reading.response_time.count {
        0 => "-".to_owned(),
        _ => Unit::Nanoseconds.format(reading.response_time.p99_ns as f64),
    };
    format!(
        "{:5.1}/{:.0} s | {} done, {:>9}, p99 {p99:>7} | in flight {}, failed {}, dropped {}, late {}",
        reading.elapsed_ns as f64 / 1e9,
        planned_ms as f64 / 1e3,
        count(reading.completed),
        Unit::PerSecond.format(per_second.round()),
        count(reading.in_flight),
        count(reading.failed),
        count(reading.dropped),
        count(reading.late),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_of_the_time_since_the_last_one() {
        let earlier = LoadReading { elapsed_ns: 1_000_000_000, completed: 100, ..Default::default() };
        let reading =
            LoadReading { elapsed_ns: 1_500_000_000, completed: 300, in_flight: 7, ..earlier.clone() };
        let line = line(&earlier, &reading, 20_000);
        assert_eq!(
            line,
            "  1.5/20 s | 300 done,     400/s, p99       - | in flight 7, failed 0, dropped 0, late 0"
        );
    }

    #[test]
    fn two_readings_of_one_instant_have_no_rate() {
        let reading = LoadReading::default();
        assert!(line(&reading, &reading, 0).contains("0 done,       0/s"));
    }
}
