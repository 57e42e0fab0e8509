//! `products`, `pooled`: payload and reply buffers are used again, and text is reserved once.

use std::{fmt::Write, hint::black_box, str, sync::Arc};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use heapgym_shared::workload::Products;
use tokio::task::spawn_blocking;

use super::{DESCRIPTION_PARTS, ID, NAME, PART_BYTES, Product, json};
use crate::target::pool::{Pool, Pools};

pub(super) struct Buffers {
    payloads: Pool,
    replies: Pool,
}

impl Buffers {
    pub(super) fn new(pools: &Pools) -> Self {
        Self { payloads: pools.pool(), replies: pools.pool() }
    }
}

pub(super) async fn handle(buffers: Arc<Buffers>, parameters: Products) -> Response {
    // On a thread of its own, as in `naive`.
    let reply = spawn_blocking(move || reply(&buffers, &parameters)).await;
    reply.unwrap_or_else(|_panicked| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn reply(buffers: &Buffers, parameters: &Products) -> Response {
    // The buffer of an earlier request, filled again, and read where it lies.
    let mut payload = buffers.payloads.take();
    payload.resize(parameters.payload_bytes as usize, parameters.fill.byte());
    let Ok(data) = str::from_utf8(&payload) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };

    let mut description = String::with_capacity(DESCRIPTION_PARTS * PART_BYTES);
    for part in 0..DESCRIPTION_PARTS {
        let _ = write!(description, "part-{part} "); // writing to a String does not fail
    }
    black_box(description);

    let mut reply = buffers.replies.take();
    if serde_json::to_writer(&mut *reply, &Product { id: ID, name: NAME, data }).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    // The body owns the buffer: it returns to the pool once the socket has written it.
    json(Bytes::from_owner(reply))
}
