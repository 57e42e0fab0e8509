//! A chart in figures and words: its values, the readout at an instant, data table and alternative text.

use super::{Chart, Clock, Series, Trace, clock_label, time_label, untimed};
use crate::{
    metric::{self, Metric},
    sample::Sample,
};

/// One figure of a readout.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Index of its trace.
    pub trace: usize,
    /// Index of its series in the chart.
    pub series: usize,
    /// The series' name.
    pub label: &'static str,
    /// The figure, in the chart's unit; `None` where there is none.
    pub figure: Option<f64>,
    /// The figure with its unit; `-` where there is none.
    pub value: String,
}

impl Reading {
    /// How much more this figure is than another one, such as `+12 %`; `-` where one of them is not there or the other
    /// is nothing.
    pub fn beyond(&self, other: &Self) -> String {
        match (self.figure, other.figure) {
            (Some(own), Some(other)) if other > 0.0 => {
                let percent = (own / other - 1.0) * 100.0;
                match percent {
                    // Who has ten times as much wants to read the factor.
                    _ if percent >= 900.0 => format!("{:.0} x", own / other),
                    _ if percent.abs() < 0.5 => "0 %".to_owned(),
                    _ => format!("{percent:+.0} %"),
                }
            }
            _ => "-".to_owned(),
        }
    }
}

/// A chart's figures as rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the columns hold; the first one is the time.
    pub header: Vec<String>,
    /// The figures with their units.
    pub rows: Vec<Vec<String>>,
}

/// One value for each sample, `None` where there is no figure to show.
pub fn figures(series: &Series, samples: &[Sample]) -> Vec<Option<f64>> {
    match metric::find(series.metric) {
        Some(metric) => (0..samples.len()).map(|index| value(metric, samples, index)).collect(),
        None => vec![None; samples.len()],
    }
}

fn value(metric: &Metric, samples: &[Sample], index: usize) -> Option<f64> {
    let sample = samples.get(index)?;
    metric.value(sample)?;
    // After a gap, a rate is that since the last answer.
    let earlier = samples[..index].iter().rev().find(|earlier| metric.value(earlier).is_some());
    metric.shown(earlier, sample).filter(|value| value.is_finite())
}

