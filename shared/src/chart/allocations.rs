//! Allocations: how often the handlers ask the allocator for memory.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Calls of the allocator per second, all and those of large sizes.
pub static CHART: Chart = Chart {
    id: "allocations",
    title: "Allocations",
    unit: Unit::PerSecond,
    kind: Kind::Lines,
    folded: true,
    series: &[
        Series { metric: "allocations", label: "All" },
        Series { metric: "large_allocations", label: "Large" },
    ],
    help: "Calls a second that got memory, counted around the allocator by thread. Large ones, above 14 KiB, have pages of \
           their own: they pass the thread caches by, and pay with locks and page faults.",
};
