//! `products`: one record with a large payload, serialised as JSON for every request.

use serde::{Deserialize, Serialize};

use super::{Footprint, VariantInfo, WorkloadInfo};
use crate::{
    field::{Choice, Number, Parameter, Reader, Rejection},
    unit::{MIB, Unit},
};

/// Size of the record's payload before it is escaped into JSON.
pub const PAYLOAD_BYTES: Number = Number::whole(
    "payload_bytes",
    "Payload",
    Unit::Bytes,
    (0, 16 * MIB),
    MIB,
    "Bytes of payload in each record, before JSON escapes them.",
);

/// What the payload consists of.
pub const FILL: Choice = Choice {
    name: "fill",
    title: "Fill",
    options: &["nul", "text"],
    help: "nul bytes are escaped as six characters each, so 1 MiB becomes a 6 MiB reply; text stays as long as it is.",
};

/// How often a request is oversized.
pub const OVERSIZE_EVERY: Number = Number::whole(
    "oversize_every",
    "Oversize every",
    Unit::Count,
    (0, 1_000_000),
    0,
    "One request in so many has a payload several times as large; 0 for none. A pool without a size cap keeps what such \
     a request made of its buffers: it is poisoned.",
);

/// How large an oversized request is.
pub const OVERSIZE_TIMES: Number = Number::whole(
    "oversize_times",
    "Oversize times",
    Unit::Count,
    (1, 64),
    16,
    "How many times as large the payload of an oversized request is; no payload has more than 16 MiB.",
);

/// What is known of the workload.
pub const INFO: WorkloadInfo = WorkloadInfo {
    id: "products",
    title: "Products",
    summary: "GET /api/products answers with one record: an id, a name and a large payload, as JSON. Each request \
              is worked on by a thread of its own.",
    watch: "The peak of held memory, and bytes per request. A pool takes away the second and hardly the first: to lower \
            the peak, a request must hold less at a time.",
    claim: "`streamed` stays below 32 MiB where `naive` passes 400 MiB, and answers no fewer requests than `pooled`.",
    variants: &[
        VariantInfo::new(
            "naive",
            "A fresh payload buffer, a copy of it as a string, a hundred throw-away concatenations and a freshly grown \
             reply for every request.",
        ),
        VariantInfo::with_pool(
            "pooled",
            "Payload, text and reply buffers are reused; the reply's buffer comes back once the socket has written it.",
        ),
        VariantInfo::with_pool(
            "streamed",
            "The reply is made and sent in small pooled pieces: what a request holds does not grow with its payload.",
        ),
        VariantInfo::with_pool(
            "supervised",
            "As pooled, and each request tells an audit log of itself: at most 5 s long, and not after its client went away.",
        ),
        VariantInfo::new(
            "value_tree",
            "A tree of JSON values, written to a string, which is copied into the reply.",
        ),
        VariantInfo::with_pool(
            "arena",
            "Everything but the reply lies in an arena that is reset at once; the reply's buffer is pooled.",
        ),
    ],
    parameters: &[
        Parameter::Number(PAYLOAD_BYTES),
        Parameter::Choice(FILL),
        Parameter::Number(OVERSIZE_EVERY),
        Parameter::Number(OVERSIZE_TIMES),
    ],
};

/// The parameters of `products`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Products {
    /// Bytes of payload in each record.
    pub payload_bytes: u64,
    /// What the payload consists of.
    pub fill: Fill,
    /// One request in so many is oversized; 0 for none.
    pub oversize_every: u64,
    /// How many times as large its payload is.
    pub oversize_times: u64,
}

/// What a reply holds that is sent in pieces: one of them, and the part of the payload that it was made of.
const STREAMED_BYTES: u64 = 64 * 1024;

/// What all such replies hold together: pieces that wait for the sockets of clients that are slow.
const STREAMED_SHARED_BYTES: u64 = 2 * 1024 * 1024;

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

    /// Bytes that JSON takes for each byte of it (RFC 8259, section 7).
    pub fn escaped_bytes(self) -> usize {
        match self {
            Fill::Nul => r"\u0000".len(),
            Fill::Text => 1,
        }
    }
}

impl Products {
    pub(super) fn parse(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(Self {
            payload_bytes: reader.integer(&PAYLOAD_BYTES)?,
            fill: if reader.choice(&FILL)? == "text" { Fill::Text } else { Fill::Nul },
            oversize_every: reader.integer(&OVERSIZE_EVERY)?,
            oversize_times: reader.integer(&OVERSIZE_TIMES)?,
        })
    }

    /// All variants but one hold payload, text and reply as a whole; a buffer that grows is up to twice as large as
    /// what it holds, and a pool's stays so.
    pub(super) fn footprint(&self, variant: &str) -> Footprint {
        let payload = self.payload_bytes;
        let in_flight_bytes = payload * 2 * (1 + self.fill.escaped_bytes() as u64);
        match variant {
            "streamed" => Footprint {
                in_flight_bytes: STREAMED_BYTES,
                shared_bytes: STREAMED_SHARED_BYTES,
                ..Footprint::default()
            },
            _ => Footprint { in_flight_bytes, ..Footprint::default() },
        }
    }

    /// The payload of the request with this index, counted from 0.
    pub fn payload_bytes_of(&self, index: u64) -> u64 {
        if self.oversize_every > 0 && (index + 1).is_multiple_of(self.oversize_every) {
            self.largest_payload_bytes()
        } else {
            self.payload_bytes
        }
    }

    /// The payload of an oversized request.
    pub fn largest_payload_bytes(&self) -> u64 {
        (self.payload_bytes * self.oversize_times).min(PAYLOAD_BYTES.max as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_so_many_is_oversized_and_none_has_more_than_a_payload_may() {
        let mut products =
            Products { payload_bytes: 1000, fill: Fill::Text, oversize_every: 3, oversize_times: 16 };
        let sizes = |products: Products| [0, 1, 2, 3, 5].map(|index| products.payload_bytes_of(index));
        assert_eq!(sizes(products), [1000, 1000, 16_000, 1000, 16_000]);
        products.payload_bytes = 8 * MIB;
        assert_eq!(sizes(products)[2], 16 * MIB);
        products.oversize_every = 0;
        assert_eq!(sizes(products), [8 * MIB; 5]);
    }
}
