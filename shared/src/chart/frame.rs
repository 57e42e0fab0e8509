//! What surrounds the lines: grid, axes, phases, title and legend.

use plotters_backend::DrawingBackend;

use super::{
    Columns, DrawError, Trace,
    axis::{self, ValueAxis},
    dash, events,
    legend::{GAP, Legend, SWATCH},
    paint::{Painter, Side, text_width},
    palette::Ink,
    phases,
    plot::{Area, TimeAxis},
};

/// Between the end of an axis and its labels.
const LABEL_GAP: f64 = 8.0;
/// The length of the marks on the time axis.
const TICK: f64 = 4.0;
/// From the plot's edges to the middle of the texts above and below it.
const TEXT_OFFSET: f64 = 12.0;
/// From the plot's foot to the middle of the labels below it.
pub(super) const TICK_LABEL: f64 = TEXT_OFFSET + 2.0;

/// Draws the value axis and the grid.
pub(super) fn draw_values<DB: DrawingBackend>(
    painter: &Painter<DB>,
    ink: &Ink,
    area: &Area,
    values: &ValueAxis,
) -> Result<(), DrawError> {
    for tick in &values.ticks {
        let y = area.y(tick.value, values);
        // Where values go below zero, zero is what they are seen against.
        let color = if y == area.bottom || tick.value == 0.0 { ink.axis } else { ink.grid };
        painter.hairline((area.left, y), (area.right, y), color)?;
        painter.text(&tick.label, (area.left - LABEL_GAP, y), Side::Right, ink.text)?;
    }
    Ok(())
}

/// Draws the ticks of the time axis: all of it is below the plot.
pub(super) fn draw_time<DB: DrawingBackend>(
    painter: &Painter<DB>,
    ink: &Ink,
    area: &Area,
    time: &TimeAxis,
) -> Result<(), DrawError> {
    let ticks = match time.clock {
        None => axis::time_ticks(time.begin_ns, time.end_ns, time.intervals()),
        Some(clock) => axis::clock_ticks(time.begin_ns, time.end_ns, time.intervals(), clock),
    };
    for tick in ticks {
        let x = time.x(tick.value as u64);
        painter.hairline((x, area.bottom), (x, area.bottom + TICK), ink.axis)?;
        painter.text(&tick.label, (x, area.bottom + TICK_LABEL), Side::Center, ink.text)?;
    }
    Ok(())
}

/// Draws a line where each phase begins, with the phase's name above the plot.
pub(super) fn draw_phases<DB: DrawingBackend>(
    painter: &Painter<DB>,
    ink: &Ink,
    area: &Area,
    time: &TimeAxis,
    columns: &[Columns],
) -> Result<(), DrawError> {
    for mark in phases::marks(columns, time, |name| text_width(name) + GAP) {
        let above = if mark.named { area.top - TEXT_OFFSET - TICK } else { area.top };
        painter.hairline((mark.x, above), (mark.x, area.bottom), ink.phase)?;
        if mark.named {
            let at = (mark.x + GAP, area.top - TEXT_OFFSET + 1.0);
            painter.text(mark.phase.id(), at, Side::Left, ink.text)?;
        }
    }
    Ok(())
}

/// The dash of an event's line; where a phase begins, the line is solid.
const EVENT_DASH: &[u32] = &[2, 3];
/// Side of the square at the top of an event's line, in CSS pixels.
const FLAG: f64 = 5.0;

/// Draws a dashed line with a flag where something was done to a run, and says what.
///
/// All of it lies behind the traces' lines; labels have the background behind them, so that no other line of an
/// event strikes them through.
pub(super) fn draw_events<DB: DrawingBackend>(
    painter: &Painter<DB>,
    ink: &Ink,
    area: &Area,
    time: &TimeAxis,
    (traces, columns): (&[Trace<'_>], &[Columns]),
) -> Result<(), DrawError> {
    let marks = events::marks(traces, columns, time, area);
    for x in marks.lines {
        for dash in dash::dashes(&[(x, area.top), (x, area.bottom)], EVENT_DASH, x) {
            if let [from, .., to] = dash[..] {
                painter.hairline(from, to, ink.text)?;
            }
        }
        let middle = x.floor() + 0.5;
        let flag = (middle - FLAG / 2.0, area.top);
        painter.rect(flag, (middle + FLAG / 2.0, area.top + FLAG), ink.text)?;
    }
    for label in marks.labels {
        let (x, y) = label.at;
        let half = events::ROW / 2.0;
        painter.rect((x - 1.0, y - half), (x + label.width, y + half), ink.background)?;
        painter.text(&label.text, label.at, Side::Left, ink.text)?;
    }
    Ok(())
}

/// Draws the title and the legend.
pub(super) fn draw_caption<DB: DrawingBackend>(
    painter: &Painter<DB>,
    ink: &Ink,
    title: &str,
    legend: &Legend,
) -> Result<(), DrawError> {
    painter.title(title, legend.title_at, ink.text)?;
    for entry in &legend.entries {
        let (x, y) = entry.at;
        // A line of odd width covers whole pixels when its middle is between two.
        let middle = y + entry.stroke.width % 2.0 / 2.0;
        for dash in dash::dashes(&[(x, middle), (x + SWATCH, middle)], entry.stroke.dash, x) {
            painter.line(&dash, entry.stroke.color, entry.stroke.width)?;
        }
        painter.text(&entry.text, (x + SWATCH + GAP, y), Side::Left, ink.text)?;
    }
    Ok(())
}
