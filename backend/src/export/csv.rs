//! Samples as CSV: one line a sample, unscaled; all metrics of the catalogue, or what a chart shows.

use std::fmt::Write;

use heapgym_shared::{
    Sample,
    buckets::{begin_ns, end_ns},
    chart::{Chart, Kind, Trace, figures},
    metric::METRICS,
    sample::SizeClass,
};

use super::Picture;

/// A header, then a line for each sample, as it was read; a field is empty where its process did not answer.
pub fn samples(samples: &[Sample]) -> String {
    let mut text = String::from("seq,elapsed_ns,phase");
    for metric in METRICS {
        text.push(',');
        text.push_str(metric.id);
    }
    text.push('\n');
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
    let is_shown = |sample: &Sample| range.is_none_or(|range| range.contains(sample.elapsed_ns));
    match picture.chart.kind {
        Kind::Lines => lines(picture.chart, traces, is_shown),
        Kind::Heatmap | Kind::Distribution => latencies(traces, is_shown),
        Kind::SizeClasses => size_classes(traces),
    }
}

/// A header, then a line for each size class of each run.
fn size_classes(traces: &[Trace<'_>]) -> String {
    let mut text = String::from("variant,size_bytes,live,room\n");
    for Trace { variant, size_classes, .. } in traces {
        for SizeClass { size_bytes, live, room } in *size_classes {
            // Writing to a String does not fail.
            let _ = writeln!(text, "{variant},{size_bytes},{live},{room}");
        }
    }
    text
}

/// A header, then a line for each bucket of latencies in each sample that holds any.
fn latencies(traces: &[Trace<'_>], is_shown: impl Fn(&Sample) -> bool) -> String {
    let mut text = String::from("variant,seq,elapsed_ns,phase,from_ns,below_ns,requests\n");
    for Trace { variant, samples, .. } in traces {
        for sample in samples.iter().filter(|sample| is_shown(sample)) {
            let Some(load) = &sample.load else { continue };
            for (bucket, count) in load.response_times.iter() {
                let (from, below) = (begin_ns(bucket).round(), end_ns(bucket).round());
                // Writing to a String does not fail.
                let _ = writeln!(
                    text,
                    "{variant},{},{},{},{from},{below},{count}",
                    sample.seq,
                    sample.elapsed_ns,
                    sample.phase.id()
                );
            }
        }
    }
    text
}

/// A header, then a line for each sample, as the chart shows it: counters as rates per second. A field is empty where there
/// is nothing to show.
fn lines(chart: &Chart, traces: &[Trace<'_>], is_shown: impl Fn(&Sample) -> bool) -> String {
    let mut text = String::from("variant,seq,elapsed_ns,phase");
    for series in chart.series {
        text.push(',');
        text.push_str(series.metric);
    }
    text.push('\n');
    for Trace { variant, samples, .. } in traces {
        let columns: Vec<_> = chart.series.iter().map(|series| figures(series, samples)).collect();
        for (index, sample) in samples.iter().enumerate().filter(|(_, sample)| is_shown(sample)) {
            let _ = write!(text, "{variant},{},{},{}", sample.seq, sample.elapsed_ns, sample.phase.id());
            for column in &columns {
                let _ = match column[index] {
                    Some(value) => write!(text, ",{value}"),
                    None => write!(text, ","),
                };
            }
            text.push('\n');
        }
    }
    text
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
