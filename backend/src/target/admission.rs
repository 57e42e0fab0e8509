//! Requests at the gate of a soft memory limit: those that find no room are answered 503 before their handler begins.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use heapgym_probe::soft_limit::Permit;
use http_body_util::BodyExt;

/// When a client that was refused may ask again, in seconds.
const RETRY_AFTER_S: &str = "1";

/// The answer to a request that is not let in.
pub(super) fn shed() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER_S)]).into_response()
}

/// A reply that keeps its request in until the last byte of it is written: it holds memory as long.
///
/// The server lets go of a body as soon as it has taken its bytes, which then wait for the socket. So it is the
/// bytes that keep the permit.
pub(super) fn keep_until_written(permit: Permit, reply: Response) -> Response {
    let permit = Arc::new(permit);
    let (mut head, body) = reply.into_parts();
    // The server cannot tell it from a body whose pieces are looked at.
    if let Some(length) = body.size_hint().exact() {
        head.headers.entry(header::CONTENT_LENGTH).or_insert(length.into());
    }
    let body = body.map_frame(move |frame| {
        frame.map_data(|bytes| Bytes::from_owner(Written { bytes, _permit: Arc::clone(&permit) }))
    });
    Response::from_parts(head, Body::new(body))
}

/// Bytes on their way to the socket.
struct Written {
    bytes: Bytes,
    _permit: Arc<Permit>,
}

impl AsRef<[u8]> for Written {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}
