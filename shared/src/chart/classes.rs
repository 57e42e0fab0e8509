//! Size classes drawn: for each a bar of what lives, and above it a line to what its pages take.

use plotters_backend::DrawingBackend;

use super::{
    Chart, DrawError, Table, Trace, View,
    paint::{Painter, Side},
    palette,
    untimed::{Plot, Untimed},
};
use crate::{sample::SizeClass, unit::Unit};

/// Said where nothing is known yet.
const NOTHING_YET: &str = "known once the load has ended";
/// Size classes in each doubling of the size, as jemalloc has them.
const PER_DOUBLING: f64 = 4.0;
/// Doublings between two marks of the axis: 8 B, 64 B, 512 B, 4 KiB.
const DOUBLINGS_PER_MARK: u32 = 3;
/// The widest bar, in CSS pixels.
const WIDEST: f64 = 8.0;
/// How much of the room for a class its bars take.
const FILL: f64 = 0.75;

/// Where bars are drawn.
struct Layout {
    plot: Plot,
    /// Doublings of a byte at the left edge and at the right.
    doublings: (f64, f64),
}

impl Layout {
    fn new(chart: &Chart, traces: &[Trace<'_>], view: &View) -> Option<Self> {
        let sizes = || in_use(traces).map(|class| (class.size_bytes.max(1) as f64).log2());
        let least = sizes().reduce(f64::min).unwrap_or(3.0);
        let greatest = sizes().reduce(f64::max).unwrap_or(15.0);
        // Room for the bars of the first class and the last, and for a mark.
        let doublings = (least - 0.5, greatest.max(least + f64::from(DOUBLINGS_PER_MARK)) + 0.5);
        let bytes = || in_use(traces).flat_map(|class| [live_bytes(class), class.held_bytes()]);
        let least = bytes().filter(|bytes| *bytes > 0).min();
        let range = least.zip(bytes().max()).map(|(least, greatest)| (least as f64, greatest as f64));
        Some(Self { plot: Plot::new(chart, traces, view, range)?, doublings })
    }

    fn x(&self, doublings: f64) -> f64 {
        let (begin, end) = self.doublings;
        self.plot.x((doublings - begin) / (end - begin))
    }

    /// The middle and the width of a bar of a class, of which there is one for each run.
    fn bar(&self, class: &SizeClass, run: usize, runs: usize) -> (f64, f64) {
        let (begin, end) = self.doublings;
        let room = (self.plot.area.right - self.plot.area.left) / ((end - begin) * PER_DOUBLING) * FILL;
        let width = (room / runs.max(1) as f64).clamp(1.0, WIDEST);
        let middle = self.x((class.size_bytes.max(1) as f64).log2());
        (middle + width * (run as f64 - (runs as f64 - 1.0) / 2.0), width)
    }
}

/// The size classes of some runs, laid out; without a layout where there is no room.
pub(super) struct Drawing<'a> {
    chart: &'a Chart,
    traces: &'a [Trace<'a>],
    view: &'a View,
    layout: Option<Layout>,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(chart: &'a Chart, traces: &'a [Trace<'a>], view: &'a View) -> Self {
        Self { chart, traces, view, layout: Layout::new(chart, traces, view) }
    }
}

impl Untimed for Drawing<'_> {
    fn draw_frame<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError> {
        let ink = palette::ink(self.view.theme);
        painter.fill(ink.background)?;
        let Some(layout) = &self.layout else { return Ok(()) };
        let area = &layout.plot.area;
        layout.plot.draw_caption(painter, &ink, self.chart.title)?;
        if in_use(self.traces).next().is_none() {
            let middle = (area.left.midpoint(area.right), area.top.midpoint(area.bottom));
            return painter.text(NOTHING_YET, middle, Side::Center, ink.text);
        }
        let (begin, end) = layout.doublings;
        let doublings = (0..=u64::BITS).step_by(DOUBLINGS_PER_MARK as usize).map(f64::from);
        let marks = doublings
            .filter(|doubling| (begin..=end).contains(doubling))
            .map(|doubling| (Unit::Bytes.format(doubling.exp2()), layout.x(doubling)));
        layout.plot.draw_axes(painter, &ink, marks)
    }

    fn draw_figures<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError> {
        let Some(layout) = &self.layout else { return Ok(()) };
        let area = &layout.plot.area;
        // What is less than the axis begins with has no bar.
        let y = |bytes: u64| area.y(bytes as f64, &layout.plot.values).clamp(area.top, area.bottom);
        for (run, trace) in self.traces.iter().enumerate() {
            let color = |series| palette::stroke(self.view.theme, trace.variant, series).color;
            for class in trace.size_classes.iter().filter(|class| is_in_use(class)) {
                let (middle, width) = layout.bar(class, run, self.traces.len());
                let (left, right) = (middle - width / 2.0, middle + width / 2.0);
                let (live, held) = (y_of(live_bytes(class), y), y_of(class.held_bytes(), y));
                if let Some(top) = live.filter(|_| !self.view.hidden.contains(0)) {
                    painter.rect((left, top), (right, area.bottom), color(0))?;
                }
                if let Some(top) = held.filter(|_| !self.view.hidden.contains(1)) {
                    let foot = live.unwrap_or(area.bottom);
                    painter.line(&[(middle, foot), (middle, top)], color(1), 1.0)?;
                    painter.line(&[(left, top), (right, top)], color(1), 1.5)?;
                }
            }
        }
        Ok(())
    }
}

