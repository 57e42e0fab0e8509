//! Units of figures, and how a person reads them: `1.5 MiB`, `12.3 ms`, `4,200`.

use serde::{Deserialize, Serialize};

use crate::number::{fixed, short};

/// Bytes in one mebibyte.
pub const MIB: u64 = 1 << 20;

/// What a figure is counted in. Numbers travel unscaled in the unit's base (bytes, nanoseconds, ...).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Bytes, shown in binary multiples.
    Bytes,
    /// Nanoseconds, shown as ns, us, ms or s.
    Nanoseconds,
    /// Milliseconds, shown as ms, s or min.
    Milliseconds,
    /// A plain count.
    Count,
    /// Events per second.
    PerSecond,
    /// Bytes per second, shown in binary multiples.
    BytesPerSecond,
    /// CPU cores in use; 1 is one core fully busy.
    Cores,
    /// Hundredths of a whole.
    Percent,
}

impl Unit {
    /// The figure as a person reads it, with its unit; `-` where there is no number.
    pub fn format(self, value: f64) -> String {
        if !value.is_finite() {
            return "-".to_owned();
        }
        match self {
            Unit::Bytes => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB"]),
            Unit::BytesPerSecond => scaled(value, 1024.0, &["B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s"]),
            Unit::Nanoseconds => duration(value),
            Unit::Milliseconds if value == 0.0 => "0 ms".to_owned(),
            Unit::Milliseconds => duration(value * 1e6),
            Unit::Count => count(value),
            Unit::PerSecond => format!("{}/s", count(value)),
            Unit::Cores => format!("{} cores", fixed(value, 2)),
            Unit::Percent => format!("{} %", three_digits(value)),
        }
    }
}

/// Three significant digits and the largest unit that leaves a number of at least one.
fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let (mut value, mut unit) = (value, 0);
    // 999.5 rounds to 1000: move on before it is shown that wide.
    while value.abs() >= step.min(999.5) && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    if unit == 0 {
        format!("{} {}", fixed(value, 0), units[0])
    } else {
        format!("{} {}", three_digits(value), units[unit])
    }
}

fn duration(nanoseconds: f64) -> String {
    match nanoseconds.abs() {
        n if n >= 120e9 => format!("{} min", three_digits(nanoseconds / 60e9)),
        n if n >= 999.5e6 => format!("{} s", three_digits(nanoseconds / 1e9)),
        n if n >= 999.5e3 => format!("{} ms", three_digits(nanoseconds / 1e6)),
        n if n >= 999.5 => format!("{} us", three_digits(nanoseconds / 1e3)),
        _ => format!("{} ns", fixed(nanoseconds, 0)),
    }
}

fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.0995 => 2,
        _ => 4, // only a percentage is that small
    };
    short(value, decimals)
}

/// A count with thousands separated by commas; one decimal below ten when it is not whole, two below a tenth.
fn count(value: f64) -> String {
    if value.fract() != 0.0 && value.abs() < 10.0 {
        return fixed(value, if value.abs() < 0.095 { 2 } else { 1 });
    }
    let digits = fixed(value.abs(), 0);
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if value < 0.0 && digits != "0" {
        text.push('-');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, value: f64, expect: &str) {
        assert_eq!(unit.format(value), expect);
    }

    #[test]
    fn figures_read_as_people_write_them() {
        check(Unit::Bytes, 0.0, "0 B");
        check(Unit::Bytes, 1023.0, "1 KiB");
        check(Unit::Bytes, 1536.0, "1.5 KiB");
        check(Unit::Bytes, 512.0 * 1024.0 * 1024.0, "512 MiB");
        check(Unit::BytesPerSecond, 3.0 * 1024.0 * 1024.0 * 1024.0, "3 GiB/s");
        check(Unit::Nanoseconds, 999.0, "999 ns");
        check(Unit::Nanoseconds, 1_500.0, "1.5 us");
        check(Unit::Nanoseconds, 318_000_000.0, "318 ms");
        check(Unit::Milliseconds, 20_000.0, "20 s");
        check(Unit::Milliseconds, 600_000.0, "10 min");
        check(Unit::Count, 1_234_567.0, "1,234,567");
        check(Unit::Count, 2.5, "2.5");
        check(Unit::Count, 0.1, "0.1");
        check(Unit::Count, 0.03, "0.03");
        check(Unit::PerSecond, 302.0, "302/s");
        check(Unit::Cores, 0.5, "0.50 cores");
        check(Unit::Percent, 0.1, "0.1 %");
        check(Unit::Percent, 0.0012, "0.0012 %");
    }

    #[test]
    fn no_number_is_a_dash() {
        check(Unit::Bytes, f64::NAN, "-");
        check(Unit::Count, f64::INFINITY, "-");
    }
}