/// The figures at an instant: one for each series of each trace, those of the first trace first.
///
/// They are those of the nearest sample. A trace that had ended by then has none.
pub fn value_at(chart: &Chart, traces: &[Trace<'_>], elapsed_ns: u64) -> Vec<Reading> {
    let mut readings = Vec::with_capacity(traces.len() * chart.series.len());
    for (trace, Trace { samples, .. }) in traces.iter().enumerate() {
        let index = nearest(samples, elapsed_ns);
        for (series, Series { metric, label }) in chart.series.iter().enumerate() {
            let value = index.and_then(|index| value(metric::find(metric)?, samples, index));
            let shown = chart.unit.format(value.unwrap_or(f64::NAN));
            readings.push(Reading { trace, series, label, figure: value, value: shown });
        }
    }
    readings
}

/// The index of the sample nearest to an instant; `None` more than an interval after the last one.
fn nearest(samples: &[Sample], elapsed_ns: u64) -> Option<usize> {
    let at = |index: usize| samples.get(index).map(|sample| sample.elapsed_ns);
    let after = samples.partition_point(|sample| sample.elapsed_ns < elapsed_ns);
    let Some(before) = after.checked_sub(1) else { return at(0).map(|_| 0) };
    let since = elapsed_ns.saturating_sub(at(before)?);
    match at(after) {
        Some(next) if next.saturating_sub(elapsed_ns) < since => Some(after),
        Some(_) => Some(before),
        None => {
            let interval = at(before)?.saturating_sub(before.checked_sub(1).and_then(at).unwrap_or(0));
            (since <= interval).then_some(before)
        }
    }
}

/// The chart's figures at the samples of its longest trace, or at every n-th so that there are at most `rows`.
///
/// One without a time axis has rows of its own. Instants are by the clock where one is given.
pub fn table(chart: &Chart, traces: &[Trace<'_>], rows: usize, clock: Option<Clock>) -> Table {
    if !chart.is_over_time() {
        return untimed::table(chart, traces);
    }
    let columns = traces.iter().flat_map(|trace| {
        let title = move |series: &Series| format!("{} {}", trace.variant, series.label);
        chart.series.iter().map(title)
    });
    let header = ["Time".to_owned()].into_iter().chain(columns).collect();
    let longest = traces.iter().max_by_key(|trace| trace.samples.last().map(|sample| sample.elapsed_ns));
    let samples = longest.map_or(&[][..], |trace| trace.samples);
    let every = samples.len().div_ceil(rows.max(1)).max(1);
    let row = |sample: &Sample| {
        let figures = value_at(chart, traces, sample.elapsed_ns).into_iter().map(|reading| reading.value);
        [clock_label(sample.elapsed_ns, clock)].into_iter().chain(figures).collect()
    };
    Table { header, rows: samples.iter().step_by(every).map(row).collect() }
}

/// The chart in a few sentences, for who does not see it: range and last figure of each series.
pub fn summary(chart: &Chart, traces: &[Trace<'_>]) -> String {
    if !chart.is_over_time() {
        return untimed::summary(chart, traces);
    }
    let mut text = format!("{}.", chart.title);
    for trace in traces {
        let Some(last) = trace.samples.last() else {
            text.push_str(&format!(" {}: no samples yet.", trace.variant));
            continue;
        };
        let series: Vec<_> =
            chart.series.iter().map(|series| sentence(chart, series, trace.samples)).collect();
        text.push_str(&format!(
            " {}, {}: {}.",
            trace.variant,
            time_label(last.elapsed_ns),
            series.join("; ")
        ));
    }
    text
}

fn sentence(chart: &Chart, series: &Series, samples: &[Sample]) -> String {
    let values: Vec<f64> = figures(series, samples).into_iter().flatten().collect();
    let Some(last) = values.last() else { return format!("{} has no figures", series.label) };
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let [least, greatest, last] = [least, greatest, *last].map(|value| chart.unit.format(value));
    format!("{} from {least} to {greatest}, last {last}", series.label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chart::{memory, rate},
        sample::{AllocatorReading, LoadReading, Phase, TargetReading},
    };

    const SECOND: u64 = 1_000_000_000;

    /// A sample at a second in which `mib` are live and `offered` requests were wanted.
    fn at(seconds: u64, mib: u64, offered: Option<u64>) -> Sample {
        let (elapsed_ns, bytes) = (seconds * SECOND, mib << 20);
        let target = TargetReading {
            allocator: Some(AllocatorReading {
                allocated_bytes: bytes,
                resident_bytes: 2 * bytes,
                ..Default::default()
            }),
            rss_bytes: 3 * bytes,
            ..Default::default()
        };
        let load = offered.map(|offered| LoadReading { elapsed_ns, offered, ..Default::default() });
        Sample { seq: 0, elapsed_ns, phase: Phase::Load, target: Some(target), load, events: Vec::new() }
    }

    fn trace<'a>(variant: &'a str, samples: &'a [Sample]) -> Trace<'a> {
        Trace { variant, samples, size_classes: &[] }
    }

    #[test]
    fn a_summary_says_range_and_last_figure() {
        let samples = [at(0, 8, None), at(1, 64, None), at(2, 32, None)];
        assert_eq!(
            summary(&memory::CHART, &[trace("naive", &samples), trace("pooled", &[])]),
            "Memory. naive, 2.0 s: Live (allocated) from 8 MiB to 64 MiB, last 32 MiB; Held (resident) from 16 MiB to \
             128 MiB, last 64 MiB; RSS from 24 MiB to 192 MiB, last 96 MiB. pooled: no samples yet."
        );
        assert!(summary(&rate::CHART, &[trace("naive", &samples)]).contains("Offered has no figures"));
    }

    #[test]
    fn a_readout_has_the_figures_of_the_nearest_sample() {
        let (naive, pooled) =
            ([at(0, 1, None), at(1, 2, None), at(2, 3, None)], [at(0, 7, None), at(1, 8, None)]);
        let traces = [trace("naive", &naive), trace("pooled", &pooled)];
        let live = |elapsed_ns| {
            let readings = value_at(&memory::CHART, &traces, elapsed_ns);
            assert_eq!(readings.len(), 6);
            [readings[0].value.clone(), readings[3].value.clone()]
        };
        assert_eq!(live(0), ["1 MiB", "7 MiB"]);
        assert_eq!(live(SECOND * 5 / 4), ["2 MiB", "8 MiB"]);
        assert_eq!(live(SECOND * 7 / 4), ["3 MiB", "8 MiB"]);
        assert_eq!(live(SECOND * 9 / 4), ["3 MiB", "-"], "the second trace ended long before");
        assert_eq!(live(u64::MAX), ["-", "-"]);
    }

    #[test]
    fn figures_of_two_runs_are_compared() {
        let reading = |figure| Reading { trace: 0, series: 0, label: "", figure, value: String::new() };
        let beyond = |own, other| reading(own).beyond(&reading(other));
        assert_eq!(beyond(Some(50.0), Some(200.0)), "-75 %");
        assert_eq!(beyond(Some(224.0), Some(200.0)), "+12 %");
        assert_eq!(beyond(Some(199.9), Some(200.0)), "0 %");
        assert_eq!(beyond(Some(4000.0), Some(200.0)), "20 x");
        assert_eq!([beyond(None, Some(1.0)), beyond(Some(1.0), Some(0.0))], ["-", "-"]);
    }

    #[test]
    fn a_readout_without_samples_is_dashes() {
        let readings = value_at(&memory::CHART, &[trace("naive", &[])], 5);
        assert!(readings.iter().all(|reading| reading.value == "-"));
        assert_eq!(value_at(&memory::CHART, &[], 5), []);
    }

    #[test]
    fn a_rate_across_a_gap_is_that_since_the_last_answer() {
        let samples = [at(0, 1, Some(0)), at(1, 1, Some(1_000)), at(2, 1, None), at(3, 1, Some(3_000))];
        let offered = figures(&rate::CHART.series[0], &samples);
        assert_eq!(offered, [None, Some(1_000.0), None, Some(1_000.0)]);
    }

    #[test]
    fn a_table_has_no_more_rows_than_asked_for() {
        let samples: Vec<_> = (0..100).map(|second| at(second, second, None)).collect();
        let table = table(&memory::CHART, &[trace("naive", &samples)], 30, None);
        assert_eq!(table.header, ["Time", "naive Live (allocated)", "naive Held (resident)", "naive RSS"]);
        assert_eq!(table.rows.len(), 25);
        assert_eq!(table.rows[1], ["4.0 s", "4 MiB", "8 MiB", "12 MiB"]);
        assert_eq!(super::table(&memory::CHART, &[], 30, None).rows, Vec::<Vec<String>>::new());
    }
}
