//! Charts without a time axis: what draws them, tells them as a table, and says them in words.

use plotters_backend::DrawingBackend;

use super::{
    Caption, Chart, DrawError, Kind, Table, Trace, View,
    axis::ValueAxis,
    classes, frame,
    legend::Legend,
    paint::{Painter, Side, text_width},
    palette::Ink,
    plot::{Area, TimeAxis},
    scene,
    shares::{self, Shares},
};

/// A drawing without a time axis, laid out.
pub(super) trait Untimed {
    /// Draws what surrounds the figures.
    fn draw_frame<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError>;

    /// Draws the figures.
    fn draw_figures<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError>;
}

/// Where its figures are drawn, whatever its horizontal axis is.
pub(super) struct Plot {
    pub(super) area: Area,
    pub(super) values: ValueAxis,
    legend: Option<Legend>,
}

impl Plot {
    /// A plot for figures from the least to the greatest; `None` where there is no room.
    pub(super) fn new(
        chart: &Chart,
        traces: &[Trace<'_>],
        view: &View,
        range: Option<(f64, f64)>,
    ) -> Option<Self> {
        let edges = TimeAxis::new(traces, view);
        let legend = (view.caption == Caption::Inside).then(|| Legend::new(chart, traces, view, &edges));
        let area = Area::of_plot(&edges, view, legend.as_ref().map_or(0.0, |legend| legend.height))?;
        let values =
            ValueAxis::new(chart.unit, chart.scale(view.value_scale), range, scene::value_steps(&area));
        Some(Self { area, values, legend })
    }

    /// How far right a part of the plot's width is, in CSS pixels.
    pub(super) fn x(&self, part: f64) -> f64 {
        self.area.left + (self.area.right - self.area.left) * part
    }

    /// Draws title and legend, where the drawing explains itself.
    pub(super) fn draw_caption<DB: DrawingBackend>(
        &self,
        painter: &Painter<DB>,
        ink: &Ink,
        title: &str,
    ) -> Result<(), DrawError> {
        match &self.legend {
            Some(legend) => frame::draw_caption(painter, ink, title, legend),
            None => Ok(()),
        }
    }

    /// Draws the axes: the values', and across it marks with their names, from the left, as many names as have room.
    pub(super) fn draw_axes<DB: DrawingBackend>(
        &self,
        painter: &Painter<DB>,
        ink: &Ink,
        marks: impl IntoIterator<Item = (String, f64)>,
    ) -> Result<(), DrawError> {
        let area = &self.area;
        frame::draw_values(painter, ink, area, &self.values)?;
        let mut free_from = f64::NEG_INFINITY;
        for (name, x) in marks {
            painter.hairline((x, area.top), (x, area.bottom), ink.grid)?;
            let half = text_width(&name) / 2.0;
            if x - half > free_from {
                painter.text(&name, (x, area.bottom + frame::TICK_LABEL), Side::Center, ink.text)?;
                free_from = x + half;
            }
        }
        Ok(())
    }
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
