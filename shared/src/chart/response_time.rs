//! Response time: how long requests took, from the instant they were meant to start.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Median, 90th and 99th percentile of the response time, window by window.
pub static CHART: Chart = Chart {
    id: "response_time",
    title: "Response time",
    unit: Unit::Nanoseconds,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "response_p50", label: "p50" },
        Series { metric: "response_p99", label: "p99" },
        Series { metric: "response_p90", label: "p90" },
    ],
    help: "From the intended start to the last byte of the reply, over the requests that completed since the sample before. \
           Half took no longer than p50, nine in ten no longer than p90, 99 in 100 no longer than p99. There is no line where no request ended.",
};
