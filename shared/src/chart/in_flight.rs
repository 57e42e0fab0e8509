//! In flight: requests on their way, and the tasks that they keep alive in the target.

use super::{Chart, Kind, Series};
use crate::unit::Unit;

/// Requests in flight, and live tasks.
pub static CHART: Chart = Chart {
    id: "in_flight",
    title: "In flight and tasks",
    unit: Unit::Count,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "in_flight", label: "In flight" },
        Series { metric: "live_tasks", label: "Live tasks" },
    ],
    help: "Requests on their way, as the load generator counts them, and tasks that are alive in the target: one for each \
           connection, and whatever the handlers spawned. Tasks that grow while the requests do not are a leak of tasks.",
};
