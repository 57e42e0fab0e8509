//! Charts: what each shows, and one function that draws it on any plotters backend.

use std::{error::Error, fmt};

use plotters_backend::DrawingBackend;

use crate::{sample::Sample, spec::RunSpec, unit::Unit};

pub mod allocations;
pub mod churn;
pub mod cpu;
pub mod errors;
pub mod faults;
pub mod held;
pub mod in_flight;
pub mod memory;
pub mod pool;
pub mod rate;
pub mod response_time;

mod axis;
mod dash;
mod decimate;
mod events;
mod frame;
mod legend;
mod line;
mod paint;
pub(crate) mod palette;
mod phases;
mod plot;
mod reading;

#[cfg(test)]
mod tests;

pub use axis::time_label;
pub use paint::FONT_SIZE_PER_EM;
pub use palette::{Stroke, Theme, css_background, stroke};
pub use plot::TimeAxis;
pub use reading::{Reading, Table, figures, summary, table, value_at};

/// One chart: what it shows, and in which words.
#[derive(Debug, Clone, Copy)]
pub struct Chart {
    /// Its id in links and exports.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The unit of its y axis; every series is shown in it.
    pub unit: Unit,
    /// Whether the page shows it only to who asks for more charts.
    pub folded: bool,
    /// Its lines, the most important first.
    pub series: &'static [Series],
    /// One or two sentences on how to read it.
    pub help: &'static str,
}

/// One line of a chart.
#[derive(Debug, Clone, Copy)]
pub struct Series {
    /// The id of its metric in [`METRICS`](crate::metric::METRICS).
    pub metric: &'static str,
    /// Its name in the legend.
    pub label: &'static str,
}

impl Chart {
    /// Whether a run of this specification has anything to show on it.
    pub fn is_for(&self, spec: &RunSpec) -> bool {
        !self.needs_pool() || spec.pool.is_some()
    }

    /// Whether it shows nothing of variants that have no pool.
    pub fn needs_pool(&self) -> bool {
        self.id == pool::CHART.id
    }
}

/// All charts, from cause to effect.
pub static CHARTS: &[&Chart] = &[
    &rate::CHART,
    &errors::CHART,
    &response_time::CHART,
    &in_flight::CHART,
    &memory::CHART,
    &held::CHART,
    &pool::CHART,
    &churn::CHART,
    &allocations::CHART,
    &faults::CHART,
    &cpu::CHART,
];

/// The chart with this id.
pub fn find(id: &str) -> Option<&'static Chart> {
    CHARTS.iter().copied().find(|chart| chart.id == id)
}

/// The samples of one run, as the lines of one variant. Time zero is the run's beginning.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// How the workload was written; it decides colour and dash.
    pub variant: &'a str,
    /// The run's samples in their order.
    pub samples: &'a [Sample],
}

/// Size and look of a drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Drawing units per CSS pixel: the backend's size is the view's times this. Backends have whole
    /// coordinates, so 8 is what smooth lines take.
    pub scale: u32,
    /// The colours.
    pub theme: Theme,
    /// The series that the reader switched off.
    pub hidden: Hidden,
    /// How long the run is planned to take, in nanoseconds, so that the time axis stands still while it grows.
    pub span_ns: Option<u64>,
    /// Where title and legend are.
    pub caption: Caption,
}

/// Where a chart's title and legend are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caption {
    /// Around the drawing: the page writes them.
    #[default]
    Outside,
    /// In the drawing, which then explains itself: images and exports.
    Inside,
}

/// A set of a chart's series, by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden(u32);

impl Hidden {
    /// Whether the series is in the set.
    pub fn contains(self, series: usize) -> bool {
        self.0 & Self::bit(series) != 0
    }

    /// Puts the series in the set, or takes it out.
    pub fn toggle(&mut self, series: usize) {
        self.0 ^= Self::bit(series);
    }

    fn bit(series: usize) -> u32 {
        u32::try_from(series).ok().and_then(|series| 1_u32.checked_shl(series)).unwrap_or(0)
    }
}

/// Why a chart could not be drawn: what the backend said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawError(String);

impl DrawError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for DrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chart not drawn: {}", self.0)
    }
}

impl Error for DrawError {}

/// Pixels that a label of the value axis takes with the space around it.
const VALUE_LABEL: f64 = 28.0;
/// More would be a grid to count, not to read.
const MOST_VALUE_STEPS: f64 = 6.0;

/// Draws the chart: background, axes, phases, events, then the traces in their order.
///
/// It takes any samples: what has no figure is left out, and where there is no room, nothing is drawn but
/// the background.
///
/// # Errors
/// When the backend cannot draw.
pub fn draw<DB: DrawingBackend>(
    chart: &Chart,
    traces: &[Trace<'_>],
    view: &View,
    backend: DB,
) -> Result<(), DrawError> {
    let painter = paint::Painter::new(backend, view.scale);
    let ink = palette::ink(view.theme);
    let time = TimeAxis::new(traces, view);
    let legend = match view.caption {
        Caption::Outside => None,
        Caption::Inside => Some(legend::Legend::new(chart, traces, view, &time)),
    };
    painter.fill(ink.background)?;
    let caption = legend.as_ref().map_or(0.0, |legend| legend.height);
    if let Some(area) = plot::Area::of_plot(&time, view, caption) {
        if let Some(legend) = &legend {
            frame::draw_caption(&painter, &ink, chart.title, legend)?;
        }
        let lines = line::lines(chart, traces, view);
        let greatest = lines.iter().filter_map(line::Line::greatest).fold(0.0, f64::max);
        let steps = ((area.bottom - area.top) / VALUE_LABEL).clamp(1.0, MOST_VALUE_STEPS);
        let values = axis::ValueAxis::new(chart.unit, greatest, steps as u32);
        frame::draw_axes(&painter, &ink, &area, &time, &values)?;
        frame::draw_phases(&painter, &ink, &area, &time, traces)?;
        frame::draw_events(&painter, &ink, &area, &time, traces)?;
        lines.iter().try_for_each(|line| line.draw(&painter, &area, &time, values.end))?;
    }
    painter.present()
}
