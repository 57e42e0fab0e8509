//! `cache`: a value by its key, made when it is not there.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{body::Body, response::Response, routing::MethodRouter};
use bytes::Bytes;
use heapgym_shared::workload::{Cache, cache::HOT_KEYS};

use super::{Resources, counted, spread};

mod bounded;
mod ttl;
mod unbounded;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("unbounded", include_str!("cache/unbounded.rs")),
    ("bounded", include_str!("cache/bounded.rs")),
    ("ttl", include_str!("cache/ttl.rs")),
];

/// Which key each request asks for: the same ones in each run.
#[derive(Debug, Clone)]
struct Keys {
    new_percent: f64,
    index: Arc<AtomicU64>,
}

impl Keys {
    fn new(new_percent: f64) -> Self {
        Self { new_percent, index: Arc::default() }
    }

    fn next(&self) -> u64 {
        self.key(self.index.fetch_add(1, Relaxed))
    }

    /// The key of the request with this index: a new one as often as was asked for, evenly, else a hot one.
    fn key(&self, index: u64) -> u64 {
        let new_until = |index: u64| (index as f64 * self.new_percent / 100.0) as u64;
        match new_until(index + 1) {
            new if new > new_until(index) => HOT_KEYS + new,
            _ => spread(index, HOT_KEYS),
        }
    }
}

/// The value of a key, as a database would give it.
fn make(key: u64, parameters: &Cache) -> Bytes {
    vec![key as u8; parameters.value_bytes as usize].into()
}

/// The reply shares the value with the cache.
fn reply(value: Bytes) -> Response {
    Response::new(Body::from(value))
}

pub(super) fn handler(
    parameters: &Cache,
    variant: &str,
    resources: &Resources,
) -> io::Result<Option<MethodRouter>> {
    let (parameters, requests) = (*parameters, &resources.requests);
    let keys = Keys::new(parameters.new_percent);
    Ok(Some(match variant {
        "unbounded" => {
            let values = Arc::new(Mutex::default());
            counted(requests, move || unbounded::handle(Arc::clone(&values), keys.next(), parameters))
        }
        "bounded" => {
            let values = bounded::values(parameters.cache_bytes);
            counted(requests, move || bounded::handle(values.clone(), keys.next(), parameters))
        }
        "ttl" => {
            let values = ttl::values(Duration::from_millis(parameters.ttl_ms))?;
            counted(requests, move || ttl::handle(values.clone(), keys.next(), parameters))
        }
        _ => return Ok(None),
    }))
}

#[cfg(test)]
mod tests;
