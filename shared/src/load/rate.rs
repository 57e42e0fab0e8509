//! Rate curves: the rate at an instant, how many requests are due by then, and the exact inverse.

use super::{LoadProfile, Stage};

mod ramp;
mod sine;

use ramp::Ramp;
use sine::Sine;

/// Positions in one request.
///
/// A position is a point on the axis of "requests so far", in fixed point: the requests of a uniform schedule
/// stand at whole requests, those of a Poisson schedule in between.
pub(super) const POSITIONS: u64 = 1 << 20;

pub(super) const NS_PER_MS: u64 = 1_000_000;
pub(super) const NS_PER_S: f64 = 1e9;

/// How the rate of an open profile moves over its time.
#[derive(Debug, Clone)]
pub(super) enum Curve {
    /// Straight pieces: every profile but the two below.
    Ramp(Ramp),
    /// A swing around a mean.
    Sine(Sine),
    /// No rate, but groups at multiples of a delay.
    Burst {
        /// Requests in each group; at least 1.
        size: u32,
        /// From one group to the next; at least 1 ns.
        delay_ns: u64,
        /// When the profile ends.
        end_ns: u64,
    },
}

impl Curve {
    /// The curve of an open profile; `None` for closed ones.
    pub(super) fn of(profile: &LoadProfile) -> Option<Self> {
        let mut ramp = Ramp::default();
        match *profile {
            LoadProfile::ConstantArrivalRate { rate, time_unit_ms, duration_ms } => {
                ramp.hold(per_second(rate, time_unit_ms), duration_ms);
            }
            LoadProfile::RampingArrivalRate { start_rate, time_unit_ms, ref stages } => {
                let mut rate = per_second(start_rate, time_unit_ms);
                for &Stage { target, duration_ms } in stages {
                    let next = per_second(target, time_unit_ms);
                    ramp.go(rate, next, duration_ms);
                    rate = next;
                }
            }
            LoadProfile::Step { start_from, increment, levels, level_duration_ms } => {
                for level in 0..levels {
                    ramp.hold(start_from + increment * f64::from(level), level_duration_ms);
                }
            }
            LoadProfile::Spike { base_rate, peak_rate, at_ms, hold_ms, duration_ms } => {
                let after_ms = duration_ms.saturating_sub(at_ms.saturating_add(hold_ms));
                ramp.hold(base_rate, at_ms);
                ramp.hold(peak_rate, hold_ms);
                ramp.hold(base_rate, after_ms);
            }
            LoadProfile::Pause { duration_ms } => ramp.hold(0.0, duration_ms),
            LoadProfile::Sine { mean, amplitude, period_ms, duration_ms } => {
                return Some(Self::Sine(Sine::new(mean, amplitude, period_ms, duration_ms)));
            }
            LoadProfile::Burst { burst_rate, burst_delay_ms, duration_ms } => {
                return Some(Self::burst(burst_rate, burst_delay_ms, duration_ms.saturating_mul(NS_PER_MS)));
            }
            LoadProfile::ConstantConcurrency { .. }
            | LoadProfile::RampingConcurrency { .. }
            | LoadProfile::FixedIterations { .. } => return None,
        }
        Some(Self::Ramp(ramp))
    }

    /// What a profile begins with, held without an end; `None` for closed profiles.
    pub(super) fn beginning_of(profile: &LoadProfile) -> Option<Self> {
        let rate = match *profile {
            LoadProfile::ConstantArrivalRate { rate, time_unit_ms, .. } => per_second(rate, time_unit_ms),
            LoadProfile::RampingArrivalRate { start_rate, time_unit_ms, ref stages } => {
                let jumps = stages.iter().take_while(|stage| stage.duration_ms == 0);
                per_second(jumps.last().map_or(start_rate, |jump| jump.target), time_unit_ms)
            }
            LoadProfile::Step { start_from, .. } => start_from,
            LoadProfile::Spike { base_rate, .. } => base_rate,
            LoadProfile::Sine { mean, .. } => mean,
            LoadProfile::Pause { .. } => 0.0,
            LoadProfile::Burst { burst_rate, burst_delay_ms, .. } => {
                return Some(Self::burst(burst_rate, burst_delay_ms, u64::MAX));
            }
            LoadProfile::ConstantConcurrency { .. }
            | LoadProfile::RampingConcurrency { .. }
            | LoadProfile::FixedIterations { .. } => return None,
        };
        Some(Self::constant(rate))
    }

    /// A steady rate per second, without an end.
    pub(super) fn constant(rate: f64) -> Self {
        Self::Ramp(Ramp::endless(rate))
    }

    fn burst(size: u32, delay_ms: u64, end_ns: u64) -> Self {
        Self::Burst { size: size.max(1), delay_ns: delay_ms.max(1).saturating_mul(NS_PER_MS), end_ns }
    }

    /// The last whole nanosecond by which no more than `position` was due; `None` when the curve ends first.
    ///
    /// Where nothing is due for a while, that is the end of the while: request 0 is due when the rate first
    /// rises above 0. Never decreases with the position.
    pub(super) fn instant(&self, position: u64) -> Option<u64> {
        match self {
            Self::Ramp(ramp) => ramp.instant(position),
            Self::Sine(sine) => sine.instant(position),
            Self::Burst { size, delay_ns, end_ns } => {
                let group = position / (POSITIONS * u64::from(*size));
                group.checked_mul(*delay_ns).filter(|instant| instant < end_ns)
            }
        }
    }

    /// How many positions, counted from 0, are due before `elapsed_ns`: those with `instant < elapsed_ns`.
    pub(super) fn before(&self, elapsed_ns: u64) -> u64 {
        match self {
            Self::Ramp(ramp) => ramp.before(elapsed_ns),
            Self::Sine(sine) => sine.before(elapsed_ns),
            Self::Burst { size, delay_ns, end_ns } => {
                let groups = elapsed_ns.min(*end_ns).div_ceil(*delay_ns);
                groups.saturating_mul(POSITIONS * u64::from(*size))
            }
        }
    }

    /// The rate per second at an instant; of bursts their mean rate. 0 after the end.
    pub(super) fn rate_at(&self, elapsed_ns: u64) -> f64 {
        match self {
            Self::Ramp(ramp) => ramp.rate_at(elapsed_ns),
            Self::Sine(sine) => sine.rate_at(elapsed_ns),
            Self::Burst { end_ns, .. } if elapsed_ns >= *end_ns => 0.0,
            Self::Burst { size, delay_ns, .. } => f64::from(*size) * NS_PER_S / *delay_ns as f64,
        }
    }

    /// The integral of the rate from the start: how many requests are expected before an instant.
    pub(super) fn expected(&self, elapsed_ns: u64) -> f64 {
        match self {
            Self::Sine(sine) => sine.expected(elapsed_ns),
            Self::Ramp(_) | Self::Burst { .. } => self.before(elapsed_ns) as f64 / POSITIONS as f64,
        }
    }
}

/// A rate per time unit as one per second.
fn per_second(rate: f64, time_unit_ms: u64) -> f64 {
    rate * 1e3 / time_unit_ms.max(1) as f64
}
