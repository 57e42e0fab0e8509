//! `cache`, `bounded`: so many bytes of the values that are asked for most.

use axum::response::Response;
use bytes::Bytes;
use heapgym_shared::workload::Cache;
use moka::sync::Cache as Values;

use super::{make, reply};

pub(super) fn values(most_bytes: u64) -> Values<u64, Bytes> {
    Values::builder().weigher(|_, value: &Bytes| value.len() as u32).max_capacity(most_bytes).build()
}

pub(super) async fn handle(values: Values<u64, Bytes>, key: u64, parameters: Cache) -> Response {
    // Another request for the same key waits for this value instead of making its own.
    reply(values.get_with(key, || make(key, &parameters)))
}
