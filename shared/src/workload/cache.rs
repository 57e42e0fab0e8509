//! `cache`: a value by its key, made when it is not there, and kept; some keys are asked for once only.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Number, Parameter, Reader, Rejection},
    unit::{MIB, Unit},
};

/// Size of a value.
pub const VALUE_BYTES: Number = Number::whole(
    "value_bytes",
    "Value",
    Unit::Bytes,
    (1, MIB),
    4 * 1024,
    "Bytes of each value that is kept.",
);

/// Share of requests for a key that nobody asked for before.
pub const NEW_PERCENT: Number = Number {
    name: "new_percent",
    title: "New keys",
    unit: Unit::Percent,
    min: 0.0,
    max: 100.0,
    default: Some(20.0),
    whole: false,
    help: "Share of the requests that ask for a key which was never asked for before and never is again. The others ask \
           for one of 1,000 keys.",
};

/// How much `bounded` keeps.
pub const CACHE_BYTES: Number = Number::whole(
    "cache_bytes",
    "Cache size",
    Unit::Bytes,
    (MIB / 16, 1024 * MIB),
    8 * MIB,
    "Bytes of values that `bounded` keeps; beyond it the values least likely to be asked for go.",
);

/// How long `ttl` keeps a value.
pub const TTL_MS: Number = Number::whole(
    "ttl_ms",
    "Time to live",
    Unit::Milliseconds,
    (10, 600_000),
    1_000,
    "How long `ttl` keeps a value after it was made.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "cache",
    title: "Cache",
    summary: "GET /api/cache answers with a value by its key, and makes and keeps it when it is not there. Some keys are \
              asked for once only.",
    watch: "Live memory over the requests, and the leak verdict. A cache without a bound is a leak with a better hit rate.",
    claim: "`unbounded` is called leaking; `bounded` is not.",
    variants: &[
        VariantInfo::new("unbounded", "A map that keeps every value for ever."),
        VariantInfo::new("bounded", "A cache that keeps a number of bytes, of the values most asked for."),
        VariantInfo::new("ttl", "A cache that keeps each value for a time: its size follows the rate."),
    ],
    parameters: &[
        Parameter::Number(VALUE_BYTES),
        Parameter::Number(NEW_PERCENT),
        Parameter::Number(CACHE_BYTES),
        Parameter::Number(TTL_MS),
    ],
};

/// The parameters of `cache`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cache {
    /// Bytes of each value.
    pub value_bytes: u64,
    /// Percent of the requests that ask for a key of their own.
    pub new_percent: f64,
    /// Bytes that `bounded` keeps.
    pub cache_bytes: u64,
    /// How long `ttl` keeps a value.
    pub ttl_ms: u64,
}

/// Keys that are asked for again and again.
pub const HOT_KEYS: u64 = 1_000;
/// What an entry takes beside its value: key, links and the table's place.
const ENTRY_BYTES: u64 = 256;

impl Cache {
    /// The values that are kept, and what a reply carries.
    pub(super) fn footprint(&self, variant: &str) -> Footprint {
        let entry = self.value_bytes + ENTRY_BYTES;
        let fresh = entry as f64 * self.new_percent / 100.0;
        let footprint = Footprint { in_flight_bytes: 2 * self.value_bytes, ..Footprint::default() };
        let hot = HOT_KEYS * entry;
        match variant {
            "unbounded" => Footprint { kept_bytes: fresh, shared_bytes: hot, ..footprint },
            "bounded" => {
                Footprint { shared_bytes: self.cache_bytes / self.value_bytes.max(1) * entry, ..footprint }
            }
            _ => Footprint { shared_bytes: hot, lingering: Some((fresh as u64, self.ttl_ms)), ..footprint },
        }
    }

    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            value_bytes: reader.integer(&VALUE_BYTES)?,
            new_percent: reader.number(&NEW_PERCENT)?,
            cache_bytes: reader.integer(&CACHE_BYTES)?,
            ttl_ms: reader.integer(&TTL_MS)?,
        })
    }
}
