//! Memory: what the application holds, what the allocator holds for it, and what the kernel counts.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Live, held and resident memory of the target.
pub static CHART: Chart = Chart {
    id: "memory",
    title: "Memory",
    unit: Unit::Bytes,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "allocated", label: "Live (allocated)" },
        Series { metric: "resident", label: "Held (resident)" },
        Series { metric: "rss", label: "RSS" },
    ],
    help: "Live is what the application holds, held is what the allocator keeps in physical pages for it, RSS is what \
           the kernel counts for the whole process. Live that grows with the requests is a leak; held that stays up \
           after the load is memory kept for reuse.",
};
