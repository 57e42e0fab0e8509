//! `cache`, `unbounded`: a map. It never lets go of anything.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::response::Response;
use bytes::Bytes;
use heapgym_shared::workload::Cache;

use super::{make, reply};

pub(super) async fn handle(values: Arc<Mutex<HashMap<u64, Bytes>>>, key: u64, parameters: Cache) -> Response {
    let mut values = values.lock().unwrap_or_else(PoisonError::into_inner);
    reply(values.entry(key).or_insert_with(|| make(key, &parameters)).clone())
}
