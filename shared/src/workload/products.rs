//! `products`: one record with a large payload, serialised as JSON for every request.

use serde::{Deserialize, Serialize};

use super::{VariantInfo, WorkloadInfo};
use crate::{
    field::{Choice, Number, Parameter, Reader, Rejection},
    unit::{MIB, Unit},
};

/// Size of the record's payload before it is escaped into JSON.
pub const PAYLOAD_BYTES: Number = Number {
    name: "payload_bytes",
    title: "Payload",
    unit: Unit::Bytes,
    min: 0.0,
    max: (16 * MIB) as f64,
    default: Some(MIB as f64),
    whole: true,
    help: "Bytes of payload in each record, before JSON escapes them.",
};

/// What the payload consists of.
pub const FILL: Choice = Choice {
    name: "fill",
    title: "Fill",
    options: &["nul", "text"],
    help: "nul bytes are escaped as six characters each, so 1 MiB becomes a 6 MiB reply; text stays as long as it is.",
};

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "products",
    title: "Products",
    summary: "GET /api/products answers with one record: an id, a name and a large payload, as JSON. Each request \
              is worked on by a thread of its own.",
    variants: &[
        VariantInfo {
            id: "naive",
            summary: "A fresh payload buffer, a copy of it as a string, a hundred throw-away concatenations and a \
                      freshly grown reply for every request.",
        },
        VariantInfo {
            id: "pooled",
            summary: "Payload, text and reply buffers are reused; the reply's buffer comes back once the socket \
                      has written it.",
        },
    ],
    parameters: &[Parameter::Number(PAYLOAD_BYTES), Parameter::Choice(FILL)],
};

/// The parameters of `products`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Products {
    /// Bytes of payload in each record.
    pub payload_bytes: u64,
    /// What the payload consists of.
    pub fill: Fill,
}

/// What a payload consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// NUL bytes, as in the article: JSON needs six characters for each.
    Nul,
    /// Printable characters that JSON leaves as they are.
    Text,
}

impl Fill {
    /// The byte a payload is filled with.
    pub fn byte(self) -> u8 {
        match self {
            Fill::Nul => 0,
            Fill::Text => b'x',
        }
    }
}

impl Products {
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            payload_bytes: reader.integer(&PAYLOAD_BYTES)?,
            fill: if reader.choice(&FILL)? == "text" { Fill::Text } else { Fill::Nul },
        })
    }
}
