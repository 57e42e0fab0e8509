//! `logs`: a batch of log lines for each request.

use axum::routing::MethodRouter;
use heapgym_shared::workload::Logs;

use super::{Resources, counted};

mod naive;
mod pooled;
mod write_into;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("naive", include_str!("logs/naive.rs")),
    ("write_into", include_str!("logs/write_into.rs")),
    ("pooled", include_str!("logs/pooled.rs")),
];

/// What a line tells.
#[derive(Debug, Clone, Copy)]
struct Event {
    time_ms: u64,
    level: &'static str,
    request: u64,
    user: u64,
    path: &'static str,
    status: u64,
    bytes: u64,
    micros: u64,
}

/// The longest line, with its end.
const LINE_BYTES: usize = 140;

impl Event {
    /// The events that a service under load writes: the same ones in each batch, so that batches can be compared.
    fn all(lines: u64) -> impl Iterator<Item = Self> {
        (0..lines).map(|index| Self {
            time_ms: 1_764_000_000_000 + index,
            level: if index % 50 == 0 { "WARN" } else { "INFO" },
            request: 7_000_000 + index,
            user: index * 7919 % 100_003,
            path: ["/api/products", "/api/orders", "/api/cart", "/health"][index as usize % 4],
            status: if index % 50 == 0 { 503 } else { 200 },
            bytes: index * 104_729 % 65_536,
            micros: index * 611_953 % 9_973,
        })
    }
}

pub(super) fn handler(parameters: &Logs, variant: &str, resources: &Resources) -> Option<MethodRouter> {
    let (parameters, requests) = (*parameters, &resources.requests);
    Some(match variant {
        "naive" => counted(requests, move || naive::handle(parameters)),
        "write_into" => counted(requests, move || write_into::handle(parameters)),
        "pooled" => {
            let buffers = resources.pools.pool();
            counted(requests, move || pooled::handle(buffers.clone(), parameters))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
