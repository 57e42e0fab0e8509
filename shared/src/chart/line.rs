//! One series of one run: from samples to the strokes that are drawn.

use plotters_backend::DrawingBackend;

use super::{
    Chart, DrawError, Stroke, Trace, View, dash, decimate,
    paint::Painter,
    palette,
    plot::{Area, Point, TimeAxis},
    reading,
};
use crate::sample::Sample;

/// Side of the square that stands for a figure without neighbours, in CSS pixels.
const DOT: f64 = 2.5;

/// A series of a trace, to be drawn.
pub(super) struct Line<'a> {
    samples: &'a [Sample],
    /// One for each sample.
    values: Vec<Option<f64>>,
    stroke: Stroke,
}

/// The lines that are not hidden, in the order of drawing: a trace's first series lies on top of its others.
pub(super) fn lines<'a>(chart: &Chart, traces: &[Trace<'a>], view: &View) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    for Trace { variant, samples } in traces {
        for (index, series) in chart.series.iter().enumerate().rev() {
            if !view.hidden.contains(index) {
                let values = reading::figures(series, samples);
                lines.push(Line { samples, values, stroke: palette::stroke(view.theme, variant, index) });
            }
        }
    }
    lines
}

impl Line<'_> {
    /// The greatest value; none when there is no value.
    pub(super) fn greatest(&self) -> Option<f64> {
        self.values.iter().copied().flatten().max_by(f64::total_cmp)
    }

    /// Draws the line on a value axis from zero to `end`.
    pub(super) fn draw<DB: DrawingBackend>(
        &self,
        painter: &Painter<DB>,
        area: &Area,
        time: &TimeAxis,
        end: f64,
    ) -> Result<(), DrawError> {
        let Stroke { color, dash, width } = self.stroke;
        let columns = area.right - area.left;
        let points = self.values.iter().flatten().count() as f64;
        // A wide line through points that lie close costs a browser about twenty times a hairline.
        let width = if points > columns / 2.0 { width.min(1.0) } else { width };
        for part in self.parts(area, time, end) {
            let part = if points > columns { decimate::m4(&part) } else { part };
            for part in area.clip(&part) {
                match part[..] {
                    [(x, y)] => painter.line(&[(x - DOT / 2.0, y), (x + DOT / 2.0, y)], color, DOT)?,
                    _ => dash::dashes(&part, dash)
                        .iter()
                        .try_for_each(|dash| painter.line(dash, color, width))?,
                }
            }
        }
        Ok(())
    }

    /// The points, parted where a sample has no figure.
    fn parts(&self, area: &Area, time: &TimeAxis, end: f64) -> Vec<Vec<Point>> {
        let points: Vec<Option<Point>> = self
            .samples
            .iter()
            .zip(&self.values)
            .map(|(sample, value)| Some((time.x(sample.elapsed_ns), area.y((*value)?, end))))
            .collect();
        let parts = points.split(Option::is_none).filter(|part| !part.is_empty());
        parts.map(|part| part.iter().copied().flatten().collect()).collect()
    }
}
