//! The legend of a drawing that explains itself: variants and their lines, below the title.

use super::{
    Chart, Stroke, Trace, View,
    paint::text_width,
    palette,
    plot::{Point, TimeAxis},
};

/// The height of one row.
const ROW: f64 = 18.0;
/// The length of the piece of line before a name.
pub(super) const SWATCH: f64 = 26.0;
/// Between a piece of line and its name.
pub(super) const GAP: f64 = 6.0;
/// Between two entries.
const SPACE: f64 = 12.0;

/// The entries of a legend and where they are.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Legend {
    /// Left end of the title.
    pub(super) title_at: Point,
    pub(super) entries: Vec<Entry>,
    /// What title and entries take of the drawing's height, in CSS pixels.
    pub(super) height: f64,
}

/// One entry: a piece of line and its name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) stroke: Stroke,
    /// Left end of the piece of line, in CSS pixels.
    pub(super) at: Point,
}

impl Legend {
    /// Places title and entries: one column for each series, and a row or more for each trace.
    pub(super) fn new(chart: &Chart, traces: &[Trace<'_>], view: &View, time: &TimeAxis) -> Self {
        let name =
            |trace: &Trace<'_>, series: usize| format!("{}: {}", trace.variant, chart.series[series].label);
        let column = |series: usize| {
            let widths = traces.iter().map(|trace| text_width(&name(trace, series)));
            SWATCH + GAP + widths.fold(0.0, f64::max)
        };
        let shown = (0..chart.series.len()).filter(|series| !view.hidden.contains(*series));
        let columns: Vec<(usize, f64)> = shown.map(|series| (series, column(series))).collect();
        let row_at = |row: u32| ROW * (f64::from(row) + 0.5);
        let (mut entries, mut rows) = (Vec::new(), 1);
        for trace in traces {
            let mut x = time.left;
            for (series, width) in &columns {
                if x > time.left && x + width > time.right {
                    (x, rows) = (time.left, rows + 1);
                }
                let stroke = palette::stroke(view.theme, trace.variant, *series);
                entries.push(Entry { text: name(trace, *series), stroke, at: (x, row_at(rows)) });
                x += width + SPACE;
            }
            rows += u32::from(x > time.left);
        }
        Self { title_at: (time.left, row_at(0)), entries, height: ROW * f64::from(rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Caption, Hidden, memory};

    fn legend(width: u32, hidden: Hidden, variants: &[&str]) -> Legend {
        let view = View { width, height: 200, hidden, caption: Caption::Inside, ..View::default() };
        let traces: Vec<_> =
            variants.iter().map(|variant| Trace { variant, samples: &[], size_classes: &[] }).collect();
        Legend::new(&memory::CHART, &traces, &view, &TimeAxis::new(&traces, &view))
    }

    #[test]
    fn entries_stand_in_columns() {
        let places: Vec<_> = legend(900, Hidden::default(), &["naive", "pooled"])
            .entries
            .iter()
            .map(|entry| entry.at)
            .collect();
        assert_eq!(places.len(), 6);
        for column in 0..3 {
            assert_eq!(places[column].0, places[column + 3].0);
            assert!(places[column].1 < places[column + 3].1);
        }
    }

    #[test]
    fn a_narrow_legend_has_more_rows() {
        assert_eq!(legend(900, Hidden::default(), &["naive"]).height, 2.0 * ROW);
        assert_eq!(legend(300, Hidden::default(), &["naive"]).height, 4.0 * ROW);
        let mut hidden = Hidden::default();
        hidden.toggle(0);
        assert_eq!(legend(300, hidden, &["naive"]).height, 3.0 * ROW);
        assert_eq!(legend(300, Hidden::default(), &[]).height, ROW, "the title alone");
    }
}
