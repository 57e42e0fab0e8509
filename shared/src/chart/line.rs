//! One series of one run: from its columns of pixels to the strokes that are drawn.

use super::{
    Chart, Columns, DrawError, Kind, Stroke, Trace, View,
    cells::DrawCells,
    dash,
    decimate::{Grid, PixelColumns},
    heat,
    paint::Painter,
    palette,
    plot::{Point, TimeAxis},
    scene::Layout,
};

/// Side of the square that stands for a figure without neighbours, in CSS pixels.
const DOT: f64 = 2.5;

/// A series of a run, to be drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// The index of its run.
    pub(super) trace: usize,
    series: usize,
    mark: Mark,
    stroke: Stroke,
    reduced: PixelColumns,
}

/// What stands for the figures of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// A stroke through them.
    Stroke,
    /// The cells of a heat map, which follow the samples of the series.
    Cells,
}

/// The lines that are not hidden, in the order of drawing: a run's first series lies on top of its others. The cells of
/// a heat map lie below all of them.
pub(super) fn lines<'a>(chart: &Chart, variants: impl Iterator<Item = &'a str>, view: &View) -> Vec<Line> {
    let mut lines = Vec::new();
    let line = |trace, variant, series, mark| Line {
        trace,
        series,
        mark,
        stroke: palette::stroke(view.theme, variant, series),
        reduced: PixelColumns::default(),
    };
    let variants: Vec<_> = variants.collect();
    if chart.kind == Kind::Heatmap {
        lines
            .extend(variants.iter().enumerate().map(|(trace, variant)| line(trace, variant, 0, Mark::Cells)));
    }
    for (trace, variant) in variants.into_iter().enumerate() {
        for series in (0..chart.series.len()).rev().filter(|series| !view.hidden.contains(*series)) {
            lines.push(line(trace, variant, series, Mark::Stroke));
        }
    }
    lines
}

/// How close samples lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crowd {
    /// Each can be seen.
    Loose,
    /// There are more than one for every two pixels.
    Close,
    /// There are more than columns of device pixels.
    Dense,
}

impl Line {
    /// Takes in what is new of its run; answers with the first column of pixels that is not as before.
    pub(super) fn update(&mut self, grid: Grid, columns: &Columns) -> i64 {
        self.reduced.update(grid, columns.times(), columns.column(self.series))
    }

