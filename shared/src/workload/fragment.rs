//! `fragment`: objects of many sizes, of which most live for a moment and a few are kept.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Number, Parameter, Reader, Rejection},
    unit::Unit,
};

/// Objects per request.
pub const OBJECTS: Number = Number::whole(
    "objects",
    "Objects",
    Unit::Count,
    (1, 100_000),
    256,
    "Objects that each request makes, of six sizes from 48 to 320 bytes.",
);

/// How many of them are kept.
pub const KEEP_EVERY: Number = Number::whole(
    "keep_every",
    "Keep one in",
    Unit::Count,
    (1, 100_000),
    64,
    "One object in so many outlives its request's; the 8,192 latest of them are kept.",
);

/// How long the others live.
pub const HOLD_MS: Number = Number::whole(
    "hold_ms",
    "Hold",
    Unit::Milliseconds,
    (1, 10_000),
    500,
    "How long the other objects of a request live, as those of a session do.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "fragment",
    title: "Fragment",
    summary: "GET /api/fragment makes objects of many sizes. Most live for a moment, and a few among them are kept.",
    watch: "Live and held memory after the load. Objects that are kept hold the pages of all that lay around them.",
    claim: "After `naive` the allocator's active pages are at least three times what is live; `size_classed` and `arena` \
            leave less than half of that.",
    variants: &[
        VariantInfo::new(
            "naive",
            "Every object is an allocation, and those that are kept stay where they are.",
        ),
        VariantInfo::new("size_classed", "What is kept is copied to slots of its size, close together."),
        VariantInfo::new(
            "arena",
            "The objects of a request lie in an arena that goes at once; what is kept is copied out.",
        ),
    ],
    parameters: &[Parameter::Number(OBJECTS), Parameter::Number(KEEP_EVERY), Parameter::Number(HOLD_MS)],
};

/// The parameters of `fragment`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fragment {
    /// Objects that each request makes.
    pub objects: u64,
    /// One in so many is kept.
    pub keep_every: u64,
    /// How long the others live.
    pub hold_ms: u64,
}

/// The mean of the six sizes, with what keeps an object in its list.
const OBJECT_BYTES: u64 = 256;

impl Fragment {
    /// The objects of a request live on after it for a while.
    pub(super) fn footprint(&self) -> Footprint {
        let objects = self.objects * OBJECT_BYTES;
        Footprint { lingering: Some((objects, self.hold_ms)), ..Footprint::default() }
    }

    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            objects: reader.integer(&OBJECTS)?,
            keep_every: reader.integer(&KEEP_EVERY)?,
            hold_ms: reader.integer(&HOLD_MS)?,
        })
    }
}
