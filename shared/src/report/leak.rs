//! Whether live memory grew with the requests: Sen's slope with its interval, a verdict, and its reason.

use serde::{Deserialize, Serialize};

use super::Report;
use crate::unit::Unit;

/// The verdict and its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// What the evidence says.
    pub verdict: Verdict,
    /// Why it says so.
    pub reason: Reason,
    /// Median growth of live memory per request, over the second half of the load phase. What waits in thread caches
    /// and pools is left out.
    pub slope_bytes_per_request: f64,
    /// 95 % confidence interval of the slope.
    pub interval: [f64; 2],
    /// What the slope comes to over the second half of the load phase.
    #[serde(default)]
    pub growth_bytes: f64,
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No growth that goes on and outlasts the recovery. A pool or a cache that has filled is none.
    None,
    /// Live memory still grew with the requests when the load ended, and stayed after the recovery.
    Leaking,
    /// This run cannot tell; the reason says what is missing.
    Inconclusive,
}

/// Why a verdict is what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// `none`: live memory did not grow with the requests.
    Steady,
    /// `none`: it grew by less than thread-local state and lazily built parts may.
    Negligible,
    /// `none`: it grew, and no longer did when the load ended: something filled.
    Filled,
    /// `none`: it grew, or swung too much for a slope, and the recovery gave it back: a backlog.
    GivenBack,
    /// `leaking`: it grew to the end of the load, and stayed.
    Kept,
    /// `inconclusive`: no request was handled in the second half of the load phase.
    NoRequests,
    /// `inconclusive`: too few samples of the load phase.
    TooFewSamples,
    /// `inconclusive`: it swung too much, and what stayed may be a leak.
    TooUneven,
    /// `inconclusive`: the run ended before its recovery did.
    NoRecovery,
    /// `inconclusive`: it grew, but work was still going on when the run ended.
    WorkUnfinished,
}

/// What a verdict is made from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Evidence<'a> {
    /// Requests served and live bytes, in each sample of the load phase. Live is what is in use: without what waits in
    /// thread caches, and without the buffers that wait in pools.
    pub growth: &'a [(u64, u64)],
    /// Live bytes at the end of the recovery, less those of the baseline; `None` without a full recovery.
    pub held_bytes: Option<i64>,
    /// Whether tasks that the load began were still coming to their end when the run was over.
    pub work_unfinished: bool,
}

impl Leak {
    /// Fewest samples of the second half of the load phase for a verdict.
    const MIN_SAMPLES: usize = 10;
    /// What may grow or stay held without being called a leak: thread-local state and lazily built statics.
    const NOISE_BYTES: f64 = 1024.0 * 1024.0;
    /// Most points that enter the slope; the pairs grow with its square.
    const MAX_POINTS: usize = 200;
    /// The least share of the second half's slope that its own last half must still have.
    const STILL_GROWS: f64 = 0.3;

    /// Judges the evidence.
    ///
    /// Only the second half of the load counts: pools and caches fill in the first, and what fills is no leak. What
    /// grew must still grow at the end, and must still be there after the recovery: a backlog grows too.
    pub fn judge(evidence: &Evidence<'_>) -> Self {
        let points = &evidence.growth[evidence.growth.len() / 2..];
        let step = points.len().div_ceil(Self::MAX_POINTS).max(1);
        let points: Vec<(f64, f64)> =
            points.iter().step_by(step).map(|&(requests, bytes)| (requests as f64, bytes as f64)).collect();
        let slope = sen_slope(&points);
        let (slope_bytes_per_request, interval) = slope.unwrap_or_default();
        let requests = points.last().map_or(0.0, |last| last.0) - points.first().map_or(0.0, |first| first.0);
        let growth_bytes = slope_bytes_per_request * requests;
        let reason = match evidence.held_bytes {
            _ if points.len() < Self::MIN_SAMPLES => Reason::TooFewSamples,
            _ if slope.is_none() => Reason::NoRequests,
            // Nothing tells what would have stayed, whatever the slope.
            None => Reason::NoRecovery,
            Some(held) if interval[0] <= 0.0 => not_seen(&points, interval[1] * requests, held as f64),
            _ if growth_bytes <= Self::NOISE_BYTES => Reason::Negligible,
            _ if !still_grows(&points, slope_bytes_per_request) => Reason::Filled,
            Some(held) if (held as f64) < (growth_bytes / 2.0).max(Self::NOISE_BYTES) => Reason::GivenBack,
            Some(_) if evidence.work_unfinished => Reason::WorkUnfinished,
            Some(_) => Reason::Kept,
        };
        Self { verdict: reason.verdict(), reason, slope_bytes_per_request, interval, growth_bytes }
    }

