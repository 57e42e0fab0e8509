//! What was set, what was read, and how far the one is from the other.

use heapgym_shared::{Report, unit::Unit};
use serde::Serialize;

use super::settings::Setting;

/// One figure of one setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Reading {
    /// The setting it belongs to.
    pub(super) setting: String,
    /// What it is.
    pub(super) figure: &'static str,
    /// Its unit.
    pub(super) unit: Unit,
    /// What was set.
    pub(super) set: f64,
    /// What was read.
    pub(super) read: f64,
    /// How far it may be off, in its unit.
    pub(super) bound: f64,
}

/// Bytes and allocations may be off by so much of what was set.
const COUNTED: f64 = 0.001;
/// The slope of a leak.
const SLOPE: f64 = 0.02;
/// A delay, in nanoseconds.
const DELAY_NS: f64 = 1e6;

impl Reading {
    /// How far it is off, in its unit.
    pub(super) fn error(&self) -> f64 {
        self.read - self.set
    }

    /// Whether that is within its bound.
    pub(super) fn is_within(&self) -> bool {
        self.error().abs() <= self.bound
    }
}

/// What `set` tells more than `zero`: what the framework allocates is in both.
pub(super) fn readings(setting: &Setting, zero: &Report, set: &Report) -> Vec<Reading> {
    let each = |read: fn(&heapgym_shared::report::PerRequest) -> f64| {
        let of = |report: &Report| report.per_request.as_ref().map_or(f64::NAN, read);
        of(set) - of(zero)
    };
    let kept = u64::from(setting.leak_bytes > 0);
    let counted = |figure, unit, asked: u64, read| {
        let set = asked as f64;
        Reading { setting: setting.describe(), figure, unit, set, read, bound: COUNTED * set }
    };
    // The median would tell the machine's noise too; the fastest request waited as long as any.
    let fastest = |report: &Report| report.service_time_ns.min as f64;
    let delay_ns = setting.delay_ms as f64 * 1e6;
    vec![
        counted(
            "bytes per request",
            Unit::Bytes,
            setting.bytes + setting.leak_bytes,
            each(|each| each.allocated_bytes),
        ),
        counted(
            "allocations per request",
            Unit::Count,
            setting.allocations + kept,
            each(|each| each.allocations),
        ),
        Reading {
            bound: SLOPE * setting.leak_bytes as f64,
            ..counted("leak slope", Unit::Bytes, setting.leak_bytes, set.leak.slope_bytes_per_request)
        },
        Reading {
            setting: setting.describe(),
            figure: "added delay",
            unit: Unit::Nanoseconds,
            set: delay_ns,
            read: fastest(set) - fastest(zero),
            bound: DELAY_NS,
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_within_its_bound_or_not() {
        let reading = |read| Reading {
            setting: String::new(),
            figure: "bytes per request",
            unit: Unit::Bytes,
            set: 1000.0,
            read,
            bound: 1.0,
        };
        assert!(reading(1000.9).is_within() && reading(999.1).is_within());
        assert!(!reading(1002.0).is_within() && !reading(f64::NAN).is_within());
    }
}
