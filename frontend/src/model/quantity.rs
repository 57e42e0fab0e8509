//! Sizes, durations and counts as people type them: `512 MiB`, `20s`, `1,000`; and back.

use heapgym_shared::{number, unit::Unit};

/// A suffix, and what one of it is in the unit's base.
type Scale = (&'static str, f64);

const BYTES: &[Scale] = &[
    ("GiB", 1_073_741_824.0),
    ("MiB", 1_048_576.0),
    ("KiB", 1_024.0),
    ("GB", 1e9),
    ("MB", 1e6),
    ("kB", 1e3),
    ("B", 1.0),
    ("", 1.0),
];
/// A bare number is in seconds: nobody means milliseconds who types 20 for a duration.
const MILLISECONDS: &[Scale] =
    &[("h", 3_600_000.0), ("min", 60_000.0), ("m", 60_000.0), ("s", 1_000.0), ("ms", 1.0), ("", 1_000.0)];
const PER_SECOND: &[Scale] = &[("", 1.0), ("/s", 1.0)];
const PERCENT: &[Scale] = &[("", 1.0), ("%", 1.0)];
const PLAIN: &[Scale] = &[("", 1.0)];

fn scales(unit: Unit) -> &'static [Scale] {
    match unit {
        Unit::Bytes => BYTES,
        Unit::Milliseconds => MILLISECONDS,
        Unit::PerSecond => PER_SECOND,
        Unit::Percent => PERCENT,
        Unit::Nanoseconds | Unit::Count | Unit::BytesPerSecond | Unit::Cores => PLAIN,
    }
}

/// The number that `text` says, in the base of `unit`; none when it says none.
pub fn parse(unit: Unit, text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '.' | ',' | '-' | '+')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let number = number::parse(&number.replace(',', ""))?;
    let suffix = suffix.trim();
    if (unit, number, suffix) == (Unit::Milliseconds, -1.0, "") {
        return Some(number); // jemalloc's word for ever; no duration is negative
    }
    let (_, scale) = scales(unit).iter().find(|(name, _)| name.eq_ignore_ascii_case(suffix))?;
    // 4.35 * 1e3 is not quite 4350: a thousandth of the base is as fine as anybody types.
    Some((number * scale * 1e3).round() / 1e3)
}

/// As fine as anybody types, and finer than [`parse`] reads.
const DECIMALS: u32 = 6;

/// The number as [`parse`] reads it back: in the largest suffix that leaves it short.
pub fn write(unit: Unit, value: f64) -> String {
    let short = |(suffix, scale): &&Scale| {
        !suffix.is_empty() && value != 0.0 && (value / scale * 10.0).fract() == 0.0 && value >= *scale
    };
    let fallback = || scales(unit).iter().find(|(_, scale)| *scale == 1.0);
    match (unit, scales(unit).iter().find(short).or_else(fallback)) {
        (Unit::Bytes | Unit::Milliseconds, Some((suffix, scale))) => {
            format!("{} {suffix}", number::short(value / scale, DECIMALS)).trim_end().to_owned()
        }
        _ => number::short(value, DECIMALS),
    }
}

/// A number of bytes with its unit, and a minus before what is below zero.
pub fn signed_bytes(bytes: i64) -> String {
    let sign = if bytes < 0 { "-" } else { "" };
    format!("{sign}{}", Unit::Bytes.format(bytes.unsigned_abs() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(unit: Unit, text: &str, expect: impl Into<Option<f64>>) {
        assert_eq!(parse(unit, text), expect.into(), "{text}");
    }

    #[test]
    fn what_people_type_is_understood() {
        reads(Unit::Bytes, "512MiB", 536_870_912.0);
        reads(Unit::Bytes, " 1.5 gib ", 1_610_612_736.0);
        reads(Unit::Bytes, "64 MB", 64_000_000.0);
        reads(Unit::Bytes, "100", 100.0);
        reads(Unit::Milliseconds, "20s", 20_000.0);
        reads(Unit::Milliseconds, "20", 20_000.0);
        reads(Unit::Milliseconds, "-1", -1.0);
        reads(Unit::Milliseconds, "4.35 s", 4_350.0);
        reads(Unit::Milliseconds, "250ms", 250.0);
        reads(Unit::Milliseconds, "2 min", 120_000.0);
        reads(Unit::PerSecond, "1,000/s", 1_000.0);
        reads(Unit::Count, "100", 100.0);
    }

    #[test]
    fn what_says_no_number_is_none() {
        for text in ["", "fast", "MiB", "1.2.3 MiB", "10 apples", "--5", "1e5"] {
            reads(Unit::Bytes, text, None);
        }
        reads(Unit::Count, "5 s", None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for value in [0.0, 100.0, 1_024.0, 1_000_000.0, 1_000_001.0, 536_870_912.0, 1_610_612_736.0] {
            reads(Unit::Bytes, &write(Unit::Bytes, value), value);
        }
        for value in [-1.0, 0.0, 20.0, 250.0, 1_500.0, 10_000.0, 60_000.0, 61_000.0, 90_000.0] {
            reads(Unit::Milliseconds, &write(Unit::Milliseconds, value), value);
        }
        assert_eq!(write(Unit::Bytes, 1_073_741_824.0), "1 GiB");
        assert_eq!(write(Unit::Bytes, 0.0), "0 B");
        assert_eq!(write(Unit::Milliseconds, 10_000.0), "10 s");
        assert_eq!(write(Unit::Milliseconds, 90_000.0), "1.5 min");
        assert_eq!(write(Unit::PerSecond, 0.5), "0.5");
    }
}
