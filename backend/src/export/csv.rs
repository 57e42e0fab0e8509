//! Samples as CSV: one line a sample, unscaled; all metrics of the catalogue, or what a chart shows.

use std::fmt::Write;

use heapgym_shared::{
    Sample,
    buckets::{begin_ns, end_ns},
    chart::{Chart, Kind, TimeRange, Trace},
    metric::{self, METRICS},
    sample::SizeClass,
};

use super::Picture;

/// A header, then a line for each sample, as it was read; a field is empty where its process did not answer.
pub fn samples(samples: &[Sample]) -> String {
    sample_header() + &sample_lines(samples)
}

/// The first line of the samples.
pub fn sample_header() -> String {
    let mut text = String::from("seq,elapsed_ns,phase");
    for metric in METRICS {
        text.push(',');
        text.push_str(metric.id);
    }
    text.push('\n');
    text
}

/// A line for each sample.
pub fn sample_lines(samples: &[Sample]) -> String {
    let mut text = String::new();
    for sample in samples {
        // Writing to a String does not fail.
        let _ = write!(text, "{},{},{}", sample.seq, sample.elapsed_ns, sample.phase.id());
        for metric in METRICS {
            let _ = match metric.value(sample) {
                Some(value) => write!(text, ",{value}"),
                None => write!(text, ","),
            };
        }
        text.push('\n');
    }
    text
}

