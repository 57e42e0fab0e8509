//! Held beyond live: where the memory is that nothing lives in.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Fragmentation, the allocator's cache, and the gap to what the kernel counts.
pub static CHART: Chart = Chart {
    id: "held",
    title: "Held beyond live",
    unit: Unit::Bytes,
    kind: Kind::Lines,
    folded: true,
    series: &[
        Series { metric: "cache", label: "Allocator cache" },
        Series { metric: "fragmentation", label: "Fragmentation" },
        Series { metric: "os_gap", label: "OS gap" },
    ],
    help: "What the process holds besides live memory. The cache is kept for reuse, and decay gives it back; fragmentation is \
           held by pages that something lives in, and stays; the OS gap is what the kernel counts and the allocator does not.",
};
