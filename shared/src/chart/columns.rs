//! A run's figures as plain columns: one of times, and one of values for each series, which grow with its samples.

use super::{Chart, ValueScale, pyramid::Pyramid};
use crate::{
    adjust::RunEvent,
    metric::{self, Metric},
    sample::{Phase, Sample},
};

/// The figures of one run on one chart. A figure that is missing is NaN.
///
/// It takes as much memory as there are samples: 8 bytes for each, and 10 for each series of it.
#[derive(Debug, Clone)]
pub struct Columns {
    scale: ValueScale,
    /// In nanoseconds since the run began; they never go back.
    times: Vec<u64>,
    columns: Vec<Column>,
    /// When each phase began, in nanoseconds.
    phases: Vec<(Phase, u64)>,
    events: Vec<RunEvent>,
    /// The sequence number of the last sample that was taken in.
    last_seq: Option<u64>,
}

/// The values of one series.
#[derive(Debug, Clone)]
pub(super) struct Column {
    metric: Option<&'static Metric>,
    /// The index of the last sample that had an answer: a rate is that since then.
    answered: Option<usize>,
    pub(super) values: Vec<f64>,
    pub(super) pyramid: Pyramid,
}

impl Columns {
    /// Without figures yet. On a logarithmic scale zero and below are missing: they have no place on it.
    pub fn new(chart: &Chart, scale: ValueScale) -> Self {
        let column = |metric| Column {
            metric: metric::find(metric),
            answered: None,
            values: Vec::new(),
            pyramid: Pyramid::default(),
        };
        let columns = chart.series.iter().map(|series| column(series.metric)).collect();
        let (times, phases, events) = Default::default();
        let scale = chart.scale(scale);
        Self { scale, times, columns, phases, events, last_seq: None }
    }

    /// The figures of these samples.
    pub fn of(chart: &Chart, scale: ValueScale, samples: &[Sample]) -> Self {
        let mut columns = Self::new(chart, scale);
        columns.follow(samples);
        columns
    }

    /// Takes in the samples of the same run as before that are new. Where earlier ones were merged meanwhile, it
    /// begins anew and says so.
    pub fn follow(&mut self, samples: &[Sample]) -> Followed {
        // Merged samples have other numbers at the same places, and mostly are fewer.
        let known = self.times.len().checked_sub(1).map(|last| samples.get(last).map(|sample| sample.seq));
        let anew = known.is_some_and(|seq| seq.is_none() || seq != self.last_seq);
        if anew {
            self.clear();
        }
        let known = self.times.len();
        for (index, sample) in samples.iter().enumerate().skip(known) {
            // The first phase began with the run, not with its first sample.
            let begin = if index == 0 { 0 } else { sample.elapsed_ns };
            if self.phases.iter().all(|(phase, _)| *phase != sample.phase) {
                self.phases.push((sample.phase, begin));
            }
            self.events.extend(sample.events.iter().cloned());
            self.tick(sample.elapsed_ns);
            for column in &mut self.columns {
                let value = column.figure(samples, index).unwrap_or(f64::NAN);
                column.push(value, self.scale);
            }
        }
        self.last_seq = samples.last().map(|sample| sample.seq);
        if anew { Followed::Anew } else { Followed::Grown }
    }

    /// Takes in figures that come from no samples: one for each series, NaN where there is none.
    pub fn push(&mut self, elapsed_ns: u64, figures: &[f64]) {
        self.tick(elapsed_ns);
        let figures = figures.iter().copied().chain(std::iter::repeat(f64::NAN));
        for (column, figure) in self.columns.iter_mut().zip(figures) {
            column.push(figure, self.scale);
        }
    }

    pub(super) fn scale(&self) -> ValueScale {
        self.scale
    }

    /// Instants so far.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// When each phase began, in nanoseconds.
    pub(super) fn phases(&self) -> &[(Phase, u64)] {
        &self.phases
    }

    /// What was done to the run.
    pub(super) fn events(&self) -> &[RunEvent] {
        &self.events
    }

    pub(super) fn times(&self) -> &[u64] {
        &self.times
    }

    pub(super) fn column(&self, series: usize) -> &Column {
        &self.columns[series]
    }

    fn clear(&mut self) {
        self.times.clear();
        self.phases.clear();
        self.events.clear();
        for column in &mut self.columns {
            (column.values, column.pyramid, column.answered) = Default::default();
        }
    }

    fn tick(&mut self, elapsed_ns: u64) {
        self.times.push(elapsed_ns.max(self.times.last().copied().unwrap_or(0)));
    }
}

/// How columns have followed their samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// What was there stayed.
    Grown,
    /// Nothing of it did.
    Anew,
}