/// What a picture's chart shows of each trace, in the picture's stretch of time.
pub fn chart(picture: &Picture, traces: &[Trace<'_>]) -> String {
    let range = picture.range(traces);
    let mut text = String::new();
    for (index, trace) in traces.iter().enumerate() {
        let mut lines = ChartLines::new(picture.chart, trace.variant, range);
        if index == 0 {
            text.push_str(&lines.header());
        }
        text.push_str(&lines.size_classes(trace.size_classes));
        text.push_str(&lines.next(trace.samples));
    }
    text
}

/// The figures that a chart shows of one run, written some samples at a time.
#[derive(Debug)]
pub struct ChartLines {
    chart: &'static Chart,
    variant: String,
    /// The stretch of time that is written; `None` for all.
    range: Option<TimeRange>,
    /// For each series the last sample that had a figure, from which the next rate counts.
    earlier: Vec<Option<Sample>>,
}

impl ChartLines {
    /// Nothing is written yet.
    pub fn new(chart: &'static Chart, variant: &str, range: Option<TimeRange>) -> Self {
        Self { chart, variant: variant.to_owned(), range, earlier: vec![None; chart.series.len()] }
    }

    fn is_shown(&self, elapsed_ns: u64) -> bool {
        self.range.is_none_or(|range| range.contains(elapsed_ns))
    }

    /// The first line.
    pub fn header(&self) -> String {
        match self.chart.kind {
            Kind::Lines => {
                let series = self.chart.series.iter().map(|series| format!(",{}", series.metric));
                format!("variant,seq,elapsed_ns,phase{}\n", series.collect::<String>())
            }
            Kind::Heatmap | Kind::Distribution => {
                "variant,seq,elapsed_ns,phase,from_ns,below_ns,requests\n".to_owned()
            }
            Kind::SizeClasses => "variant,size_bytes,live,room\n".to_owned(),
        }
    }

    /// A line for each size class, where the chart shows them.
    pub fn size_classes(&self, classes: &[SizeClass]) -> String {
        let mut text = String::new();
        if self.chart.kind == Kind::SizeClasses {
            for SizeClass { size_bytes, live, room } in classes {
                // Writing to a String does not fail, here and below.
                let _ = writeln!(text, "{},{size_bytes},{live},{room}", self.variant);
            }
        }
        text
    }

    /// The lines of the samples that follow those before.
    pub fn next(&mut self, samples: &[Sample]) -> String {
        match self.chart.kind {
            Kind::Lines => self.lines(samples),
            Kind::Heatmap | Kind::Distribution => self.latencies(samples),
            Kind::SizeClasses => String::new(),
        }
    }

    /// A line for each bucket of latencies in each sample that holds any.
    fn latencies(&self, samples: &[Sample]) -> String {
        let (variant, mut text) = (&self.variant, String::new());
        for Sample { seq, elapsed_ns, phase, load, .. } in samples {
            let Some(load) = load.as_ref().filter(|_| self.is_shown(*elapsed_ns)) else { continue };
            for (bucket, count) in load.response_times.iter() {
                let (from, below, phase) = (begin_ns(bucket).round(), end_ns(bucket).round(), phase.id());
                let _ = writeln!(text, "{variant},{seq},{elapsed_ns},{phase},{from},{below},{count}");
            }
        }
        text
    }

    /// A line for each sample, as the chart shows it: counters as rates per second. A field is empty where there is
    /// nothing to show.
    fn lines(&mut self, samples: &[Sample]) -> String {
        let metrics: Vec<_> = self.chart.series.iter().map(|series| metric::find(series.metric)).collect();
        let mut earlier: Vec<Option<&Sample>> = self.earlier.iter().map(Option::as_ref).collect();
        let mut text = String::new();
        for sample in samples {
            let Sample { seq, elapsed_ns, phase, .. } = sample;
            let mut line = format!("{},{seq},{elapsed_ns},{}", self.variant, phase.id());
            for (metric, earlier) in metrics.iter().zip(&mut earlier) {
                line.push(',');
                let Some(metric) = metric.filter(|metric| metric.value(sample).is_some()) else { continue };
                // After a gap, a rate is that since the last figure.
                if let Some(value) = metric.shown(*earlier, sample).filter(|value| value.is_finite()) {
                    let _ = write!(line, "{value}");
                }
                *earlier = Some(sample);
            }
            // A rate counts from the sample before, also where that is not in the stretch.
            if self.is_shown(*elapsed_ns) {
                text.push_str(&line);
                text.push('\n');
            }
        }
        let earlier = earlier.into_iter().map(Option::<&Sample>::cloned).collect();
        self.earlier = earlier;
        text
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        buckets::Buckets,
        chart::{Stretch, latency_distribution, latency_heatmap},
        sample::{LoadReading, Phase},
    };

    use super::*;

    fn sample(load: LoadReading) -> Sample {
        let load = Some(load);
        Sample { seq: 3, elapsed_ns: 100, phase: Phase::Load, target: None, load, events: Vec::new() }
    }

    #[test]
    fn each_line_has_every_column() {
        let load = LoadReading { offered: 7, ..Default::default() };
        let sample = sample(load);
        let text = super::samples(&[sample]);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines[0].len(), lines[1].len());
        assert_eq!(lines[1][..4], ["3", "100", "load", ""], "allocated is unknown");
        let offered = lines[0].iter().position(|name| *name == "offered").unwrap();
        assert_eq!(lines[1][offered], "7");
    }

    #[test]
    fn a_chart_has_its_series_as_it_shows_them() {
        let at = |seq: u64, offered| Sample {
            seq,
            elapsed_ns: seq * 500_000_000,
            phase: Phase::Load,
            target: None,
            load: Some(LoadReading { elapsed_ns: seq * 500_000_000, offered, ..Default::default() }),
            events: Vec::new(),
        };
        let samples = [at(0, 0), at(1, 50)];
        let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }];
        let picture = Picture::default().of(&heapgym_shared::chart::rate::CHART);
        let text = super::chart(&picture, &traces);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines,
            [
                "variant,seq,elapsed_ns,phase,offered,completed,dropped,started",
                "naive,0,0,load,,,,",
                "naive,1,500000000,load,100,0,0,0",
            ]
        );
        // A rate is computed from the sample before, also where that is not in the stretch.
        let later = Picture { stretch: Stretch::parse("400-600"), ..picture };
        let text = super::chart(&later, &traces);
        assert_eq!(text.lines().collect::<Vec<_>>(), [lines[0], lines[2]]);
    }

    #[test]
    fn a_chart_written_in_parts_is_the_same() {
        let at = |seq: u64, offered: Option<u64>| Sample {
            load: offered.map(|offered| LoadReading {
                elapsed_ns: seq * 1_000_000,
                offered,
                response_times: Buckets::of_ascending([(500, seq + 1)]),
                ..Default::default()
            }),
            ..sample(LoadReading { elapsed_ns: seq, ..Default::default() })
        };
        let samples = [at(0, Some(1)), at(1, None), at(2, Some(7)), at(3, None), at(4, Some(9))];
        for chart in heapgym_shared::chart::CHARTS {
            let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }];
            let whole = super::chart(&Picture::default().of(chart), &traces);
            let mut lines = ChartLines::new(chart, "naive", None);
            let parts = samples.chunks(2).map(|part| lines.next(part)).collect::<String>();
            assert_eq!(lines.header() + &parts, whole, "{}", chart.id);
        }
    }

    #[test]
    fn a_chart_of_latencies_has_them_by_bucket() {
        let response_times = Buckets::of_ascending([(500, 3), (2_000_000, 4)]);
        let load = LoadReading { response_times, ..Default::default() };
        let sample = sample(load);
        for chart in [&latency_heatmap::CHART, &latency_distribution::CHART] {
            let text = super::chart(
                &Picture::default().of(chart),
                &[Trace { variant: "naive", samples: std::slice::from_ref(&sample), size_classes: &[] }],
            );
            let lines: Vec<&str> = text.lines().collect();
            assert_eq!(
                lines,
                [
                    "variant,seq,elapsed_ns,phase,from_ns,below_ns,requests",
                    "naive,3,100,load,0,1000,3",
                    "naive,3,100,load,1878024,2048000,4",
                ]
            );
        }
    }

    #[test]
    fn size_classes_are_a_line_each() {
        let classes = [SizeClass { size_bytes: 16, live: 100, room: 256 }];
        let traces =
            ["naive", "pooled"].map(|variant| Trace { variant, samples: &[], size_classes: &classes });
        let text = super::chart(&Picture::default().of(&heapgym_shared::chart::size_classes::CHART), &traces);
        assert_eq!(text, "variant,size_bytes,live,room\nnaive,16,100,256\npooled,16,100,256\n");
    }
}
