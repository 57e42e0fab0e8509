//! Pool: what the buffers hold that wait to be used again.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Bytes that the target's buffer pools retain.
pub static CHART: Chart = Chart {
    id: "pool",
    title: "Pool",
    unit: Unit::Bytes,
    kind: Kind::Lines,
    folded: false,
    series: &[Series { metric: "pool_retained", label: "Retained" }],
    help: "Bytes in buffers that wait in the pool. They fall while requests hold the buffers, and rise as these come \
           back. A pool that a few large requests made large for good is poisoned: a cap on what it takes back helps.",
};
