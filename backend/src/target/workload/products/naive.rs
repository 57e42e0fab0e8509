//! `products`, `naive`: everything is made afresh for every request.

use std::hint::black_box;

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use heapgym_shared::workload::Products;
use tokio::task::spawn_blocking;

use super::{DESCRIPTION_PARTS, ID, NAME, Product};

pub(super) async fn handle(parameters: Products) -> Response {
    // Milliseconds of work do not belong on the runtime's own threads. So each request gets a thread,
    // as it gets a goroutine in Go, and all that are in flight hold their buffers at once.
    let reply = spawn_blocking(move || reply(&parameters)).await;
    reply.unwrap_or_else(|_panicked| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn reply(parameters: &Products) -> Response {
    // A fresh buffer, and a copy of it as text.
    let payload = vec![parameters.fill.byte(); parameters.payload_bytes as usize];
    let data = String::from_utf8_lossy(&payload).to_string();

    // Each `+` may move the whole text to a larger allocation; the result is thrown away.
    let mut description = String::new();
    for part in 0..DESCRIPTION_PARTS {
        description = description + "part-" + &part.to_string() + " ";
    }
    black_box(description);

    // The reply grows from 128 bytes, doubling and moving as it goes.
    Json(Product { id: ID, name: NAME, data: &data }).into_response()
}
