//! `products`, `value_tree`: naive as it is often written, with a tree of JSON values that is copied on its way out.

use std::hint::black_box;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use heapgym_shared::workload::Products;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::{DESCRIPTION_PARTS, ID, NAME};

pub(super) async fn handle(parameters: Products) -> Response {
    // On a thread of its own, as in `naive`.
    let reply = spawn_blocking(move || reply(&parameters)).await;
    reply.unwrap_or_else(|_panicked| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn reply(parameters: &Products) -> Response {
    let payload = vec![parameters.fill.byte(); parameters.payload_bytes as usize];
    let data = String::from_utf8_lossy(&payload).to_string();

    // Each part is a map of its own, with keys and values of its own.
    let parts: Vec<Value> =
        (0..DESCRIPTION_PARTS).map(|part| json!({"number": part, "text": format!("part-{part} ")})).collect();
    black_box(json!({"parts": parts}).to_string());

    // The macro copies the data into the tree, and the tree is written to a string that is copied once more.
    let tree = json!({"id": ID, "name": NAME, "data": data});
    let text = tree.to_string();
    super::json(text.clone())
}
