//! Values of thresholds with their units: `50ms`, `512MiB`, `0.1%`, `199/s`.

use crate::{
    number,
    quantity::{self, Misread},
    unit::Unit,
};

/// The greatest distance from zero, in the unit's base: what a float holds exactly.
pub(super) const GREATEST: f64 = 9_007_199_254_740_992.0; // 2^53

/// How many of the unit's base one of the suffix is; the longest first.
pub(super) type Suffix = (&'static str, f64);

const DURATIONS: &[Suffix] = &[("s", 1e9), ("ms", 1e6), ("us", 1e3), ("ns", 1.0)];
const SIZES: &[Suffix] = &[
    ("GiB", 1_073_741_824.0),
    ("GB", 1e9),
    ("MiB", 1_048_576.0),
    ("MB", 1e6),
    ("KiB", 1_024.0),
    ("kB", 1e3),
    ("B", 1.0),
];

/// How values of a unit may end.
pub(super) fn suffixes(unit: Unit) -> &'static [Suffix] {
    match unit {
        Unit::Nanoseconds | Unit::Milliseconds => DURATIONS,
        Unit::Bytes | Unit::BytesPerSecond => SIZES,
        Unit::Percent => &[("%", 1.0)],
        Unit::PerSecond => &[("/s", 1.0)],
        Unit::Count | Unit::Cores => &[("", 1.0)],
    }
}

/// What a value of this unit looks like, for an error.
pub(super) fn allowed(unit: Unit) -> &'static str {
    match unit {
        Unit::Nanoseconds | Unit::Milliseconds => "a duration in ns, us, ms or s, such as 50ms",
        Unit::Bytes | Unit::BytesPerSecond => "a size in B, KiB, MiB, GiB, kB, MB or GB, such as 512MiB",
        Unit::Percent => "a percentage, such as 0.1%",
        Unit::PerSecond => "a number per second, such as 199 or 199/s",
        Unit::Count | Unit::Cores => "a number without a unit, such as 100",
    }
}

/// Splits a number from its suffix; `None` when there is no decimal number in front.
pub(super) fn split(text: &str) -> Option<(f64, &str)> {
    quantity::split(text).ok()
}

/// What to write instead of a number in another notation.
pub(super) fn misread(text: &str) -> Option<Misread> {
    quantity::split(text).err().filter(|why| *why != Misread::Other)
}

/// The number of a unit's base; `None` when the suffix is none of the unit's or the number is too great.
///
/// Zero needs no suffix, and a figure per second may go without.
pub(super) fn scale(unit: Unit, number: f64, suffix: &str) -> Option<f64> {
    let bare = suffix.is_empty() && (number == 0.0 || unit == Unit::PerSecond);
    let factor = match suffixes(unit).iter().find(|(known, _)| *known == suffix) {
        Some((_, factor)) => *factor,
        None if bare => 1.0,
        None => return None,
    };
    Some(number * factor).filter(|value| value.abs() <= GREATEST)
}

/// The shortest text that [`split`] and [`scale`] read back as exactly this value.
pub(super) fn text(unit: Unit, value: f64) -> String {
    const LONGEST: usize = 7; // digits that are still easier to read than those of a smaller unit
    let suffixes = suffixes(unit);
    let fits = |&(suffix, factor): &Suffix| {
        let number = (value / factor).to_string();
        let exact = number::parse(&number).is_some_and(|read| read * factor == value);
        (exact && value.abs() >= factor && number.len() <= LONGEST).then(|| format!("{number}{suffix}"))
    };
    let base = suffixes.last().map_or("", |(suffix, _)| suffix);
    suffixes.iter().find_map(fits).unwrap_or_else(|| format!("{value}{base}"))
}
