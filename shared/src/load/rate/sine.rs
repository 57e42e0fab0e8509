//! A rate that swings around a mean: its closed-form integral, and the inverse by Newton's method.

use std::{f64::consts::PI, sync::Arc};

use super::{NS_PER_MS, NS_PER_S, POSITIONS};

/// Knots of the table that Newton's method starts from, over one swing.
const KNOTS: usize = 256;

/// A step of Newton's method shorter than this, in seconds, has reached the digits of a float.
const CLOSE_S: f64 = 1e-10;

/// `mean + amplitude * sin(2 pi t / period)`, per second; the amplitude is at most the mean.
#[derive(Debug, Clone)]
pub(in crate::load) struct Sine {
    mean: f64,
    amplitude: f64,
    period_ns: u64,
    end_ns: u64,
    /// Requests due at each knot of one swing, the first and the last included.
    knots: Arc<[f64]>,
}

impl Sine {
    pub(super) fn new(mean: f64, amplitude: f64, period_ms: u64, duration_ms: u64) -> Self {
        let period_ns = period_ms.max(1).saturating_mul(NS_PER_MS);
        let end_ns = duration_ms.saturating_mul(NS_PER_MS);
        let mut sine = Self { mean, amplitude, period_ns, end_ns, knots: Arc::from([]) };
        sine.knots = (0..=KNOTS).map(|knot| sine.due(knot as f64 * sine.knot_s()).0).collect();
        sine
    }

    pub(super) fn instant(&self, position: u64) -> Option<u64> {
        self.uncut(position).filter(|instant| *instant < self.end_ns)
    }

    pub(super) fn before(&self, elapsed_ns: u64) -> u64 {
        let elapsed_ns = elapsed_ns.min(self.end_ns);
        let is_before = |position| self.uncut(position).is_some_and(|instant| instant < elapsed_ns);
        // The closed form may be off by its last digits: what counts is what `instant` says.
        let mut count = (self.expected(elapsed_ns) * POSITIONS as f64) as u64;
        while count > 0 && !is_before(count - 1) {
            count -= 1;
        }
        while is_before(count) {
            count += 1;
        }
        count
    }

    pub(super) fn rate_at(&self, elapsed_ns: u64) -> f64 {
        if elapsed_ns >= self.end_ns {
            return 0.0;
        }
        self.due((elapsed_ns % self.period_ns) as f64 / NS_PER_S).1
    }

    pub(super) fn expected(&self, elapsed_ns: u64) -> f64 {
        let elapsed_ns = elapsed_ns.min(self.end_ns);
        let swings = (elapsed_ns / self.period_ns) as f64;
        swings * self.per_swing() + self.due((elapsed_ns % self.period_ns) as f64 / NS_PER_S).0
    }

    /// The instant of a position, whether or not the profile lasts so long; `None` when there is no rate.
    fn uncut(&self, position: u64) -> Option<u64> {
        let (requests, per_swing) = (position as f64 / POSITIONS as f64, self.per_swing());
        if per_swing <= 0.0 {
            return None;
        }
        let swings = (requests / per_swing).floor();
        let time_ns = self.time_of(requests - swings * per_swing) * NS_PER_S;
        Some((swings as u64).saturating_mul(self.period_ns) + (time_ns as u64).min(self.period_ns - 1))
    }

    /// When so many requests of a swing are due, in seconds.
    ///
    /// The start and the steps follow from `requests` alone, and so does the last digit of the answer.
    fn time_of(&self, requests: f64) -> f64 {
        let after = self.knots.partition_point(|due| *due <= requests).clamp(1, KNOTS);
        let (mut low, mut high) = ((after - 1) as f64 * self.knot_s(), after as f64 * self.knot_s());
        let (first, last) = (self.knots[after - 1], self.knots[after]);
        let part = ((requests - first) / (last - first)).clamp(0.0, 1.0);
        let mut time = low + part * (high - low);
        for _ in 0..64 {
            let (due, rate) = self.due(time);
            if due > requests {
                high = time
            } else {
                low = time
            }
            let newton = time - (due - requests) / rate;
            // Where the rate is near none, a step may leave the bracket: then it is halved.
            let next = if (low..=high).contains(&newton) { newton } else { f64::midpoint(low, high) };
            let step = (next - time).abs();
            time = next;
            if step < CLOSE_S {
                break;
            }
        }
        time
    }

    /// Requests due by `time` seconds into a swing, and the rate there.
    fn due(&self, time: f64) -> (f64, f64) {
        let period = self.period_ns as f64 / NS_PER_S;
        let (sin, cos) = libm::sincos(PI * time / period);
        let due = self.mean * time + self.amplitude * period / PI * sin * sin;
        (due, self.mean + self.amplitude * 2.0 * sin * cos)
    }

    fn per_swing(&self) -> f64 {
        self.mean * self.period_ns as f64 / NS_PER_S
    }

    fn knot_s(&self) -> f64 {
        self.period_ns as f64 / NS_PER_S / KNOTS as f64
    }
}
