//! Rate: what the load asked for, what came back, and what was left out.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Requests per second: offered, completed, dropped and started.
pub static CHART: Chart = Chart {
    id: "rate",
    title: "Rate",
    unit: Unit::PerSecond,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "offered", label: "Offered" },
        Series { metric: "completed", label: "Completed" },
        Series { metric: "dropped", label: "Dropped" },
        Series { metric: "started", label: "Started" },
    ],
    help: "Requests per second between two samples. Completed below offered means that the service does not keep up; \
           dropped requests were never sent, and started ones were.",
};
