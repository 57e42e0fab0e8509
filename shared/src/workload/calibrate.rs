//! `calibrate`: a workload of known answers, which the instrument must read back.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Number, Parameter, Reader, Rejection},
    unit::Unit,
};

/// Bytes that a request allocates and frees.
pub const BYTES: Number = Number::whole(
    "bytes",
    "Allocated bytes",
    Unit::Bytes,
    (0, 64 << 20),
    0,
    "Bytes that each request allocates, writes to and frees, besides what the framework needs.",
);

/// In how many allocations.
pub const ALLOCATIONS: Number = Number::whole(
    "allocations",
    "Allocations",
    Unit::Count,
    (0, 1_000_000),
    0,
    "In how many allocations, one after the other; at least one when there are bytes, at most one for each byte.",
);

/// Bytes that a request keeps for ever.
pub const LEAK_BYTES: Number = Number::whole(
    "leak_bytes",
    "Leaked bytes",
    Unit::Bytes,
    (0, 16 << 20),
    0,
    "Bytes that each request keeps for ever, in one more allocation. Live memory grows by jemalloc's size class \
           for them: 1,000 B take 1,024 B.",
);

/// How long a request waits.
pub const DELAY_MS: Number = Number::whole(
    "delay_ms",
    "Delay",
    Unit::Milliseconds,
    (0, 10_000),
    0,
    "How long each request waits before it is answered, without holding a thread.",
);

/// How many of 100 requests are rejected.
pub const REJECT_PERCENT: Number = Number::whole(
    "reject_percent",
    "Rejected requests",
    Unit::Percent,
    (0, 100),
    0,
    "How many of each 100 requests are answered with 503 at once, and do nothing else: of 50 % every second one, of 99 % all \
           but one of a hundred.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "calibrate",
    title: "Calibrate",
    summary: "GET /api/calibrate allocates, leaks and waits exactly as much as is set, and answers with an empty \
              body. With everything at zero it is the smallest handler.",
    watch: "Bytes and allocations per request, the slope of live memory and the latency: each must read what was set.",
    claim: "What is allocated, kept and waited for is read back as it was set.",
    variants: &[VariantInfo::new("exact", "Does what is set, no more.")],
    parameters: &[
        Parameter::Number(BYTES),
        Parameter::Number(ALLOCATIONS),
        Parameter::Number(LEAK_BYTES),
        Parameter::Number(DELAY_MS),
        Parameter::Number(REJECT_PERCENT),
    ],
};

/// The parameters of `calibrate`. With `bytes` there is at least one allocation, without there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calibrate {
    /// Bytes allocated and freed per request.
    pub bytes: u64,
    /// Allocations that they are spread over, as evenly as whole bytes go.
    pub allocations: u64,
    /// Bytes kept for ever per request, in one allocation of their own.
    pub leak_bytes: u64,
    /// Milliseconds that a request waits.
    pub delay_ms: u64,
    /// Requests of each 100 that are rejected, from 0 to 100.
    #[serde(default)]
    pub reject_percent: u64,
}

impl Calibrate {
    /// What is asked for.
    pub(super) fn footprint(&self) -> Footprint {
        Footprint { in_flight_bytes: self.bytes, kept_bytes: self.leak_bytes as f64, ..Footprint::default() }
    }

    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        let bytes = reader.integer(&BYTES)?;
        let asked = reader.integer(&ALLOCATIONS)?;
        if asked > bytes {
            // An allocation of no bytes does not reach the allocator.
            let reason = format!("is {}", Unit::Count.format(asked as f64));
            let allowed = format!("at most one for each of {}", Unit::Bytes.format(bytes as f64));
            return Err(Rejection::new(reader.path(ALLOCATIONS.name), reason, allowed));
        }
        Ok(Self {
            bytes,
            allocations: asked.max(bytes.min(1)),
            leak_bytes: reader.integer(&LEAK_BYTES)?,
            delay_ms: reader.integer(&DELAY_MS)?,
            reject_percent: reader.integer(&REJECT_PERCENT)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::workload::Workload;

    fn parse(value: Value) -> Result<Workload, Rejection> {
        Workload::parse(Reader::new("workload", &value).unwrap())
    }

    #[test]
    fn all_is_zero_by_default() {
        assert_eq!(parse(json!({"kind": "calibrate"})).unwrap(), Workload::Calibrate(Calibrate::default()));
    }

    #[test]
    fn bytes_come_in_one_allocation_unless_more_are_asked_for() {
        for (asked, expect) in [(json!(null), 1), (json!(0), 1), (json!(1), 1), (json!(7), 7)] {
            let value = json!({"kind": "calibrate", "bytes": 7, "allocations": asked});
            let Workload::Calibrate(parsed) = parse(value).unwrap() else { panic!() };
            assert_eq!(parsed.allocations, expect);
            let again = serde_json::to_value(Workload::Calibrate(parsed)).unwrap();
            assert_eq!(parse(again).unwrap(), Workload::Calibrate(parsed), "it reads what it writes");
        }
    }

    #[test]
    fn more_allocations_than_bytes_are_refused() {
        for bytes in [0, 9] {
            let value = json!({"kind": "calibrate", "bytes": bytes, "allocations": 10});
            let rejection = parse(value).unwrap_err();
            assert_eq!(rejection.field, "workload.allocations");
            assert_eq!(rejection.allowed, format!("at most one for each of {bytes} B"));
        }
    }
}
