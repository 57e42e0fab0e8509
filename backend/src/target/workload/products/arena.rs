//! `products`, `arena`: what a request needs lies in one arena, which is reset at once; only the reply outlives it.

use std::{fmt::Write, hint::black_box, str, sync::Arc};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bumpalo::{Bump, collections::String};
use bytes::Bytes;
use crossbeam_queue::ArrayQueue;
use heapgym_shared::workload::Products;
use tokio::task::spawn_blocking;

use super::{DESCRIPTION_PARTS, ID, NAME, PART_BYTES, Product, json};
use crate::target::pool::{Pool, PooledBuffer, Pools};

pub(super) struct Buffers {
    /// Arenas that wait to be used again, within the limits of a pool.
    arenas: ArrayQueue<Bump>,
    max_arena_bytes: usize,
    replies: Pool,
}

impl Buffers {
    pub(super) fn new(pools: &Pools) -> Self {
        Self {
            arenas: ArrayQueue::new(pools.capacity()),
            max_arena_bytes: pools.max_buffer_bytes(),
            replies: pools.pool(),
        }
    }
}

pub(super) async fn handle(buffers: Arc<Buffers>, parameters: Products) -> Response {
    // On a thread of its own, as in `naive`.
    let reply = spawn_blocking(move || reply(&buffers, &parameters)).await;
    reply.unwrap_or_else(|_panicked| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn reply(buffers: &Buffers, parameters: &Products) -> Response {
    let mut arena = buffers.arenas.pop().unwrap_or_default();
    let reply = fill(&arena, buffers.replies.take(), parameters);
    // Everything in it is gone with one move of a pointer.
    arena.reset();
    if arena.allocated_bytes() <= buffers.max_arena_bytes {
        let _ = buffers.arenas.push(arena); // where there is no room for it, it is freed
    }
    match reply {
        Some(reply) => json(Bytes::from_owner(reply)),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn fill(arena: &Bump, mut reply: PooledBuffer, parameters: &Products) -> Option<PooledBuffer> {
    // A buffer and a copy of it as text, as in `naive`: in an arena they cost no more than their bytes.
    let payload = arena.alloc_slice_fill_copy(parameters.payload_bytes as usize, parameters.fill.byte());
    let data = arena.alloc_str(str::from_utf8(payload).ok()?);

    let mut description = String::with_capacity_in(DESCRIPTION_PARTS * PART_BYTES, arena);
    for part in 0..DESCRIPTION_PARTS {
        let _ = write!(description, "part-{part} "); // writing to a String does not fail
    }
    black_box(description);

    serde_json::to_writer(&mut *reply, &Product { id: ID, name: NAME, data }).ok()?;
    Some(reply)
}
