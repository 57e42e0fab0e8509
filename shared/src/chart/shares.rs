//! A distribution: how long requests took, by the part of them that took no longer.

use plotters_backend::DrawingBackend;

use super::{
    Chart, DrawError, Table, TimeRange, Trace, View, dash,
    paint::Painter,
    palette,
    untimed::{Plot, Untimed},
};
use crate::{
    buckets::{self, Buckets},
    sample::{Phase, Sample},
};

/// The marks of the axis: a name, and the part of the requests that are slower.
const MARKS: [(&str, f64); 7] = [
    ("0 %", 1.0),
    ("50 %", 0.5),
    ("90 %", 0.1),
    ("99 %", 0.01),
    ("99.9 %", 0.001),
    ("99.99 %", 0.0001),
    ("99.999 %", 0.000_01),
];
/// Steps of a tenth that the axis has at least, and at most.
const DECADES: (f64, f64) = (2.0, 5.0);

/// The latencies of one run's stretch of time, which grow with its samples.
#[derive(Debug, Clone, Default)]
pub(super) struct Shares {
    range: Option<TimeRange>,
    /// How many samples were looked at.
    taken: usize,
    counted: Buckets,
}

impl Shares {
    /// Those of what ended under load.
    pub(super) fn of(samples: &[Sample], range: Option<TimeRange>) -> Self {
        let mut shares = Self::default();
        shares.follow(samples, range);
        shares
    }

    /// Takes in what is new; of another stretch of time, all of it.
    pub(super) fn follow(&mut self, samples: &[Sample], range: Option<TimeRange>) {
        if self.range != range || self.taken > samples.len() {
            *self = Self { range, ..Self::default() };
        }
        for sample in &samples[self.taken..] {
            let in_sight =
                range.is_none_or(|range| (range.from_ns..=range.to_ns).contains(&sample.elapsed_ns));
            if in_sight && matches!(sample.phase, Phase::Load | Phase::Drain) {
                sample.load.iter().for_each(|load| self.counted.add(&load.response_times));
            }
        }
        self.taken = samples.len();
    }

    /// The steps of a tenth that its requests fill.
    fn decades(&self) -> f64 {
        (self.counted.total().max(1) as f64).log10()
    }

    /// Corners of its line: how many steps of a tenth from the left, and nanoseconds.
    fn corners(&self) -> Vec<(f64, f64)> {
        let total = self.counted.total();
        let mut slower = total;
        let mut corners = Vec::new();
        for (bucket, count) in self.counted.iter() {
            let before = (total as f64 / slower as f64).log10();
            slower = slower.saturating_sub(count.into());
            // The last requests leave nobody slower: their end is where one request is.
            let after = (total as f64 / slower.max(1) as f64).log10();
            let latency = buckets::middle_ns(bucket);
            corners.extend([(before, latency), (after, latency)]);
        }
        corners
    }
}

/// Where a distribution is drawn.
struct Layout {
    plot: Plot,
    decades: f64,
}

impl Layout {
    fn new(chart: &Chart, traces: &[Trace<'_>], shares: &[Shares], view: &View) -> Option<Self> {
        let ends = shares.iter().filter_map(|shares| shares.counted.ends());
        let range = ends.reduce(|(first, last), (low, high)| (first.min(low), last.max(high)));
        let range = range.map(|(first, last)| (buckets::middle_ns(first), buckets::middle_ns(last)));
        let plot = Plot::new(chart, traces, view, range)?;
        let decades = shares.iter().map(Shares::decades).fold(DECADES.0, f64::max).min(DECADES.1);
        Some(Self { plot, decades })
    }

    fn x(&self, decades: f64) -> f64 {
        self.plot.x(decades / self.decades)
    }
}

/// A distribution of some runs, laid out; without a layout where there is no room.
pub(super) struct Drawing<'a> {
    chart: &'a Chart,
    traces: &'a [Trace<'a>],
    shares: &'a [Shares],
    view: &'a View,
    layout: Option<Layout>,
}

impl<'a> Drawing<'a> {
    pub(super) fn new(
        chart: &'a Chart,
        traces: &'a [Trace<'a>],
        shares: &'a [Shares],
        view: &'a View,
    ) -> Self {
        Self { chart, traces, shares, view, layout: Layout::new(chart, traces, shares, view) }
    }
}

impl Untimed for Drawing<'_> {
    fn draw_frame<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError> {
        let ink = palette::ink(self.view.theme);
        painter.fill(ink.background)?;
        let Some(layout) = &self.layout else { return Ok(()) };
        layout.plot.draw_caption(painter, &ink, self.chart.title)?;
        let marks = MARKS.iter().map(|(name, slower)| ((*name).to_owned(), layout.x(-slower.log10())));
        layout.plot.draw_axes(painter, &ink, marks.take_while(|(_, x)| *x <= layout.plot.area.right + 0.5))
    }

    fn draw_figures<DB: DrawingBackend>(&self, painter: &Painter<DB>) -> Result<(), DrawError> {
        let Some(layout) = self.layout.as_ref().filter(|_| !self.view.hidden.contains(0)) else {
            return Ok(());
        };
        for (trace, shares) in self.traces.iter().zip(self.shares) {
            let stroke = palette::stroke(self.view.theme, trace.variant, 0);
            let corners = shares.corners().into_iter();
            let line: Vec<_> = corners
                .map(|(decades, latency)| {
                    (layout.x(decades), layout.plot.area.y(latency, &layout.plot.values))
                })
                .collect();
            for part in layout.plot.area.clip(&line) {
                for dash in dash::dashes(&part, stroke.dash, layout.plot.area.left) {
                    painter.line(&dash, stroke.color, stroke.width)?;
                }
            }
        }
        Ok(())
    }
}

