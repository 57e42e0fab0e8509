//! Charts without a time axis: what draws them, tells them as a table, and says them in words.

use plotters_backend::DrawingBackend;

use super::{
    Chart, DrawError, Kind, Table, Trace, View, classes,
    paint::Painter,
    shares::{self, Shares},
};

/// A drawing without a time axis, laid out.
pub(super) trait Untimed {
    /// Draws what surrounds the figures.
    fn draw_frame<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError>;

    /// Draws the figures.
    fn draw_figures<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError>;
}

/// Draws all of such a chart.
pub(super) fn draw<DB: DrawingBackend>(
    painter: &Painter<DB>,
    chart: &Chart,
    traces: &[Trace<'_>],
    view: &View,
) -> Result<(), DrawError> {
    if chart.kind == Kind::SizeClasses {
        return draw_both(painter, &classes::Drawing::new(chart, traces, view));
    }
    let shares: Vec<_> = traces.iter().map(|trace| Shares::of(trace.samples, view.range)).collect();
    draw_both(painter, &shares::Drawing::new(chart, traces, &shares, view))
}

fn draw_both<DB: DrawingBackend>(painter: &Painter<DB>, drawing: &impl Untimed) -> Result<(), DrawError> {
    drawing.draw_frame(painter)?;
    drawing.draw_figures(painter)
}

/// Its figures as rows.
pub(super) fn table(chart: &Chart, traces: &[Trace<'_>]) -> Table {
    match chart.kind {
        Kind::SizeClasses => classes::table(chart, traces),
        _ => shares::table(chart, traces),
    }
}

/// It in a sentence for each run.
pub(super) fn summary(chart: &Chart, traces: &[Trace<'_>]) -> String {
    match chart.kind {
        Kind::SizeClasses => classes::summary(chart, traces),
        _ => shares::summary(chart, traces),
    }
}
