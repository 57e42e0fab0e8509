//! Faults: what memory costs that was given back and is wanted again.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Page faults of the target, and sweeps of the allocator that lead to them, per second.
pub static CHART: Chart = Chart {
    id: "faults",
    title: "Page faults",
    unit: Unit::PerSecond,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "minor_faults", label: "Minor" },
        Series { metric: "major_faults", label: "Major" },
        Series { metric: "purge_calls", label: "Purge calls" },
    ],
    help: "Page faults a second: a request that touches a page first pays for it. They are the nearest thing to a collector's \
           pause. Minor ones need no disk. Purge calls give pages back, and faults follow when they are wanted again.",
};