    /// The verdict and its figures, in a sentence or two for somebody who sees such a thing for the first time.
    pub fn sentence(&self) -> String {
        let bytes = |value: f64| Unit::Bytes.format(value);
        let ([low, high], slope) = (self.interval, self.slope_bytes_per_request);
        let anything = format!("anything between {} and {} a request, 95 %", bytes(low), bytes(high));
        let slope = format!("{} a request (95 % between {} and {})", bytes(slope), bytes(low), bytes(high));
        match self.reason {
            Reason::Steady => format!("No leak: live memory did not grow with the requests, {slope}."),
            Reason::Negligible => format!(
                "No leak: live memory grew by {slope}, {} in half of the load, which thread-local state and parts built \
                 on first use may take. Run longer to find a slow leak.",
                bytes(self.growth_bytes)
            ),
            Reason::Filled => format!(
                "No leak: live memory grew by {slope}, but no longer when the load ended: something filled up, such \
                 as a pool or a cache."
            ),
            Reason::GivenBack if low <= 0.0 => format!(
                "No leak detected: live memory varied too much under load to fit a trend ({anything}), but most of it \
                 was freed, or back in a pool, when the load was over. Run longer to find a slow leak."
            ),
            Reason::GivenBack => {
                format!(
                    "No leak: live memory grew by {slope} under load, and was freed, or back in a pool, when the load was \
                     over."
                )
            }
            Reason::Kept => format!(
                "It leaks: live memory grew by {slope} to the end of the load, and was still held after the recovery."
            ),
            Reason::NoRequests => {
                "Cannot tell whether it leaks: no request was handled in the second half of the load.".to_owned()
            }
            Reason::TooFewSamples => format!(
                "Cannot tell whether it leaks: that takes {} samples of the load phase. Run the load longer, or sample \
                 more often.",
                2 * Self::MIN_SAMPLES
            ),
            Reason::TooUneven => format!(
                "Cannot tell whether it leaks: live memory varied too much under load to fit a trend ({anything}), and \
                 enough was still held after the recovery to be a leak. Run longer."
            ),
            Reason::NoRecovery => {
                "Cannot tell whether it leaks: the run did not get through its recovery, which shows what stays in use."
                    .to_owned()
            }
            Reason::WorkUnfinished => format!(
                "Cannot tell whether it leaks: live memory grew by {slope}, but tasks were still at work when the run \
                 ended. Let the recovery last longer."
            ),
        }
    }
}

impl Report {
    /// Whether it leaks, with the figures, in a sentence or two. Where there are too few samples, how long the load has
    /// to last.
    pub fn leak_sentence(&self) -> String {
        let samples = 2 * Leak::MIN_SAMPLES as u64;
        let needed_ms = samples * self.spec.sample_interval_ms;
        let lasted_ns = self.load.duration_ns;
        match self.leak.reason {
            Reason::TooFewSamples if lasted_ns == 0 && self.per_request.is_none() => {
                "Cannot tell whether it leaks: the run ended before its load phase.".to_owned()
            }
            Reason::TooFewSamples if (1..needed_ms * 1_000_000).contains(&lasted_ns) => format!(
                "Cannot tell whether it leaks: that takes {samples} samples of the load phase, which lasted {}. Run the \
                 load for at least {}.",
                Unit::Nanoseconds.format(lasted_ns as f64),
                Unit::Milliseconds.format(needed_ms as f64)
            ),
            _ => self.leak.sentence(),
        }
    }
}

impl Reason {
    fn verdict(self) -> Verdict {
        match self {
            Self::Steady | Self::Negligible | Self::Filled | Self::GivenBack => Verdict::None,
            Self::Kept => Verdict::Leaking,
            Self::NoRequests
            | Self::TooFewSamples
            | Self::TooUneven
            | Self::NoRecovery
            | Self::WorkUnfinished => Verdict::Inconclusive,
        }
    }
}

/// Why a run is no leak, or cannot be told from one, whose slope may well be zero: what it may have grown by over the
/// second half of the load at most, and what was held after the recovery.
fn not_seen(points: &[(f64, f64)], most_bytes: f64, held_bytes: f64) -> Reason {
    let bytes = || points.iter().map(|(_, bytes)| *bytes);
    let swing_bytes = bytes().fold(0.0, f64::max) - bytes().fold(f64::INFINITY, f64::min);
    match most_bytes {
        most if most <= Leak::NOISE_BYTES => Reason::Steady,
        _ if held_bytes < (swing_bytes / 4.0).max(Leak::NOISE_BYTES) => Reason::GivenBack,
        // A leak would explain a small part of what is held: something else holds that.
        most if most < held_bytes / 4.0 => Reason::Steady,
        _ => Reason::TooUneven,
    }
}

/// Whether the last half of `points` still grows about as all of them do.
fn still_grows(points: &[(f64, f64)], slope: f64) -> bool {
    sen_slope(&points[points.len() / 2..]).is_none_or(|(last, _)| last >= Leak::STILL_GROWS * slope)
}

