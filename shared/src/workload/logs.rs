//! `logs`: each request writes a batch of log lines.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Number, Parameter, Reader, Rejection},
    unit::Unit,
};

/// Lines in a batch.
pub const LINES: Number = Number::whole(
    "lines",
    "Lines",
    Unit::Count,
    (1, 100_000),
    100,
    "Log lines that each request writes. 1,000 requests per second of 100 lines are 100,000 lines per second.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "logs",
    title: "Logs",
    summary: "GET /api/logs writes a batch of log lines, each with a time, a level, ids and figures, and answers with it.",
    watch: "Allocations per request and CPU time. Memory stays small in every variant: what many small \
            allocations cost is time.",
    claim: "`pooled` takes at most a third of the time of `naive`, and allocates nothing per line.",
    variants: &[
        VariantInfo::new(
            "naive",
            "Each line is formatted into a text of its own and then appended to the batch.",
        ),
        VariantInfo::new(
            "write_into",
            "Lines are formatted straight into one text that was reserved for all of them.",
        ),
        VariantInfo::with_pool(
            "pooled",
            "The batch's buffer is used again, and whole numbers are written without the formatting machinery.",
        ),
    ],
    parameters: &[Parameter::Number(LINES)],
};

/// About what a line has.
const LINE_BYTES: u64 = 128;

/// The parameters of `logs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logs {
    /// Lines in each batch.
    pub lines: u64,
}

impl Logs {
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(Self { lines: reader.integer(&LINES)? })
    }

    /// The batch, in a buffer that has grown to up to twice of it.
    pub(super) fn footprint(&self) -> Footprint {
        Footprint { in_flight_bytes: self.lines * 2 * LINE_BYTES, ..Footprint::default() }
    }
}
