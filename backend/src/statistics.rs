//! What some samples say together: mean and median with their confidence, and outliers. Pure.
//!
//! As in the criterion library: percentiles of a bootstrap for the intervals, Tukey's fences for outliers.

use serde::Serialize;

/// Drawings of the bootstrap. More would only narrow the intervals' own error.
const RESAMPLES: usize = 10_000;
/// The share of drawings that an interval holds.
const CONFIDENCE: f64 = 0.95;
/// The same samples give the same intervals.
const SEED: u64 = 1;

/// The estimates of some samples' mean and median.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// The arithmetic mean.
    pub mean: Estimate,
    /// The middle sample, or the mean of the middle two.
    pub median: Estimate,
    /// The standard deviation of the samples; 0 for one.
    pub standard_deviation: f64,
    /// Samples that are far from the rest. They are counted, and stay in all figures.
    pub outliers: Outliers,
}

/// A figure and the interval that holds it with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure of these samples.
    pub value: f64,
    /// The interval's ends; both the figure itself for one sample.
    pub interval: [f64; 2],
}

/// Samples outside Tukey's fences, which stand 1.5 (mild) and 3 (severe) interquartile ranges beyond the quartiles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Outliers {
    /// Below the outer fence.
    pub low_severe: usize,
    /// Below the inner fence.
    pub low_mild: usize,
    /// Above the inner fence.
    pub high_mild: usize,
    /// Above the outer fence.
    pub high_severe: usize,
}

impl Statistics {
    /// The statistics of some samples; `None` without samples.
    pub fn of(samples: &[f64]) -> Option<Self> {
        if samples.is_empty() {
            return None;
        }
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (means, medians) = bootstrap(&sorted);
        let average = mean(&sorted);
        Some(Self {
            mean: Estimate { value: average, interval: interval(means) },
            median: Estimate { value: quantile(&sorted, 0.5), interval: interval(medians) },
            standard_deviation: standard_deviation(&sorted),
            outliers: Outliers::of(&sorted),
        })
    }
}

impl Outliers {
    fn of(sorted: &[f64]) -> Self {
        let (low, high) = (quantile(sorted, 0.25), quantile(sorted, 0.75));
        let range = high - low;
        let mut outliers = Self::default();
        for &sample in sorted {
            match sample {
                sample if sample < low - 3.0 * range => outliers.low_severe += 1,
                sample if sample < low - 1.5 * range => outliers.low_mild += 1,
                sample if sample > high + 3.0 * range => outliers.high_severe += 1,
                sample if sample > high + 1.5 * range => outliers.high_mild += 1,
                _ => {}
            }
        }
        outliers
    }
}

/// Means and medians of many drawings, each of as many samples as there are, with replacement.
fn bootstrap(samples: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut drawn = vec![0.0; samples.len()];
    let drawings = (0..RESAMPLES).map(|_| {
        drawn.fill_with(|| samples[random.usize(..samples.len())]);
        drawn.sort_by(f64::total_cmp);
        (mean(&drawn), quantile(&drawn, 0.5))
    });
    drawings.unzip()
}

/// The middle of a distribution, as wide as the confidence.
fn interval(mut distribution: Vec<f64>) -> [f64; 2] {
    distribution.sort_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    [quantile(&distribution, tail), quantile(&distribution, 1.0 - tail)]
}

/// The arithmetic mean of at least one sample.
pub(crate) fn mean(samples: &[f64]) -> f64 {
    samples.iter().sum::<f64>() / samples.len() as f64
}

/// The standard deviation of at least one sample; 0 for one.
pub(crate) fn standard_deviation(samples: &[f64]) -> f64 {
    let average = mean(samples);
    let squares: f64 = samples.iter().map(|sample| (sample - average).powi(2)).sum();
    let degrees = (samples.len() - 1).max(1) as f64;
    (squares / degrees).sqrt()
}

/// A quantile of at least one sample, between two of them in proportion.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_samples_no_statistics() {
        assert_eq!(Statistics::of(&[]), None);
        let one = Statistics::of(&[7.0]).unwrap();
        assert_eq!((one.mean, one.median), (one.median, Estimate { value: 7.0, interval: [7.0, 7.0] }));
        assert_eq!(one.standard_deviation, 0.0);
    }

    #[test]
    fn an_outlier_moves_the_mean_and_not_the_median() {
        let mut samples: Vec<f64> = (0..99).map(|index| 100.0 + f64::from(index % 3)).collect();
        samples.push(10_000.0);
        let found = Statistics::of(&samples).unwrap();
        assert_eq!(found.median.value, 101.0);
        assert_eq!(found.mean.value, 199.99);
        assert_eq!(found.outliers, Outliers { high_severe: 1, ..Outliers::default() });
        let mild = Statistics::of(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0]).unwrap().outliers;
        assert_eq!(mild, Outliers { high_mild: 1, ..Outliers::default() });
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        // 400 evenly spread values between 0 and 1: the mean's standard error is sqrt(1/12) / sqrt(400).
        let samples: Vec<f64> = (0..400).map(|index| f64::from(index) / 399.0).collect();
        let found = Statistics::of(&samples).unwrap();
        let error = (1.0_f64 / 12.0 / 400.0).sqrt();
        let [low, high] = found.mean.interval;
        assert!(((high - low) / (2.0 * 1.96 * error) - 1.0).abs() < 0.05, "{low} {high}");
        let [low, high] = found.median.interval;
        assert!(low < 0.5 && 0.5 < high && high - low < 0.15, "{low} {high}");
        assert!((found.standard_deviation - (1.0_f64 / 12.0).sqrt()).abs() < 0.01);
    }
}
