//! Errors: requests that did not end as they should, or not in time.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Requests per second that failed, were shed, or started late.
pub static CHART: Chart = Chart {
    id: "errors",
    title: "Errors",
    unit: Unit::PerSecond,
    kind: Kind::Lines,
    folded: true,
    series: &[
        Series { metric: "failed", label: "Failed" },
        Series { metric: "shed", label: "Shed" },
        Series { metric: "late", label: "Late" },
    ],
    help: "Requests a second that ended without a good reply; those of them that were answered 503 because of the soft memory \
           limit; and those that started more than 1 ms after their intended instant, which is the load generator's own error.",
};
