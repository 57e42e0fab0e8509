//! A chart laid out: where its axes and lines are, and what lies behind the lines.

use plotters_backend::DrawingBackend;

use super::{
    Caption, Chart, Columns, DrawError, Trace, View,
    axis::ValueAxis,
    decimate::Grid,
    frame,
    legend::Legend,
    line::Line,
    paint::Painter,
    palette,
    plot::{Area, TimeAxis},
};

/// Pixels that a label of the value axis takes with the space around it.
const VALUE_LABEL: f64 = 28.0;
/// More would be a grid to count, not to read.
const MOST_VALUE_STEPS: f64 = 6.0;

/// Where lines are drawn, and on which axes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) area: Area,
    pub(super) time: TimeAxis,
    pub(super) values: ValueAxis,
    pub(super) grid: Grid,
    /// Device pixels per CSS pixel.
    pub(super) density: f64,
    legend: Option<Legend>,
}

impl Layout {
    /// Lays a chart out for its lines, which take in what is new of their columns; `None` where there is no room for
    /// any line. Answers also with the first column of pixels that is not as before.
    pub(super) fn new(
        chart: &Chart,
        traces: &[Trace<'_>],
        view: &View,
        lines: &mut [Line],
        columns: &[Columns],
    ) -> Option<(Self, i64)> {
        let time = TimeAxis::new(traces, view);
        let legend = match view.caption {
            Caption::Outside => None,
            Caption::Inside => Some(Legend::new(chart, traces, view, &time)),
        };
        let caption = legend.as_ref().map_or(0.0, |legend| legend.height);
        let area = Area::of_plot(&time, view, caption)?;
        let density = if view.density > 0.0 { view.density } else { 1.0 };
        let grid = Grid::new(&time, density);
        let changed = lines.iter_mut().map(|line| line.update(grid, &columns[line.trace])).min();
        let ranges = lines.iter().filter_map(|line| line.range(&time, traces, &columns[line.trace]));
        let range = ranges.reduce(|(least, greatest), (low, high)| (least.min(low), greatest.max(high)));
        let values = ValueAxis::new(chart.unit, chart.scale(view.value_scale), range, value_steps(&area));
        Some((Self { area, time, values, grid, density, legend }, changed.unwrap_or(i64::MAX)))
    }

    /// Where the run began, in CSS pixels: mostly left of the plot.
    pub(super) fn origin(&self) -> f64 {
        self.area.left - self.grid.first as f64 / self.density
    }

    /// The horizontal middle of a column of pixels, in CSS pixels.
    pub(super) fn middle(&self, column: i64) -> f64 {
        self.area.left + ((column - self.grid.first) as f64 + 0.5) / self.density
    }
}

/// The most steps between the ticks of a value axis.
pub(super) fn value_steps(area: &Area) -> u32 {
    ((area.bottom - area.top) / VALUE_LABEL).clamp(1.0, MOST_VALUE_STEPS) as u32
}

/// Which of what surrounds the lines is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// All of it.
    Whole,
    /// All but the ticks of the time axis.
    Behind,
    /// The ticks of the time axis.
    Time,
}

/// Draws what surrounds the lines: background, title, legend, axes, phases and events.
pub(super) fn draw_frame<DB: DrawingBackend>(
    painter: &Painter<DB>,
    frame: Frame,
    chart: &Chart,
    (traces, columns): (&[Trace<'_>], &[Columns]),
    view: &View,
    layout: Option<&Layout>,
) -> Result<(), DrawError> {
    let ink = palette::ink(view.theme);
    // The time axis lies over the lower half of the lowest value's label.
    if frame != Frame::Time {
        painter.fill(ink.background)?;
    }
    let Some(Layout { area, time, values, legend, .. }) = layout else { return Ok(()) };
    if frame == Frame::Time {
        return frame::draw_time(painter, &ink, area, time);
    }
    if let Some(legend) = legend {
        frame::draw_caption(painter, &ink, chart.title, legend)?;
    }
    frame::draw_values(painter, &ink, area, values)?;
    if frame == Frame::Whole {
        frame::draw_time(painter, &ink, area, time)?;
    }
    frame::draw_phases(painter, &ink, area, time, columns)?;
    frame::draw_events(painter, &ink, area, time, (traces, columns))
}