/// The distribution as rows: one for each mark, a column for each run.
pub(super) fn table(chart: &Chart, traces: &[Trace<'_>]) -> Table {
    let shares: Vec<_> = traces.iter().map(|trace| Shares::of(trace.samples, None)).collect();
    let header =
        ["No slower".to_owned()].into_iter().chain(traces.iter().map(|trace| trace.variant.to_owned()));
    let row = |(name, slower): &(&str, f64)| {
        let figure = |shares: &Shares| {
            // One request in a thousand cannot be told from a hundred.
            let enough = shares.counted.total() as f64 * slower >= 1.0 - 1e-9;
            let latency = shares.counted.quantile(1.0 - slower).filter(|_| enough);
            latency.map_or_else(|| "-".to_owned(), |latency| chart.unit.format(latency))
        };
        [(*name).to_owned()].into_iter().chain(shares.iter().map(figure)).collect()
    };
    Table { header: header.collect(), rows: MARKS.iter().map(row).collect() }
}

/// The distribution in a sentence for each run.
pub(super) fn summary(chart: &Chart, traces: &[Trace<'_>]) -> String {
    let mut text = format!("{}.", chart.title);
    for trace in traces {
        let counted = Shares::of(trace.samples, None).counted;
        let figure = |part| counted.quantile(part).map(|latency| chart.unit.format(latency));
        text.push_str(&match [0.5, 0.9, 0.99].map(figure) {
            [Some(half), Some(nine), Some(most)] => format!(
                " {}: half of {} requests took no longer than {half}, nine in ten no longer than {nine}, 99 in 100 no longer \
                 than {most}.",
                trace.variant,
                counted.total()
            ),
            _ => format!(" {}: no requests under load yet.", trace.variant),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{chart::latency_distribution, sample::LoadReading};

    fn sample(seq: u64, phase: Phase, latencies: &[u64]) -> Sample {
        let response_times = Buckets::of_ascending(latencies.iter().map(|latency| (*latency, 1)));
        let load = Some(LoadReading { response_times, ..Default::default() });
        Sample { seq, elapsed_ns: seq * 100, phase, target: None, load, events: Vec::new() }
    }

    /// A hundred requests under load, of which the slowest took a second, and slow ones before.
    fn run() -> Vec<Sample> {
        let quick: Vec<u64> = std::iter::repeat_n(1_000_000, 90).collect();
        let slow: Vec<u64> = std::iter::repeat_n(10_000_000, 9).chain([1_000_000_000]).collect();
        vec![
            sample(0, Phase::Warmup, &[9_000_000_000]),
            sample(1, Phase::Load, &quick),
            sample(2, Phase::Drain, &slow),
            sample(3, Phase::Recovery, &[]),
        ]
    }

    #[test]
    fn a_line_goes_by_the_part_that_is_slower() {
        let corners = Shares::of(&run(), None).corners();
        let rounded: Vec<_> =
            corners.iter().map(|(decades, ns)| ((decades * 100.0).round(), ns.log10().round())).collect();
        let expect = [(0.0, 6.0), (100.0, 6.0), (100.0, 7.0), (200.0, 7.0), (200.0, 9.0), (200.0, 9.0)];
        assert_eq!(rounded, expect);
    }

    #[test]
    fn what_is_new_is_added_and_another_stretch_counted_anew() {
        let samples = run();
        let mut shares = Shares::of(&samples[..2], None);
        shares.follow(&samples, None);
        assert_eq!(shares.counted, Shares::of(&samples, None).counted);
        let range = Some(TimeRange { from_ns: 150, to_ns: 400 });
        shares.follow(&samples, range);
        assert_eq!(shares.counted.total(), 10);
        shares.follow(&samples[..1], range);
        assert_eq!(shares.counted.total(), 0, "there are fewer samples than there were");
    }

    #[test]
    fn a_table_says_only_what_can_be_known() {
        let (samples, chart) = (run(), &latency_distribution::CHART);
        let traces = [
            Trace { variant: "naive", samples: &samples, size_classes: &[] },
            Trace { variant: "pooled", samples: &[], size_classes: &[] },
        ];
        let table = table(chart, &traces);
        assert_eq!(table.header, ["No slower", "naive", "pooled"]);
        let naive: Vec<&str> = table.rows.iter().map(|row| row[1].as_str()).collect();
        assert_eq!(naive[4..], ["-", "-", "-"], "a hundred requests have no 99.9 %");
        assert!(naive[1] == "981 us" && table.rows.iter().all(|row| row[2] == "-"), "{table:?}");
        let said = summary(chart, &traces);
        assert!(
            said.contains("half of 100 requests") && said.ends_with("pooled: no requests under load yet."),
            "{said}"
        );
    }
}
