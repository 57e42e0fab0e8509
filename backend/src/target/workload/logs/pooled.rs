//! `logs`, `pooled`: the buffer of an earlier batch, and whole numbers without the formatting machinery.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use heapgym_shared::workload::Logs;

use super::Event;
use crate::target::pool::Pool;

pub(super) async fn handle(buffers: Pool, parameters: Logs) -> Response {
    let mut batch = buffers.take();
    let mut digits = itoa::Buffer::new(); // on the stack
    for event in Event::all(parameters.lines) {
        let mut field = |name: &str, value: &str| {
            batch.extend_from_slice(name.as_bytes());
            batch.extend_from_slice(value.as_bytes());
        };
        field("time=", digits.format(event.time_ms));
        field(" level=", event.level);
        field(" request=", digits.format(event.request));
        field(" user=", digits.format(event.user));
        field(" path=", event.path);
        field(" status=", digits.format(event.status));
        field(" bytes=", digits.format(event.bytes));
        field(" micros=", digits.format(event.micros));
        batch.push(b'\n');
    }
    // The body owns the buffer: it returns to the pool once the socket has written it.
    let body = Body::from(Bytes::from_owner(batch));
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
}
