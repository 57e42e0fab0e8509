//! Latency heat map: how the response times of each moment were distributed.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// The response times of the requests that completed in each moment, all of them, with two percentiles over them.
pub static CHART: Chart = Chart {
    id: "latency_heatmap",
    title: "Latency heat map",
    unit: Unit::Nanoseconds,
    kind: Kind::Heatmap,
    folded: false,
    series: &[
        Series { metric: "response_p99", label: "p99" },
        Series { metric: "response_p50", label: "p50" },
    ],
    help: "Each column is a moment, and the fuller a cell's colour, the more of the requests that completed then took this long. \
           Two bands are two kinds of requests, which a percentile hides; a band that climbs is a queue that grows. Cells are \
           9 % high; the lines are percentiles of the same requests.",
};
