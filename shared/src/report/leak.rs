//! Whether live memory grew with the requests: Sen's slope with its interval.

use serde::{Deserialize, Serialize};

/// The verdict and its evidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Leak {
    /// What the evidence says.
    pub verdict: Verdict,
    /// Median growth of live memory per request, over the second half of the load phase.
    pub slope_bytes_per_request: f64,
    /// 95 % confidence interval of the slope.
    pub interval: [f64; 2],
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No growth that goes on and outlasts the recovery. A pool or a cache that has filled is none.
    None,
    /// Live memory still grew with the requests when the load ended, and stayed after the recovery.
    Leaking,
    /// Too few samples, or a run that ended before its recovery did.
    Inconclusive,
}

impl Leak {
    /// Fewest samples of the second half of the load phase for a verdict.
    const MIN_SAMPLES: usize = 10;
    /// What may grow or stay held without being called a leak: thread caches and lazily built statics.
    const NOISE_BYTES: f64 = 1024.0 * 1024.0;
    /// Most points that enter the slope; the pairs grow with its square.
    const MAX_POINTS: usize = 200;

    /// Judges points of (requests served, live bytes) of the load phase, and what the recovery left
    /// over the baseline; none when the run had no full recovery.
    ///
    /// Only the second half counts: pools and caches fill in the first, and what fills is no leak.
    pub fn judge(points: &[(u64, u64)], held_after_recovery_bytes: Option<i64>) -> Self {
        let points = &points[points.len() / 2..];
        let step = points.len().div_ceil(Self::MAX_POINTS).max(1);
        let points: Vec<(f64, f64)> =
            points.iter().step_by(step).map(|&(requests, bytes)| (requests as f64, bytes as f64)).collect();
        let Some((slope, interval)) = sen_slope(&points) else {
            return Self {
                verdict: Verdict::Inconclusive,
                slope_bytes_per_request: 0.0,
                interval: [0.0, 0.0],
            };
        };
        let requests = points.last().map_or(0.0, |last| last.0) - points.first().map_or(0.0, |first| first.0);
        let grows = interval[0] > 0.0 && slope * requests > Self::NOISE_BYTES;
        let verdict = match held_after_recovery_bytes {
            Some(held) if points.len() >= Self::MIN_SAMPLES => {
                // What grew must still be there: a backlog grows too, and is gone when it is served.
                let stayed = held as f64 > (slope * requests / 2.0).max(Self::NOISE_BYTES);
                if grows && stayed { Verdict::Leaking } else { Verdict::None }
            }
            _ => Verdict::Inconclusive,
        };
        Self { verdict, slope_bytes_per_request: slope, interval }
    }
}

/// The median of the slopes of all pairs, and its 95 % interval by Kendall's variance
/// (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", 1968).
/// None for fewer than two distinct points.
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

    #[test]
    fn a_leak_shows_in_slope_and_in_what_is_held() {
        let leak = Leak::judge(&series(1000), Some(9_900_000));
        assert_eq!(leak.verdict, Verdict::Leaking);
        assert!((leak.slope_bytes_per_request - 1000.0).abs() < 100.0, "{leak:?}");
        assert!(leak.interval[0] < 1000.0 && 1000.0 < leak.interval[1], "{leak:?}");
    }

    #[test]
    fn a_swing_is_no_leak() {
        assert_eq!(Leak::judge(&series(0), Some(10_000)).verdict, Verdict::None);
    }

    #[test]
    fn a_pool_that_fills_and_keeps_its_buffers_is_no_leak() {
        let mut filling = series(0);
        for (index, (_, bytes)) in filling.iter_mut().enumerate() {
            *bytes += (index as u64).min(30) * 20_000_000;
        }
        assert_eq!(Leak::judge(&filling, Some(600_000_000)).verdict, Verdict::None);
    }

    #[test]
    fn what_the_recovery_gives_back_is_no_leak() {
        assert_eq!(Leak::judge(&series(1000), Some(10_000)).verdict, Verdict::None);
        // A backlog that grew by gigabytes, of which thread caches kept a few MiB.
        assert_eq!(Leak::judge(&series(300_000), Some(7_700_000)).verdict, Verdict::None);
        // A backlog that grew by gigabytes, of which thread caches kept a few MiB.
        assert_eq!(Leak::judge(&series(300_000), Some(7_700_000)).verdict, Verdict::None);
    }

    #[test]
    fn what_cannot_be_told_is_inconclusive() {
        assert_eq!(Leak::judge(&series(1000), None).verdict, Verdict::Inconclusive);
        assert_eq!(Leak::judge(&series(1000)[..15], Some(0)).verdict, Verdict::Inconclusive);
        assert_eq!(Leak::judge(&[], Some(0)).verdict, Verdict::Inconclusive);
    }
}
