//! `cache`, `ttl`: every value for a time. How much that is, the rate decides.

use std::time::Duration;

use axum::response::Response;
use bytes::Bytes;
use heapgym_shared::workload::Cache;
use moka::sync::Cache as Values;

use super::{make, reply};

pub(super) fn values(time_to_live: Duration) -> Values<u64, Bytes> {
    // What has expired is let go when somebody asks for something: without requests, it stays.
    Values::builder().time_to_live(time_to_live).build()
}

pub(super) async fn handle(values: Values<u64, Bytes>, key: u64, parameters: Cache) -> Response {
    reply(values.get_with(key, || make(key, &parameters)))
}
