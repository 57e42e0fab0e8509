//! Sizes, durations and counts as people type them: `512 MiB`, `20s`, `1,000`; and back.

use std::fmt;

use crate::{number, unit::Unit};

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

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Misread {
    /// A comma that does not separate groups of three digits. Holds the number with a point instead, if that is one.
    Comma(Option<String>),
    /// Blanks or other signs between digits. Holds the digits without them.
    Separator(String),
    /// Digits, points or commas of another script.
    Script,
    /// No number in front, or a suffix that the unit does not have.
    Other,
}

impl fmt::Display for Misread {
    /// What to write instead, as half a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Comma(Some(number)) => {
                write!(f, "write {number} with a point; a comma only separates thousands, as in 1,000")
            }
            Self::Comma(None) => f.write_str("a comma only separates thousands, as in 1,000"),
            Self::Separator(digits) => write!(f, "write {digits} without anything between the digits"),
            Self::Script => f.write_str("write it with the digits 0 to 9 and a point"),
            Self::Other => f.write_str("write a number and its unit"),
        }
    }
}

/// Splits a number from the suffix that follows it. Commas may separate the thousands of the number.
///
/// # Errors
/// When there is no number in front, or it is written in a way that could mean another number.
pub fn split(text: &str) -> Result<(f64, &str), Misread> {
    const SIGNS: [char; 4] = ['.', ',', '-', '+'];
    let end = text.find(|c: char| !(c.is_ascii_digit() || SIGNS.contains(&c))).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    if text.chars().any(is_of_another_script) {
        return Err(Misread::Script);
    }
    let next = suffix.trim_start_matches([' ', '\u{a0}', '\u{2009}', '\u{202f}', '\'', '\u{2019}', '_']);
    let digits = next.find(|c: char| !c.is_ascii_digit()).unwrap_or(next.len());
    if !number.is_empty() && next.len() < suffix.len() && digits > 0 {
        return Err(Misread::Separator(quoted(&format!("{number}{}", &next[..digits])).unwrap_or_default()));
    }
    Ok((without_commas(number)?, suffix))
}

/// Reads a number whose thousands may be separated by commas.
fn without_commas(text: &str) -> Result<f64, Misread> {
    let plain = text.replace(',', "");
    let number = number::parse(&plain);
    if !text.contains(',') {
        return number.ok_or(Misread::Other);
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = whole.trim_start_matches(['-', '+']).split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = (1..=3).contains(&first.len())
        && !first.starts_with('0') // 0,500 is half of something
        && groups.all(|group| group.len() == 3)
        && !fraction.contains(',');
    if is_grouped && let Some(number) = number {
        return Ok(number);
    }
    // The last comma stands where a point belongs: what stands before it separates thousands.
    let with_a_point =
        text.rsplit_once(',').filter(|(_, fraction)| !fraction.is_empty()).map(|(whole, fraction)| {
            let whole = if whole.is_empty() { "0" } else { whole };
            format!("{}.{fraction}", whole.replace('.', ""))
        });
    Err(Misread::Comma(
        with_a_point.filter(|text| number::parse(text).is_some()).and_then(|text| quoted(&text)),
    ))
}

/// A number as it is quoted: not at all where it is too long to be read.
fn quoted(number: &str) -> Option<String> {
    (number.len() <= 30).then(|| number.to_owned())
}

fn is_of_another_script(c: char) -> bool {
    !c.is_ascii() && (c.is_numeric() || ['\u{ff0c}', '\u{ff0e}', '\u{66b}', '\u{66c}'].contains(&c))
}

/// The number that `text` says, in the base of `unit`.
///
/// # Errors
/// When it says none.
pub fn parse(unit: Unit, text: &str) -> Result<f64, Misread> {
    let (number, suffix) = split(text.trim())?;
    let suffix = suffix.trim();
    if (unit, number, suffix) == (Unit::Milliseconds, -1.0, "") {
        return Ok(number); // jemalloc's word for ever; no duration is negative
    }
    let scale = scales(unit).iter().find(|(name, _)| name.eq_ignore_ascii_case(suffix));
    let (_, scale) = scale.ok_or(Misread::Other)?;
    // 4.35 * 1e3 is not quite 4350: a thousandth of the base is as fine as anybody types.
    Ok((number * scale * 1e3).round() / 1e3)
}

/// As fine as anybody types, and finer than [`parse`] reads.
const DECIMALS: usize = 6;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(unit: Unit, text: &str, expect: f64) {
        assert_eq!(parse(unit, text), Ok(expect), "{text}");
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
    fn commas_separate_groups_of_three_digits() {
        for (text, expect) in [
            ("1,000", 1e3),
            ("12,000", 12e3),
            ("123,456,789", 123_456_789.0),
            ("-1,000", -1e3),
            ("1,000.5", 1_000.5),
        ] {
            reads(Unit::Count, text, expect);
        }
        reads(Unit::Milliseconds, "1,500 ms", 1_500.0);
    }

    #[test]
    fn any_other_comma_is_refused_with_what_to_write() {
        for (text, instead) in [
            ("1,5 s", "1.5"),
            ("0,5 GiB", "0.5"),
            ("10,0", "10.0"),
            ("1,00", "1.00"),
            ("1,0000", "1.0000"),
            (",5", "0.5"),
            ("0,500", "0.500"),
            ("0000,500", "0000.500"),
            ("1234,567", "1234.567"),
            ("1.000,5", "1000.5"),
            ("1.000.000,5", "1000000.5"),
            ("-1,5", "-1.5"),
        ] {
            let unit = if text.ends_with('s') { Unit::Milliseconds } else { Unit::Bytes };
            let why = parse(unit, text).unwrap_err();
            assert_eq!(why, Misread::Comma(Some(instead.to_owned())), "{text}");
            assert!(why.to_string().contains(&format!("write {instead} with a point")), "{why}");
        }
        for text in ["1,000,00", "1,,000", ",", "1,", "1,0,0 B", "1,2.3,4", "1,-000", "1,5,"] {
            let why = parse(Unit::Bytes, text).unwrap_err();
            assert!(why.to_string().contains("a comma only separates thousands"), "{text}: {why}");
        }
        let long = format!("1,{}", "5".repeat(1_000_000));
        assert!(parse(Unit::Bytes, &long).unwrap_err().to_string().len() < 100);
    }

    #[test]
    fn signs_between_digits_and_digits_of_other_scripts_are_refused_with_what_to_write() {
        for text in ["1 000", "1\u{a0}000 B", "1\u{202f}000", "1'000", "1\u{2019}000", "1_000 B"] {
            let why = parse(Unit::Bytes, text).unwrap_err();
            assert_eq!(why, Misread::Separator("1000".to_owned()), "{text}");
        }
        for text in ["\u{ff11}\u{ff10} MiB", "\u{661}", "1\u{ff0c}5", "1\u{ff0e}5", "1\u{66b}5", "\u{bd} GiB"]
        {
            assert_eq!(parse(Unit::Bytes, text), Err(Misread::Script), "{text}");
        }
    }

    #[test]
    fn what_says_no_number_is_refused() {
        for text in ["", "fast", "MiB", "1.2.3 MiB", "10 apples", "--5", "1e5"] {
            assert_eq!(parse(Unit::Bytes, text), Err(Misread::Other), "{text}");
        }
        assert_eq!(parse(Unit::Count, "5 s"), Err(Misread::Other));
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
