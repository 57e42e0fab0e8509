//! `products`, `streamed`: the reply is made and sent in small pooled pieces, each when there is room for it.

use std::{convert::Infallible, str, sync::Arc};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use heapgym_shared::workload::Products;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{ID, NAME, Product, json};
use crate::target::{
    pool::{Pool, PooledBuffer},
    requests::RequestGuard,
};

/// Size of a piece.
const CHUNK_BYTES: usize = 32 * 1024;

/// Pieces that wait for their sockets at a time, of all replies together: 2 MiB. Without this the server takes 13 of
/// each reply whose client is slow, so what is held grows with the clients.
const SHARED_ROOM: usize = 64;

const QUOTES: &str = "\"\"";
const END: &str = "\"}";

/// What all replies share.
#[derive(Clone)]
pub(super) struct Shared {
    chunks: Pool,
    room: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(chunks: Pool) -> Self {
        Self { chunks, room: Arc::new(Semaphore::new(SHARED_ROOM)) }
    }
}

pub(super) async fn handle(shared: Shared, parameters: Products, request: RequestGuard) -> Response {
    let Shared { chunks, room: shared_room } = shared;
    // One piece of each reply needs no other's room: nobody waits for clients that do not read.
    let room = Room { own: Arc::new(Semaphore::new(1)), shared: shared_room };
    // The record without its payload, up to where the payload belongs.
    let Some(head) = piece(&chunks, &room, &Product { id: ID, name: NAME, data: "" }).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let head = head.slice(..head.len() - END.len());
    let (left, escaped_bytes) = (parameters.payload_bytes as usize, parameters.fill.escaped_bytes());
    let length = head.len() + left * escaped_bytes + END.len();

    // The payload comes piece by piece too, as from a file: as JSON, a part just fits a chunk.
    let mut part = chunks.take();
    part.resize(left.min((CHUNK_BYTES - QUOTES.len()) / escaped_bytes), parameters.fill.byte());
    let payload = Payload { chunks, room, part, left, _request: request };
    let pieces = stream::iter([head])
        .chain(stream::unfold(payload, Payload::next))
        .chain(stream::iter([Bytes::from_static(END.as_bytes())]));
    let mut response = json(Body::from_stream(pieces.map(Ok::<_, Infallible>)));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}

/// The payload as JSON. The server asks for the next piece while it has little to send.
struct Payload {
    chunks: Pool,
    room: Room,
    part: PooledBuffer,
    /// Bytes of the payload that are still to come.
    left: usize,
    /// The request has ended when its body is gone, read or not.
    _request: RequestGuard,
}

impl Payload {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        let part = &self.part[..self.left.min(self.part.len())];
        if part.is_empty() {
            return None;
        }
        // A text of its own, less its quotes: a piece of the whole one.
        let text = piece(&self.chunks, &self.room, &str::from_utf8(part).ok()?).await?;
        self.left -= part.len();
        Some((text.slice(1..text.len() - 1), self))
    }
}

/// Where a piece of a reply may wait for its socket.
struct Room {
    own: Arc<Semaphore>,
    shared: Arc<Semaphore>,
}

impl Room {
    /// A place in it, as soon as there is one.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        let (own, shared) = (Arc::clone(&self.own), Arc::clone(&self.shared));
        tokio::select! {
            biased;
            place = own.acquire_owned() => place.ok(),
            place = shared.acquire_owned() => place.ok(),
        }
    }
}

/// A chunk, and the place that it has until the socket has written it.
struct Piece {
    chunk: PooledBuffer,
    _place: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Piece {
    fn as_ref(&self) -> &[u8] {
        &self.chunk
    }
}

/// A value as JSON in a chunk, which comes back to the pool once the socket has written it.
async fn piece(chunks: &Pool, room: &Room, value: &impl Serialize) -> Option<Bytes> {
    let place = room.place().await?;
    let mut chunk = chunks.take();
    chunk.reserve_exact(CHUNK_BYTES);
    serde_json::to_writer(&mut *chunk, value).ok()?;
    Some(Bytes::from_owner(Piece { chunk, _place: place }))
}