impl Column {
    /// The figure that a chart shows at a sample; `None` where there is none.
    fn figure(&mut self, samples: &[Sample], index: usize) -> Option<f64> {
        let (metric, sample) = (self.metric?, samples.get(index)?);
        metric.value(sample)?;
        // After a gap, a rate is that since the last answer.
        let earlier = self.answered.replace(index).and_then(|earlier| samples.get(earlier));
        metric.shown(earlier, sample)
    }

    fn push(&mut self, value: f64, scale: ValueScale) {
        let has_place = value.is_finite() && (scale == ValueScale::Linear || value > 0.0);
        self.values.push(if has_place { value } else { f64::NAN });
        self.pyramid.push(&self.values);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chart::{memory, rate},
        sample::{AllocatorReading, LoadReading, Phase, TargetReading},
    };

    /// The sample at a second, with so many live bytes and offered requests, where its processes answered.
    fn sample(seq: u64, live: Option<u64>, offered: Option<u64>) -> Sample {
        let elapsed_ns = seq * 1_000_000_000;
        let target = live.map(|allocated_bytes| TargetReading {
            allocator: Some(AllocatorReading { allocated_bytes, ..Default::default() }),
            ..Default::default()
        });
        let load = offered.map(|offered| LoadReading { elapsed_ns, offered, ..Default::default() });
        Sample { seq, elapsed_ns, phase: Phase::Load, target, load, events: Vec::new() }
    }

    /// Values without NaN, which equals nothing.
    fn values(columns: &Columns, series: usize) -> Vec<Option<f64>> {
        columns
            .column(series)
            .values
            .iter()
            .map(|value| Some(*value).filter(|value| !value.is_nan()))
            .collect()
    }

    #[test]
    fn columns_grow_by_what_is_new() {
        let samples: Vec<_> = (0..40).map(|seq| sample(seq, Some(seq), None)).collect();
        let mut columns = Columns::new(&memory::CHART, ValueScale::Linear);
        for end in [0, 1, 17, 17, 40] {
            assert_eq!(columns.follow(&samples[..end]), Followed::Grown);
            assert_eq!(columns.len(), end);
        }
        assert_eq!(values(&columns, 0), (0..40).map(|seq| Some(f64::from(seq))).collect::<Vec<_>>());
        let at_once = Columns::of(&memory::CHART, ValueScale::Linear, &samples);
        assert_eq!(columns.column(0).pyramid, at_once.column(0).pyramid);
    }

    #[test]
    fn merged_samples_begin_anew() {
        let samples: Vec<_> = (0..40).map(|seq| sample(seq, Some(seq), None)).collect();
        let mut columns = Columns::of(&memory::CHART, ValueScale::Linear, &samples[..20]);
        let merged: Vec<_> = samples.chunks(2).filter_map(Sample::merge).collect();
        assert_eq!(columns.follow(&merged), Followed::Anew, "as many as before, of other instants");
        assert_eq!(
            columns.times().to_vec(),
            merged.iter().map(|sample| sample.elapsed_ns).collect::<Vec<_>>()
        );
        assert_eq!(columns.follow(&merged[..3]), Followed::Anew);
        assert_eq!(columns.len(), 3);
        assert_eq!(columns.follow(&[]), Followed::Anew);
        assert!(columns.is_empty());
    }

    #[test]
    fn a_rate_across_a_gap_is_that_since_the_last_answer() {
        let offered = [Some(0), Some(1_000), None, Some(3_000)];
        let samples: Vec<_> = (0..4).zip(offered).map(|(seq, offered)| sample(seq, None, offered)).collect();
        let mut columns = Columns::of(&rate::CHART, ValueScale::Linear, &samples[..3]);
        columns.follow(&samples);
        assert_eq!(values(&columns, 0), [None, Some(1_000.0), None, Some(1_000.0)]);
    }

    #[test]
    fn what_has_no_place_on_the_scale_is_missing() {
        let mut linear = Columns::new(&memory::CHART, ValueScale::Linear);
        let mut log = Columns::new(&memory::CHART, ValueScale::Log);
        for (at, figure) in [-1.0, 0.0, 1.0, f64::NAN, f64::INFINITY, 2.0].into_iter().enumerate() {
            linear.push(at as u64, &[figure]);
            log.push(at as u64, &[figure]);
        }
        assert_eq!(values(&linear, 0), [Some(-1.0), Some(0.0), Some(1.0), None, None, Some(2.0)]);
        assert_eq!(values(&log, 0), [None, None, Some(1.0), None, None, Some(2.0)]);
        assert_eq!(values(&log, 2), vec![None; 6], "a series without figures");
    }

    #[test]
    fn time_never_goes_back() {
        let mut columns = Columns::new(&memory::CHART, ValueScale::Linear);
        for time in [5, 3, 9, 9] {
            columns.push(time, &[1.0]);
        }
        assert_eq!(columns.times(), [5, 5, 9, 9]);
    }
}
