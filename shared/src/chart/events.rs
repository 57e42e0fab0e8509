//! What was done to the runs, in a drawing: a line at each instant, and as many labels as have room.

use super::{
    Columns, Trace,
    paint::text_width,
    plot::{Area, Point, TimeAxis},
};

/// The height of one row of labels, in CSS pixels.
pub(super) const ROW: f64 = 14.0;
/// Most rows: more would cover the plot from top to bottom.
const MOST_ROWS: f64 = 3.0;
/// Between a line and its label.
const GAP: f64 = 5.0;
/// Between two labels of one row.
const SPACE: f64 = 6.0;
/// The widest label, as a share of the plot's width; the list of events has the words in full.
const WIDEST: f64 = 0.5;

/// The lines and labels of events.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct EventMarks {
    /// Where the lines are, in CSS pixels: at most one in each column of pixels.
    pub(super) lines: Vec<f64>,
    pub(super) labels: Vec<Label>,
}

/// A label beside its line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Label {
    pub(super) text: String,
    /// The middle of its left end, in CSS pixels.
    pub(super) at: Point,
    /// About how wide it is.
    pub(super) width: f64,
}

/// The marks of all events of the traces, whose figures are `columns`.
///
/// A label stands right of its line, or left of it where the plot ends, in the first row in which it meets no
/// other; one that has no room in any row is left out. Earlier ones are placed first, so that none moves while a
/// run goes on.
pub(super) fn marks(traces: &[Trace<'_>], columns: &[Columns], time: &TimeAxis, area: &Area) -> EventMarks {
    let mut events: Vec<_> = traces
        .iter()
        .zip(columns)
        .flat_map(|(trace, columns)| {
            let last = columns.times().last().copied().unwrap_or(0);
            // A change is told with the sample before the instant at which it is made.
            columns.events().iter().map(move |event| (trace, event, event.elapsed_ns.min(last)))
        })
        .filter(|(.., elapsed_ns)| time.contains(*elapsed_ns))
        .collect();
    events.sort_by_key(|(.., elapsed_ns)| *elapsed_ns);
    let rows = ((area.bottom - area.top) / ROW).clamp(0.0, MOST_ROWS) as usize;
    let mut rows: Vec<Row> = vec![Row::new(); rows];
    let mut marks = EventMarks::default();
    for (trace, event, elapsed_ns) in events {
        let x = time.x(elapsed_ns);
        if marks.lines.last().is_none_or(|last| last.floor() != x.floor()) {
            marks.lines.push(x);
        }
        let what = event.what.label();
        let words = if traces.len() > 1 { format!("{}: {what}", trace.variant) } else { what };
        marks.labels.extend(place(shortened(words, area), x, area, &mut rows));
    }
    marks
}

/// What is taken of a row: from where to where, in CSS pixels.
type Row = Vec<(f64, f64)>;

/// Finds room for a label and takes it.
fn place(text: String, x: f64, area: &Area, rows: &mut [Row]) -> Option<Label> {
    let width = text_width(&text);
    for left in [x + GAP, x - GAP - width] {
        let right = left + width;
        if left < area.left || right > area.right {
            continue;
        }
        let free = |row: &Row| row.iter().all(|(begin, end)| right + SPACE <= *begin || end + SPACE <= left);
        if let Some(row) = rows.iter().position(free) {
            rows[row].push((left, right));
            return Some(Label { text, at: (left, area.top + ROW * (row as f64 + 0.5)), width });
        }
    }
    None
}

/// The words, or as many of them as a label may have.
fn shortened(words: String, area: &Area) -> String {
    let widest = (area.right - area.left) * WIDEST;
    if text_width(&words) <= widest {
        return words;
    }
    let most = (widest / text_width("m")) as usize;
    let kept: String = words.chars().take(most.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        adjust::{Adjustment, EventKind, RunEvent},
        chart::{ValueScale, memory},
        sample::{Phase, Sample},
    };

    const AREA: Area = Area { left: 0.0, top: 0.0, right: 400.0, bottom: 100.0 };
    const AXIS: TimeAxis = TimeAxis { begin_ns: 0, end_ns: 400, left: 0.0, right: 400.0, clock: None };

    fn paused(elapsed_ns: u64) -> RunEvent {
        RunEvent { elapsed_ns, what: EventKind::Adjusted { change: Adjustment::Pause, effect: None } }
    }

    /// A run whose only sample tells of these events.
    fn told(events: Vec<RunEvent>) -> Vec<Sample> {
        vec![Sample { seq: 0, elapsed_ns: 400, phase: Phase::Load, target: None, load: None, events }]
    }

    fn of(samples: &[Sample], area: &Area) -> EventMarks {
        of_all(&[Trace { variant: "naive", samples, size_classes: &[] }], &AXIS, area)
    }

    fn of_all(traces: &[Trace<'_>], time: &TimeAxis, area: &Area) -> EventMarks {
        let columns =
            traces.iter().map(|trace| Columns::of(&memory::CHART, ValueScale::Linear, trace.samples));
        marks(traces, &columns.collect::<Vec<_>>(), time, area)
    }

    fn places(marks: &EventMarks) -> Vec<(&str, Point)> {
        marks.labels.iter().map(|label| (label.text.as_str(), label.at)).collect()
    }

    #[test]
    fn a_label_stands_beside_its_line() {
        let marks = of(&told(vec![paused(100), paused(390)]), &AREA);
        assert_eq!(marks.lines, [100.0, 390.0]);
        let left = 390.0 - GAP - text_width("paused");
        assert_eq!(places(&marks), [("paused", (105.0, 7.0)), ("paused", (left, 7.0))]);
    }

    #[test]
    fn labels_that_would_meet_take_other_rows_or_are_left_out() {
        let marks = of(&told(vec![paused(0), paused(10), paused(20), paused(30), paused(150)]), &AREA);
        assert_eq!(marks.lines.len(), 5, "each has its line");
        let expect = [(5.0, 7.0), (15.0, 21.0), (25.0, 35.0), (155.0, 7.0)];
        assert_eq!(marks.labels.iter().map(|label| label.at).collect::<Vec<_>>(), expect);
    }

    #[test]
    fn events_of_one_pixel_share_a_line() {
        let marks = of(&told(vec![paused(100); 5]), &AREA);
        assert_eq!((marks.lines.len(), marks.labels.len()), (1, 6 - 1));
    }

    #[test]
    fn of_several_runs_each_event_says_whose_it_is() {
        let (naive, pooled) = (told(vec![paused(200)]), told(vec![paused(50)]));
        let traces = [
            Trace { variant: "naive", samples: &naive, size_classes: &[] },
            Trace { variant: "pooled", samples: &pooled, size_classes: &[] },
        ];
        let marks = of_all(&traces, &AXIS, &AREA);
        assert_eq!(marks.lines, [50.0, 200.0]);
        let words: Vec<_> = marks.labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(words, ["pooled: paused", "naive: paused"]);
    }

    #[test]
    fn long_words_are_shortened() {
        let threshold = "response_time p(99) < 50ms over 10s [load] abort_on_fail".to_owned();
        let event = RunEvent { elapsed_ns: 10, what: EventKind::ThresholdFailed { threshold } };
        let marks = of(&told(vec![event]), &AREA);
        assert_eq!(marks.labels[0].text, "threshold failed: respons...");
    }

    proptest! {
        #[test]
        fn labels_never_meet_and_never_leave_the_plot(
            at in prop::collection::vec(any::<u16>(), 0..60),
            (right, bottom) in (1.0..600.0, 1.0..120.0),
        ) {
            let area = Area { right, bottom, ..AREA };
            let time = TimeAxis { begin_ns: 0, end_ns: u64::from(u16::MAX), left: 0.0, right, clock: None };
            let samples = told(at.iter().map(|at| paused(u64::from(*at))).collect());
            let marks = of_all(&[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &time, &area);
            prop_assert!(marks.lines.iter().all(|x| (0.0..=right).contains(x)));
            prop_assert_eq!(marks.lines.is_empty(), at.is_empty());
            for (index, label) in marks.labels.iter().enumerate() {
                prop_assert!(label.at.0 >= 0.0 && label.at.0 + label.width <= right && label.at.1 <= bottom);
                for other in &marks.labels[index + 1..] {
                    let apart = label.at.0 + label.width <= other.at.0 || other.at.0 + other.width <= label.at.0;
                    prop_assert!(label.at.1 != other.at.1 || apart);
                }
            }
        }
    }
}
