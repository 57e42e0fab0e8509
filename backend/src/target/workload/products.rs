//! `products`: one record with a large payload, as JSON.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use heapgym_shared::workload::Products;
use serde::Serialize;

use super::{Resources, counted, counted_until_dropped};

mod arena;
mod naive;
mod pooled;
mod streamed;
mod supervised;
mod value_tree;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] = &[
    ("naive", include_str!("products/naive.rs")),
    ("pooled", include_str!("products/pooled.rs")),
    ("streamed", include_str!("products/streamed.rs")),
    ("supervised", include_str!("products/supervised.rs")),
    ("value_tree", include_str!("products/value_tree.rs")),
    ("arena", include_str!("products/arena.rs")),
];

/// What a request is answered with.
#[derive(Debug, Serialize)]
struct Product<'a> {
    id: u64,
    name: &'a str,
    data: &'a str,
}

const ID: u64 = 1;
const NAME: &str = "Sample Product";

/// Parts that a description is put together from; nobody reads it, as in the article.
const DESCRIPTION_PARTS: usize = 100;

/// Longest part is `part-99 `.
const PART_BYTES: usize = 8;

/// A reply whose body is JSON already.
fn json(body: impl Into<Body>) -> Response {
    let mut response = body.into().into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

pub(super) fn handler(
    parameters: &Products,
    variant: &str,
    resources: &Resources,
) -> io::Result<Option<MethodRouter>> {
    let (requests, pools) = (&resources.requests, &resources.pools);
    let next = Next::new(*parameters);
    Ok(Some(match variant {
        "naive" => counted(requests, move || naive::handle(next.request())),
        "pooled" => {
            let buffers = Arc::new(pooled::Buffers::new(pools));
            counted(requests, move || pooled::handle(Arc::clone(&buffers), next.request()))
        }
        "streamed" => {
            let shared = streamed::Shared::new(pools.pool());
            // Its handler replies before the body is made.
            counted_until_dropped(requests, move |request| {
                streamed::handle(shared.clone(), next.request(), request)
            })
        }
        "supervised" => {
            let buffers = Arc::new(pooled::Buffers::new(pools));
            let audit = supervised::Audit::start()?;
            counted(requests, move || supervised::handle(Arc::clone(&buffers), audit.clone(), next.request()))
        }
        "value_tree" => counted(requests, move || value_tree::handle(next.request())),
        "arena" => {
            let buffers = Arc::new(arena::Buffers::new(pools));
            counted(requests, move || arena::handle(Arc::clone(&buffers), next.request()))
        }
        _ => return Ok(None),
    }))
}

/// The parameters request by request: now and then one is oversized.
#[derive(Debug, Clone)]
struct Next {
    parameters: Products,
    index: Arc<AtomicU64>,
}

impl Next {
    fn new(parameters: Products) -> Self {
        Self { parameters, index: Arc::default() }
    }

    fn request(&self) -> Products {
        let payload_bytes = self.parameters.payload_bytes_of(self.index.fetch_add(1, Relaxed));
        Products { payload_bytes, ..self.parameters }
    }
}

#[cfg(test)]
mod tests;
