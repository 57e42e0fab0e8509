//! Churn: bytes that are allocated and freed again, whether or not the heap grows.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Bytes that allocations asked for, and bytes that were given back to the kernel, per second.
pub static CHART: Chart = Chart {
    id: "churn",
    title: "Churn",
    unit: Unit::BytesPerSecond,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "allocation_bytes", label: "Allocated" },
        Series { metric: "purged", label: "Purged" },
    ],
    help: "Bytes a second that allocations ask for, as counted around the allocator, and bytes in pages that the allocator \
           gives back to the kernel. A steady heap can hide much churn: this is the work that pooling saves.",
};
