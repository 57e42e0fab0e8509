//! `products`, `naive`: everything is made afresh for every request.

use std::hint::black_box;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use heapgym_shared::workload::Products;

use super::{DESCRIPTION_PARTS, NAME, Product};

pub(super) async fn handle(parameters: &Products) -> Response {
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
    Json(Product { id: 1, name: NAME, data: &data }).into_response()
}
