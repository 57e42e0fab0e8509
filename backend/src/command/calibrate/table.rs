//! A calibration as a table for a person.

use std::fmt::Write;

use heapgym_shared::unit::Unit;

use super::{
    reading::{Bound, Reading},
    result::Calibration,
};

/// What to do where a figure is outside.
const ADVICE: &str = "Outside: do not trust figures of this size here. A delay is late where other programs take the \
                      CPU: close them and try again. Bytes, allocations and leaks do not depend on them: please \
                      report those with the --json file.";

/// Each setting with its four figures, and what follows from them.
pub(super) fn text(calibration: &Calibration) -> String {
    let mut text = row(["setting and figure", "asked", "measured", "error", "bound", ""].map(str::to_owned));
    for measured in &calibration.settings {
        let _ = write!(text, "\n{}", measured.setting.words()); // writing to a String does not fail
        for reading in &measured.readings {
            let _ = write!(text, "\n{}", row(cells(reading)));
        }
    }
    text.push_str("\n\n");
    if let Some(nothing) = &calibration.nothing {
        let (bytes, allocations) = (nothing.allocated_bytes, nothing.allocations);
        let _ = writeln!(
            text,
            "Taken off: {bytes:.1} B in {allocations:.3} allocations, for a request that does nothing."
        );
    }
    text.push_str(match calibration.within {
        true => "Every figure is within its bound.",
        false => ADVICE,
    });
    text
}

fn row([name, asked, measured, error, bound, verdict]: [String; 6]) -> String {
    format!("{name:<22}{asked:>14}{measured:>16}{error:>12}{bound:>10}  {verdict}").trim_end().to_owned()
}

fn cells(reading: &Reading) -> [String; 6] {
    let (error, bound) = match reading.figure.bound() {
        Bound::Share(_) if reading.asked == 0.0 => {
            (figure(reading.unit, reading.error, 3), reading.unit.format(reading.bound))
        }
        Bound::Share(share) => {
            (format!("{:+.3} %", 100.0 * reading.error / reading.asked), format!("{} %", share * 100.0))
        }
        Bound::Absolute(bound) => (format!("{:+.3} ms", reading.error / 1e6), reading.unit.format(bound)),
    };
    [
        format!("  {}", reading.figure.title()),
        figure(reading.unit, reading.asked, 0),
        figure(reading.unit, reading.measured, 3),
        error,
        bound,
        if reading.within { "within" } else { "OUTSIDE" }.to_owned(),
    ]
}

/// Unscaled: an error of a thousandth must be seen.
fn figure(unit: Unit, value: f64, decimals: usize) -> String {
    match unit {
        Unit::Bytes => format!("{value:.decimals$} B"),
        Unit::Nanoseconds => format!("{:.decimals$} ms", value / 1e6),
        _ => format!("{value:.decimals$}"),
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::report::Environment;

    use super::{
        super::{reading::Figure, result::Measured, settings::SETTINGS},
        *,
    };

    /// What was asked of the leak and what was read; all else is right.
    fn calibration(asked_leak: f64, leak: f64) -> Calibration {
        let readings = [
            Reading::sample(Figure::Bytes, 1_088.0, 1_088.5),
            Reading::sample(Figure::Allocations, 2.0, 2.0),
            Reading::sample(Figure::Leak, asked_leak, leak),
            Reading::sample(Figure::Delay, 1e6, 1.085e6),
        ];
        Calibration::of(Environment::default(), None, vec![Measured { setting: SETTINGS[0], readings }])
    }

    #[test]
    fn a_row_tells_the_error_and_the_bound() {
        let text = text(&calibration(64.0, 64.1));
        let cells = |title: &str| {
            let line = text.lines().find(|line| line.starts_with(&format!("  {title}"))).unwrap();
            line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(cells("bytes"), ["bytes/request", "1088 B", "1088.500 B", "+0.046 %", "0.1 %", "within"]);
        assert_eq!(cells("delay"), ["delay", "1 ms", "1.085 ms", "+0.085 ms", "1 ms", "within"]);
        assert!(text.contains("1 KiB in 1, 0 B leaked, 0 ms waited"), "{text}");
        assert!(text.ends_with("Every figure is within its bound."), "{text}");
    }

    #[test]
    fn nothing_has_no_share() {
        let text = text(&calibration(0.0, 0.25));
        let line = text.lines().find(|line| line.contains("leak/request")).unwrap();
        assert!(line.contains("0.250 B") && line.contains("1 B") && line.ends_with("within"), "{line}");
    }

    #[test]
    fn what_is_outside_is_said_with_what_to_do() {
        let text = text(&calibration(64.0, 80.0));
        assert!(text.contains("+25.000 %") && text.contains("OUTSIDE") && text.ends_with(ADVICE), "{text}");
    }
}