/// The place of so many bytes; `None` for none, which a logarithm has not.
fn y_of(bytes: u64, y: impl Fn(u64) -> f64) -> Option<f64> {
    (bytes > 0).then(|| y(bytes))
}

fn is_in_use(class: &SizeClass) -> bool {
    class.live > 0 || class.room > 0
}

fn in_use<'a>(traces: &'a [Trace<'_>]) -> impl Iterator<Item = &'a SizeClass> {
    traces.iter().flat_map(|trace| trace.size_classes).filter(|class| is_in_use(class))
}

fn live_bytes(class: &SizeClass) -> u64 {
    class.live.saturating_mul(class.size_bytes)
}

/// A row for each size that any run has in use, two columns for each run.
pub(super) fn table(chart: &Chart, traces: &[Trace<'_>]) -> Table {
    let columns = traces
        .iter()
        .flat_map(|trace| chart.series.iter().map(|series| format!("{} {}", trace.variant, series.label)));
    let mut sizes: Vec<u64> = in_use(traces).map(|class| class.size_bytes).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let row = |size: &u64| {
        let cells = traces.iter().flat_map(|trace| {
            let class = trace.size_classes.iter().find(|class| class.size_bytes == *size);
            let bytes = |of: fn(&SizeClass) -> u64| {
                class.map_or_else(|| "-".to_owned(), |class| chart.unit.format(of(class) as f64))
            };
            [bytes(live_bytes), bytes(SizeClass::held_bytes)]
        });
        [Unit::Bytes.format(*size as f64)].into_iter().chain(cells).collect()
    };
    Table {
        header: ["Size".to_owned()].into_iter().chain(columns).collect(),
        rows: sizes.iter().map(row).collect(),
    }
}

/// What the classes hold in all, and which of them holds most.
pub(super) fn summary(chart: &Chart, traces: &[Trace<'_>]) -> String {
    let mut text = format!("{}.", chart.title);
    for trace in traces {
        let classes = || trace.size_classes.iter().filter(|class| is_in_use(class));
        let bytes = |bytes: u64| chart.unit.format(bytes as f64);
        text.push_str(&match classes().max_by_key(|class| class.held_bytes()) {
            Some(most) => format!(
                " {}: {} sizes, {} live on pages of {}; most is held for {}: {} live on {}.",
                trace.variant,
                classes().count(),
                bytes(classes().map(live_bytes).sum()),
                bytes(classes().map(SizeClass::held_bytes).sum()),
                bytes(most.size_bytes),
                bytes(live_bytes(most)),
                bytes(most.held_bytes()),
            ),
            None => format!(" {}: {NOTHING_YET}.", trace.variant),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::size_classes;

    const CLASSES: [SizeClass; 3] = [
        SizeClass { size_bytes: 16, live: 100, room: 256 },
        SizeClass { size_bytes: 32, live: 0, room: 0 },
        SizeClass { size_bytes: 4096, live: 1, room: 64 },
    ];

    fn trace(variant: &'static str, size_classes: &'static [SizeClass]) -> Trace<'static> {
        Trace { variant, samples: &[], size_classes }
    }

    #[test]
    fn a_table_has_the_sizes_that_any_run_uses() {
        let traces = [trace("naive", &CLASSES), trace("pooled", &CLASSES[..1])];
        let table = table(&size_classes::CHART, &traces);
        assert_eq!(
            table.header,
            ["Size", "naive Live", "naive Held by pages", "pooled Live", "pooled Held by pages"]
        );
        assert_eq!(
            table.rows,
            [["16 B", "1.56 KiB", "4 KiB", "1.56 KiB", "4 KiB"], ["4 KiB", "4 KiB", "256 KiB", "-", "-"]]
        );
    }

    #[test]
    fn it_is_said_what_holds_most() {
        let traces = [trace("naive", &CLASSES), trace("pooled", &[])];
        let expect = "Size classes. naive: 2 sizes, 5.56 KiB live on pages of 260 KiB; most is held for 4 KiB: 4 KiB live on \
                      256 KiB. pooled: known once the load has ended.";
        assert_eq!(summary(&size_classes::CHART, &traces), expect);
    }

    #[test]
    fn bars_of_several_runs_stand_beside_each_other_within_the_plot() {
        let view = View::default();
        let traces = [trace("naive", &CLASSES), trace("pooled", &CLASSES)];
        let layout = Layout::new(&size_classes::CHART, &traces, &view).unwrap();
        let [(first, width), (second, _)] = [0, 1].map(|run| layout.bar(&CLASSES[0], run, 2));
        assert!((second - first - width).abs() < 1e-9 && first - width / 2.0 > layout.plot.area.left);
        let (last, width) = layout.bar(&CLASSES[2], 1, 2);
        assert!(last + width / 2.0 < layout.plot.area.right);
    }
}
