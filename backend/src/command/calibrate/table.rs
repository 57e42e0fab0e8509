//! The table of a calibration.

use std::fmt::Write;

use super::reading::Reading;

/// The table, and a sentence on what it says.
pub(super) fn text(readings: &[Reading]) -> String {
    let mut text = String::new();
    for of_setting in readings.chunk_by(|a, b| a.setting == b.setting) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", of_setting.first().map_or("", |reading| &reading.setting));
        let _ = writeln!(text, "  {:<24}{:>12}{:>12}{:>12}{:>12}", "", "set", "read", "error", "bound");
        for reading in of_setting {
            let show = |value: f64| reading.unit.format(value);
            let sign = if reading.error() < 0.0 { "-" } else { "+" };
            let _ = writeln!(
                text,
                "  {:<24}{:>12}{:>12}{:>12}{:>12}  {}",
                reading.figure,
                show(reading.set),
                show(reading.read),
                format!("{sign}{}", show(reading.error().abs())),
                show(reading.bound),
                if reading.is_within() { "within" } else { "OUTSIDE" },
            );
        }
    }
    let outside = readings.iter().filter(|reading| !reading.is_within()).count();
    let _ = match outside {
        0 => write!(text, "All {} figures are read back within their bounds.", readings.len()),
        outside => write!(
            text,
            "{outside} of {} figures are outside their bounds. A busy machine bends delays: end what else runs and try again. \
             Bytes, allocations and slopes do not depend on it: please report those.",
            readings.len()
        ),
    };
    text
}
