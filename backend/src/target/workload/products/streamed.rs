//! `products`, `streamed`: the reply is made and sent in small pooled pieces, each when the socket has room.

use std::{convert::Infallible, iter::once, str};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use heapgym_shared::workload::Products;
use serde::Serialize;

use super::{ID, NAME, Product, json};
use crate::target::{
    pool::{Pool, PooledBuffer},
    requests::RequestGuard,
};

/// Size of a piece. The server queues at most 16 of them for a connection before it writes.
const CHUNK_BYTES: usize = 32 * 1024;

const QUOTES: &str = "\"\"";
const END: &str = "\"}";

pub(super) async fn handle(chunks: Pool, parameters: Products, request: RequestGuard) -> Response {
    // The record without its payload, up to where the payload belongs.
    let Some(head) = write(&chunks, &Product { id: ID, name: NAME, data: "" }) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let head = head.slice(..head.len() - END.len());
    let (left, escaped_bytes) = (parameters.payload_bytes as usize, parameters.fill.escaped_bytes());
    let length = head.len() + left * escaped_bytes + END.len();

    // The payload comes piece by piece too, as from a file: as JSON, a piece just fits a chunk.
    let mut piece = chunks.take();
    piece.resize(left.min((CHUNK_BYTES - QUOTES.len()) / escaped_bytes), parameters.fill.byte());
    let payload = Payload { chunks, piece, left, _request: request };
    let parts = once(head).chain(payload).chain(once(Bytes::from_static(END.as_bytes())));
    let mut response = json(Body::from_stream(stream::iter(parts.map(Ok::<_, Infallible>))));
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    response
}

/// The payload as JSON. The stream asks for the next piece when those before it are on their way.
struct Payload {
    chunks: Pool,
    piece: PooledBuffer,
    /// Bytes of the payload that are still to come.
    left: usize,
    /// The request has ended when its body is gone, read or not.
    _request: RequestGuard,
}

impl Iterator for Payload {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let piece = &self.piece[..self.left.min(self.piece.len())];
        self.left -= piece.len();
        // A text of its own, less its quotes: a piece of the whole one.
        let text = write(&self.chunks, &str::from_utf8(piece).ok()?)?;
        (!piece.is_empty()).then(|| text.slice(1..text.len() - 1))
    }
}

/// A value as JSON in a chunk, which comes back to the pool once the socket has written it.
fn write(chunks: &Pool, value: &impl Serialize) -> Option<Bytes> {
    let mut chunk = chunks.take();
    chunk.reserve_exact(CHUNK_BYTES);
    serde_json::to_writer(&mut *chunk, value).ok()?;
    Some(Bytes::from_owner(chunk))
}
