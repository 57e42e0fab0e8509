//! `products`, `pooled`: payload and reply buffers are used again, and text is reserved once.

use std::{fmt::Write, hint::black_box, str, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use heapgym_shared::workload::Products;
use tokio::task::spawn_blocking;

use super::{DESCRIPTION_PARTS, NAME, Product};
use crate::target::pool::Pool;

/// Idle buffers kept; more than the requests in flight that the pool is meant for.
const POOL_CAPACITY: usize = 256;

/// Longest part is `part-99 `.
const PART_BYTES: usize = 8;

pub(super) struct Buffers {
    payloads: Pool,
    replies: Pool,
    parameters: Products,
}

impl Buffers {
    pub(super) fn new(parameters: Products) -> Self {
        let pool = || Pool::new(POOL_CAPACITY);
        Self { payloads: pool(), replies: pool(), parameters }
    }
}

pub(super) async fn handle(buffers: Arc<Buffers>) -> Response {
    // On a thread of its own, as in `naive`.
    let reply = spawn_blocking(move || reply(&buffers)).await;
    reply.unwrap_or_else(|_panicked| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn reply(buffers: &Buffers) -> Response {
    // The buffer of an earlier request, filled again, and read where it lies.
    let mut payload = buffers.payloads.take();
    payload.resize(buffers.parameters.payload_bytes as usize, buffers.parameters.fill.byte());
    let Ok(data) = str::from_utf8(&payload) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };

    let mut description = String::with_capacity(DESCRIPTION_PARTS * PART_BYTES);
    for part in 0..DESCRIPTION_PARTS {
        let _ = write!(description, "part-{part} "); // writing to a String does not fail
    }
    black_box(description);

    let mut reply = buffers.replies.take();
    if serde_json::to_writer(&mut *reply, &Product { id: 1, name: NAME, data }).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    // The body owns the buffer: it returns to the pool once the socket has written it.
    let mut response = Body::from(Bytes::from_owner(reply)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
