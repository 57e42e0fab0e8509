//! How much live memory a workload is expected to hold: an estimate for the reader before a run, never a figure of one.

use super::Workload;

/// What a service holds, as its handlers are written. Each is an upper estimate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Footprint {
    /// Bytes for each request in flight.
    pub in_flight_bytes: u64,
    /// Bytes that each request leaves behind for ever.
    pub kept_bytes: f64,
    /// Bytes for all requests together, such as those of a cache that has a bound.
    pub shared_bytes: u64,
    /// Bytes that each request holds on to after its reply, and for how many milliseconds.
    pub lingering: Option<(u64, u64)>,
}

/// What connection, parser and task of a request in flight take, beside what its handler does.
pub(super) const REQUEST_BYTES: u64 = 32 * 1024;

impl Workload {
    /// What the service holds when it is written as this variant.
    pub fn footprint(&self, variant: &str) -> Footprint {
        let footprint = match self {
            Self::Products(products) => products.footprint(variant),
            Self::Orders(orders) => orders.footprint(variant),
            Self::Logs(logs) => logs.footprint(),
            Self::Cache(cache) => cache.footprint(variant),
            Self::Fragment(fragment) => fragment.footprint(),
            Self::Calibrate(calibrate) => calibrate.footprint(),
        };
        Footprint { in_flight_bytes: footprint.in_flight_bytes + REQUEST_BYTES, ..footprint }
    }
}