    /// The least and the greatest value in sight; `None` when there is no value.
    pub(super) fn range(
        &self,
        time: &TimeAxis,
        traces: &[Trace<'_>],
        columns: &Columns,
    ) -> Option<(f64, f64)> {
        if self.mark == Mark::Cells {
            return heat::range(traces.get(self.trace)?.samples, time);
        }
        let values = &columns.column(self.series).values;
        let extents = self.reduced.iter().map(|(_, extent)| extent).filter(|extent| !extent.is_empty());
        extents
            .map(|extent| (values[extent.least as usize], values[extent.greatest as usize]))
            .reduce(|(least, greatest), (low, high)| (least.min(low), greatest.max(high)))
    }

    /// Draws the line; with a place, as much of it as is needed right of there.
    pub(super) fn draw<DB: DrawCells>(
        &self,
        painter: &Painter<DB>,
        layout: &Layout,
        traces: &[Trace<'_>],
        columns: &Columns,
        right_of: Option<f64>,
    ) -> Result<(), DrawError> {
        let Stroke { color, dash, width } = self.stroke;
        if self.mark == Mark::Cells {
            let samples = traces.get(self.trace).map_or(&[][..], |trace| trace.samples);
            return heat::draw(painter, layout, samples, color, right_of);
        }
        let width = match self.crowd(layout, columns) {
            Crowd::Loose => width,
            // A wide line through points that lie close costs a browser about twenty times a hairline.
            Crowd::Close | Crowd::Dense => width.min(1.0 / layout.density),
        };
        for part in self.parts(layout, columns, right_of) {
            for part in layout.area.clip(&part) {
                match part[..] {
                    [(x, y)] => painter.line(&[(x - DOT / 2.0, y), (x + DOT / 2.0, y)], color, DOT)?,
                    _ => dash::dashes(&part, dash, layout.origin())
                        .iter()
                        .try_for_each(|dash| painter.line(dash, color, width))?,
                }
            }
        }
        Ok(())
    }

    /// How close its samples lie.
    pub(super) fn crowd(&self, layout: &Layout, columns: &Columns) -> Crowd {
        let samples = self.reduced.beyond().saturating_sub(first_in_sight(layout, columns)) as f64;
        let pixels = layout.area.right - layout.area.left;
        match samples {
            samples if samples > pixels * layout.density => Crowd::Dense,
            samples if samples > pixels / 2.0 => Crowd::Close,
            _ => Crowd::Loose,
        }
    }

    /// The column of pixels from which the line comes to this one.
    pub(super) fn begin_of(&self, column: i64) -> i64 {
        match self.reduced.before(column) {
            Some(index) => self.reduced.at(index),
            // It may come from before the sight.
            None if self.reduced.iter().next().is_some() => i64::MIN,
            None => column,
        }
    }

    /// Whether it is the same series of the same run, in the same stroke.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (self.trace, self.series, self.mark, self.stroke)
            == (other.trace, other.series, other.mark, other.stroke)
    }

    /// The index of the first column that is needed for what is right of a place: the line's join there depends on the
    /// points before it, and its dashes on all from where the pattern began anew.
    fn first_needed(&self, layout: &Layout, x: f64) -> usize {
        let stretch = dash::stretch(self.stroke.dash);
        let begin = match stretch.is_finite() {
            true => ((x - layout.origin()) / stretch).floor() * stretch + layout.origin(),
            false => x,
        };
        let column = layout.grid.first + ((begin - layout.area.left) * layout.density).floor() as i64;
        self.reduced.before(column).map_or(0, |index| index.saturating_sub(1))
    }
    /// The points, parted where there is no figure. Those next to the sight on either side are among them, so that
    /// the line reaches its edges.
    fn parts(&self, layout: &Layout, columns: &Columns, right_of: Option<f64>) -> Vec<Vec<Point>> {
        let values = &columns.column(self.series).values;
        let y = |index: usize| layout.area.y(values[index], &layout.values);
        let exact = |index: usize| (layout.time.x(columns.times()[index]), y(index));
        // Upright strokes in the middle of their pixels: slanted by less than a pixel they would look the same, and
        // cost more.
        let is_dense = self.crowd(layout, columns) == Crowd::Dense;
        let neighbour =
            |index: Option<usize>| index.filter(|index| values.get(*index).is_some_and(|v| !v.is_nan()));

        let mut parts = vec![Vec::new()];
        let mut push = |point: Point, begins: bool| match parts.last_mut() {
            Some(part) if !begins || part.is_empty() => part.push(point),
            _ => parts.push(vec![point]),
        };
        let first = right_of.map_or(0, |x| self.first_needed(layout, x));
        if let (0, Some(before)) = (first, neighbour(first_in_sight(layout, columns).checked_sub(1))) {
            push(exact(before), false);
        }
        let mut gap = false;
        for (at, extent) in self.reduced.iter().skip(first) {
            gap |= extent.gap_before;
            for index in extent.indices() {
                let point = if is_dense { (layout.middle(*at), y(index)) } else { exact(index) };
                push(point, std::mem::take(&mut gap));
            }
            gap |= extent.gap_after;
        }
        if let Some(after) = neighbour(Some(self.reduced.beyond())) {
            push(exact(after), gap);
        }
        parts
    }
}

/// The index of the first sample in sight.
fn first_in_sight(layout: &Layout, columns: &Columns) -> usize {
    columns.times().partition_point(|time| layout.grid.column(*time) < layout.grid.first)
}