/// The median of the slopes of all pairs, and its 95 % interval by Kendall's variance
/// (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968).
/// `None` for fewer than two distinct points.
fn sen_slope(points: &[(f64, f64)]) -> Option<(f64, [f64; 2])> {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (index, a) in points.iter().enumerate() {
        slopes.extend(points[index + 1..].iter().filter(|b| b.0 != a.0).map(|b| (b.1 - a.1) / (b.0 - a.0)));
    }
    slopes.sort_by(f64::total_cmp);
    let last = slopes.len().checked_sub(1)?;
    let n = points.len() as f64;
    let spread = 1.96 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
    let middle = slopes.len() as f64 / 2.0;
    let low = (middle - spread / 2.0).floor().max(0.0) as usize;
    let high = ((middle + spread / 2.0).ceil() as usize).min(last);
    Some((slopes[slopes.len() / 2], [slopes[low], slopes[high]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Live bytes around 10 MB that swing by 2 MB and grow by `per_request`.
    fn series(per_request: u64) -> Vec<(u64, u64)> {
        (0..100).map(|i| (i * 100, 10_000_000 + (i * 7919) % 13 * 160_000 + i * 100 * per_request)).collect()
    }

    fn judge(growth: &[(u64, u64)], held_bytes: Option<i64>) -> Leak {
        Leak::judge(&Evidence { growth, held_bytes, work_unfinished: false })
    }

    #[track_caller]
    fn says(leak: Leak, verdict: Verdict, reason: Reason, words: &str) {
        assert_eq!((leak.verdict, leak.reason), (verdict, reason), "{leak:?}");
        assert!(leak.sentence().contains(words), "{}", leak.sentence());
    }

    #[test]
    fn a_leak_shows_in_slope_and_in_what_is_held() {
        let leak = judge(&series(1000), Some(9_900_000));
        says(leak, Verdict::Leaking, Reason::Kept, "It leaks: live memory grew by ");
        assert!((leak.slope_bytes_per_request - 1000.0).abs() < 100.0, "{leak:?}");
        assert!(leak.interval[0] < 1000.0 && 1000.0 < leak.interval[1], "{leak:?}");
    }

    #[test]
    fn a_swing_is_no_leak() {
        says(judge(&series(0), Some(10_000)), Verdict::None, Reason::Steady, "did not grow");
    }

    #[test]
    fn a_swing_that_may_hide_a_leak_is_told_by_what_is_held() {
        // Anywhere between 10 and 290 MB.
        let uneven: Vec<_> = (0..100).map(|i| (i * 10, 10_000_000 + (i * 7919) % 29 * 10_000_000)).collect();
        let slope = judge(&uneven, Some(0)).interval;
        assert!(slope[0] < 0.0 && slope[1] * 500.0 > 10e6, "{slope:?}");
        says(judge(&uneven, Some(500_000)), Verdict::None, Reason::GivenBack, "back in a pool");
        says(judge(&uneven, Some(20_000_000)), Verdict::None, Reason::GivenBack, "back in a pool");
        says(judge(&uneven, Some(100_000_000)), Verdict::Inconclusive, Reason::TooUneven, "fit a trend");
        says(judge(&uneven, Some(5_000_000_000)), Verdict::None, Reason::Steady, "did not grow");
    }

    #[test]
    fn growth_too_small_to_tell_says_so() {
        let slow: Vec<(u64, u64)> = (0..100).map(|i| (i * 100, 10_000_000 + i * 300)).collect();
        let leak = judge(&slow, Some(30_000));
        assert!(leak.interval[0] > 0.0);
        says(leak, Verdict::None, Reason::Negligible, "3 B a request");
    }

    #[test]
    fn a_pool_that_fills_and_keeps_its_buffers_is_no_leak() {
        let filling = |full: u64| -> Vec<(u64, u64)> {
            (0..100).map(|i| (i * 100, 10_000_000 + i.min(full) * 20_000_000)).collect()
        };
        says(judge(&filling(30), Some(600_000_000)), Verdict::None, Reason::Steady, "did not grow");
        says(judge(&filling(75), Some(1_500_000_000)), Verdict::None, Reason::Filled, "something filled up");
        says(judge(&filling(100), Some(2_000_000_000)), Verdict::Leaking, Reason::Kept, "to the end");
    }

    #[test]
    fn what_the_recovery_gives_back_is_no_leak() {
        says(judge(&series(1000), Some(10_000)), Verdict::None, Reason::GivenBack, "back in a pool");
        // A backlog that grew by gigabytes, of which threads kept a few MiB.
        says(judge(&series(300_000), Some(7_700_000)), Verdict::None, Reason::GivenBack, "back in a pool");
    }

    #[test]
    fn what_cannot_be_told_says_what_is_missing() {
        says(judge(&series(1000), None), Verdict::Inconclusive, Reason::NoRecovery, "recovery");
        says(judge(&series(0), None), Verdict::Inconclusive, Reason::NoRecovery, "recovery");
        says(judge(&series(1000)[..15], Some(0)), Verdict::Inconclusive, Reason::TooFewSamples, "20 samples");
        says(judge(&[], Some(0)), Verdict::Inconclusive, Reason::TooFewSamples, "20 samples");
        let idle: Vec<_> = series(1000).into_iter().map(|(_, bytes)| (7, bytes)).collect();
        says(judge(&idle, Some(0)), Verdict::Inconclusive, Reason::NoRequests, "no request was handled");
        let growth = series(1000);
        let evidence = Evidence { growth: &growth, held_bytes: Some(9_900_000), work_unfinished: true };
        let unfinished = Leak::judge(&evidence);
        says(unfinished, Verdict::Inconclusive, Reason::WorkUnfinished, "tasks were still at work");
    }
}
