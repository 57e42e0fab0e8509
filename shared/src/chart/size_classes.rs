//! Size classes: what lived in each of the allocator's sizes after the load, and what its pages take.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Live bytes and the bytes of the pages of each of jemalloc's size classes, after the last reply.
pub static CHART: Chart = Chart {
    id: "size_classes",
    title: "Size classes",
    unit: Unit::Bytes,
    kind: Kind::SizeClasses,
    folded: true,
    series: &[
        Series { metric: "allocated", label: "Live" },
        Series { metric: "active", label: "Held by pages" },
    ],
    help: "What lived after the last reply in each of the sizes that jemalloc rounds allocations up to, those in thread caches \
           included, and what the pages of that size take, on an axis of even factors. Where pages hold far more than \
           lives on them, a few allocations keep whole pages: that is fragmentation. It is known once the load has ended.",
};
