//! CPU time: whose it is.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// CPUs that the target, its runtime's workers and the load generator keep busy.
pub static CHART: Chart = Chart {
    id: "cpu",
    title: "CPU",
    unit: Unit::Cores,
    kind: Kind::Lines,
    folded: true,
    series: &[
        Series { metric: "cpu", label: "Target" },
        Series { metric: "busy", label: "Workers busy" },
        Series { metric: "load_cpu", label: "Load generator" },
    ],
    help: "CPUs kept busy. Where the target has all it may have, requests wait; where the load generator has, the rate is \
           its own limit and not the target's. Workers are the threads of the async runtime: blocking ones are not among them.",
};
