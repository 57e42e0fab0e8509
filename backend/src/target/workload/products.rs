//! `products`: one record with a large payload, as JSON.

use std::sync::Arc;

use axum::routing::{MethodRouter, get};
use heapgym_shared::workload::Products;
use serde::Serialize;

use crate::target::RequestCounter;

mod naive;
mod pooled;

/// The handlers' sources by variant.
pub(super) const SOURCES: &[(&str, &str)] =
    &[("naive", include_str!("products/naive.rs")), ("pooled", include_str!("products/pooled.rs"))];

/// What a request is answered with.
#[derive(Debug, Serialize)]
struct Product<'a> {
    id: u64,
    name: &'a str,
    data: &'a str,
}

const NAME: &str = "Sample Product";

/// Parts that a description is put together from; nobody reads it, as in the article.
const DESCRIPTION_PARTS: usize = 100;

pub(super) fn handler(
    parameters: &Products,
    variant: &str,
    requests: &RequestCounter,
) -> Option<MethodRouter> {
    let (parameters, requests) = (*parameters, requests.clone());
    match variant {
        "naive" => Some(get(async move || {
            let _request = requests.begin();
            naive::handle(parameters).await
        })),
        "pooled" => {
            let buffers = Arc::new(pooled::Buffers::new(parameters));
            Some(get(async move || {
                let _request = requests.begin();
                pooled::handle(Arc::clone(&buffers)).await
            }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
