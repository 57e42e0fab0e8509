//! One figure: what was asked for, what was read, and whether they agree.

use anyhow::Context;
use heapgym_shared::{Report, report::PerRequest, unit::Unit};
use serde::Serialize;

use super::settings::Setting;

/// The reports of a setting's two runs.
pub(super) struct Runs {
    pub(super) counted: Report,
    pub(super) timed: Report,
}

/// One figure of one setting.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Reading {
    pub(super) figure: Figure,
    /// What `asked`, `measured`, `error` and `bound` are counted in.
    pub(super) unit: Unit,
    pub(super) asked: f64,
    pub(super) measured: f64,
    /// How much more was measured.
    pub(super) error: f64,
    /// The largest error, either way, that is within.
    pub(super) bound: f64,
    pub(super) within: bool,
}

/// What is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Figure {
    /// `per_request.allocated_bytes` of a report.
    Bytes,
    /// `per_request.allocations`.
    Allocations,
    /// `leak.slope_bytes_per_request`.
    Leak,
    /// `service_time_ns.min`: all others are longer by what else the machine does.
    Delay,
}

/// How far off a figure may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    /// A share of what was asked for; a whole unit where that is nothing.
    Share(f64),
    /// In the figure's unit.
    Absolute(f64),
}

impl Figure {
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Bytes => "bytes/request",
            Self::Allocations => "allocations/request",
            Self::Leak => "leak/request",
            Self::Delay => "delay",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Bytes | Self::Leak => Unit::Bytes,
            Self::Allocations => Unit::Count,
            Self::Delay => Unit::Nanoseconds,
        }
    }

    pub(super) fn bound(self) -> Bound {
        match self {
            Self::Bytes | Self::Allocations => Bound::Share(0.001),
            Self::Leak => Bound::Share(0.02),
            Self::Delay => Bound::Absolute(1e6),
        }
    }
}

impl Reading {
    /// The four figures of a setting, beyond those of a request that does nothing.
    ///
    /// # Errors
    /// When one of the runs served no request in its load.
    pub(super) fn all(setting: &Setting, nothing: &Runs, runs: &Runs) -> anyhow::Result<[Self; 4]> {
        let cost = |runs: &Runs| runs.counted.per_request.context("no request was served");
        let (without, with) = (cost(nothing)?, cost(runs)?);
        let more = |read: fn(&PerRequest) -> f64| read(&with) - read(&without);
        let leak = |runs: &Runs| runs.counted.leak.slope_bytes_per_request;
        let quickest = |runs: &Runs| runs.timed.service_time_ns.min as f64;
        Ok([
            Self::of(Figure::Bytes, setting.all_bytes() as f64, more(|cost| cost.allocated_bytes)),
            Self::of(Figure::Allocations, setting.all_allocations() as f64, more(|cost| cost.allocations)),
            Self::of(Figure::Leak, setting.leak_bytes as f64, leak(runs) - leak(nothing)),
            Self::of(Figure::Delay, setting.delay_ms as f64 * 1e6, quickest(runs) - quickest(nothing)),
        ])
    }

    fn of(figure: Figure, asked: f64, measured: f64) -> Self {
        let error = measured - asked;
        let bound = match figure.bound() {
            Bound::Share(_) if asked == 0.0 => 1.0,
            Bound::Share(share) => share * asked,
            Bound::Absolute(bound) => bound,
        };
        Self { figure, unit: figure.unit(), asked, measured, error, bound, within: error.abs() <= bound }
    }
}

#[cfg(test)]
impl Reading {
    /// A reading as it is made of a run's figure.
    pub(super) fn sample(figure: Figure, asked: f64, measured: f64) -> Self {
        Self::of(figure, asked, measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_grows_with_what_was_asked_and_an_error_counts_either_way() {
        for (figure, asked, measured, within) in [
            (Figure::Bytes, 1_000.0, 1_000.9, true),
            (Figure::Bytes, 1_000.0, 1_001.1, false),
            (Figure::Allocations, 100.0, 99.8, false),
            (Figure::Leak, 64.0, 65.2, true),
            (Figure::Leak, 64.0, 62.0, false),
            (Figure::Leak, 0.0, -0.9, true),
            (Figure::Leak, 0.0, 1.1, false),
            (Figure::Delay, 50e6, 50.9e6, true),
            (Figure::Delay, 1e6, 2.1e6, false),
            (Figure::Delay, 1e6, f64::NAN, false),
        ] {
            assert_eq!(Reading::of(figure, asked, measured).within, within, "{figure:?} {measured}");
        }
    }
}
