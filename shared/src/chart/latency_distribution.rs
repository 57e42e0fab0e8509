//! Latency distribution: which part of the requests took no longer than what.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// The response times of all requests in sight, by the part of them that took no longer.
pub static CHART: Chart = Chart {
    id: "latency_distribution",
    title: "Latency distribution",
    unit: Unit::Nanoseconds,
    kind: Kind::Distribution,
    folded: true,
    series: &[Series { metric: "response_p50", label: "Response time" }],
    help: "How long requests took, by the part of them that took no longer: at 99 % stands what one in a hundred exceeds. Each \
           step to the right leaves a tenth of the requests. It counts what ended under load in the stretch of time that the \
           charts show, without the warm-up, to 4.5 %. A line that turns up steeply is a tail.",
};
