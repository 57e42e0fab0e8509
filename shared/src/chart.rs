//! Charts: what each shows, and one function that draws it on any plotters backend.

use std::{error::Error, fmt};

use crate::{
    sample::{Sample, SizeClass},
    spec::RunSpec,
    unit::Unit,
};

pub mod allocations;
pub mod churn;
pub mod commands;
pub mod cpu;
pub mod errors;
pub mod faults;
pub mod held;
pub mod in_flight;
pub mod latency_distribution;
pub mod latency_heatmap;
pub mod memory;
pub mod pool;
pub mod rate;
pub mod response_time;
pub mod size_classes;

mod axis;
mod cells;
mod classes;
mod columns;
mod dash;
mod decimate;
mod events;
mod extent;
mod frame;
mod heat;
mod layers;
mod legend;
mod line;
mod paint;
pub(crate) mod palette;
mod phases;
mod plot;
mod preview;
mod pyramid;
mod reading;
mod scene;
mod shares;
mod stretch;
mod untimed;
mod view;

#[cfg(test)]
mod tests;

pub use axis::{Clock, clock_label, time_label};
pub use cells::{Cells, DrawCells, draw_cells};
pub use columns::{Columns, Followed};
pub use layers::{Front, Layers, Repaint};
pub use paint::FONT_SIZE_PER_EM;
pub use palette::{Stroke, Theme, css_background, stroke};
pub use plot::{FrontPlace, TIME_LABELS, TimeAxis};
pub use preview::Preview;
pub use reading::{Reading, Table, figures, summary, table, value_at};
pub use stretch::Stretch;
pub use view::{Caption, Hidden, TimeRange, ValueScale, View};

/// One chart: what it shows, and in which words.
#[derive(Debug, Clone, Copy)]
pub struct Chart {
    /// Its id in links and exports.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The unit of its y axis; every series is shown in it.
    pub unit: Unit,
    /// How it shows its figures.
    pub kind: Kind,
    /// Whether the page shows it only to who asks for more charts.
    pub folded: bool,
    /// Its lines, the most important first.
    pub series: &'static [Series],
    /// One or two sentences on how to read it.
    pub help: &'static str,
}

/// How a chart shows its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A line for each series, over time.
    Lines,
    /// Cells for the response times of each moment, and a line for each series, over time.
    Heatmap,
    /// A line for each run, over the part of its requests. Its one series names the metric whose distribution it is.
    Distribution,
    /// A bar for each of the allocator's size classes and each run.
    SizeClasses,
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
    /// Whether time is on its horizontal axis.
    pub fn is_over_time(&self) -> bool {
        matches!(self.kind, Kind::Lines | Kind::Heatmap)
    }

    /// The scale of its values: the one that is asked for, where there is a choice.
    pub fn scale(&self, asked: ValueScale) -> ValueScale {
        match self.kind {
            Kind::Lines => asked,
            // Latencies go over several powers of ten, and so do the bytes of size classes.
            Kind::Heatmap | Kind::Distribution | Kind::SizeClasses => ValueScale::Log,
        }
    }

    /// Whether a run of this specification has anything to show on it.
    pub fn is_for(&self, spec: &RunSpec) -> bool {
        !self.needs_pool() || spec.pool.is_some()
    }

    /// Whether it shows nothing of variants that have no pool.
    pub fn needs_pool(&self) -> bool {
        self.id == pool::CHART.id
    }
}

/// All charts, from cause to effect; last what takes a closer look.
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
    &latency_heatmap::CHART,
    &latency_distribution::CHART,
    &size_classes::CHART,
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
    /// What lived in the allocator's size classes after its load; empty until that is known.
    pub size_classes: &'a [SizeClass],
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

/// Draws the chart: background, axes, phases, events, then the traces in their order.
///
/// It takes any samples: what has no figure is left out, and where there is no room, nothing is drawn but
/// the background.
///
/// # Errors
/// When the backend cannot draw.
pub fn draw<DB: DrawCells>(
    chart: &Chart,
    traces: &[Trace<'_>],
    view: &View,
    backend: DB,
) -> Result<(), DrawError> {
    if !chart.is_over_time() {
        let painter = paint::Painter::new(backend, view.scale);
        untimed::draw(&painter, chart, traces, view)?;
        return painter.present();
    }
    let columns = traces.iter().map(|trace| Columns::of(chart, view.value_scale, trace.samples));
    draw_columns(chart, traces, &columns.collect::<Vec<_>>(), view, backend)
}

/// Draws the chart with figures that are columns already, one set for each trace.
///
/// # Errors
/// When the backend cannot draw.
pub fn draw_columns<DB: DrawCells>(
    chart: &Chart,
    traces: &[Trace<'_>],
    columns: &[Columns],
    view: &View,
    backend: DB,
) -> Result<(), DrawError> {
    let mut lines = line::lines(chart, traces.iter().map(|trace| trace.variant), view);
    let layout = scene::Layout::new(chart, traces, view, &mut lines, columns).map(|(layout, _)| layout);
    let painter = paint::Painter::new(backend, view.scale);
    scene::draw_frame(&painter, scene::Frame::Whole, chart, (traces, columns), view, layout.as_ref())?;
    if let Some(layout) = &layout {
        lines.iter().try_for_each(|line| line.draw(&painter, layout, traces, &columns[line.trace], None))?;
    }
    painter.present()
}
