//! All variants answer the same record, and streamed never holds much of it.

use axum::{body::to_bytes, extract::Request, handler::Handler};
use futures_util::StreamExt;
use heapgym_shared::workload::products::Fill;

use super::*;

const VARIANTS: [&str; 6] = ["naive", "pooled", "streamed", "supervised", "value_tree", "arena"];

fn parameters(payload_bytes: u64, fill: Fill) -> Products {
    Products { payload_bytes, fill, oversize_every: 0, oversize_times: 1 }
}

async fn answer(handler: MethodRouter) -> Response {
    handler.call(Request::default(), ()).await
}

async fn body(handler: MethodRouter) -> bytes::Bytes {
    let response = answer(handler).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    to_bytes(response.into_body(), usize::MAX).await.unwrap()
}

#[tokio::test]
async fn variants_differ_in_cost_only() {
    // Nothing, less than a piece, a piece and a little, and many pieces.
    for (fill, times, size) in
        [(Fill::Text, 1, 0), (Fill::Text, 1, 1000), (Fill::Nul, 6, 1366), (Fill::Nul, 6, 100_000)]
    {
        let parameters = parameters(size, fill);
        for variant in VARIANTS {
            let resources = Resources::default();
            let handler = handler(&parameters, variant, &resources).unwrap().unwrap();
            for _used_buffers_must_not_show in 0..2 {
                let body = body(handler.clone()).await;
                let envelope = r#"{"id":1,"name":"Sample Product","data":""}"#.len();
                assert_eq!(body.len(), envelope + size as usize * times, "{variant}");
                let product: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let data = char::from(fill.byte()).to_string().repeat(size as usize);
                assert_eq!(product, serde_json::json!({"id": 1, "name": NAME, "data": data}), "{variant}");
            }
            assert_eq!((resources.requests.begun(), resources.requests.ended()), (2, 2), "{variant}");
        }
    }
}

#[tokio::test]
async fn what_streamed_holds_does_not_grow_with_the_payload() {
    let resources = Resources::default();
    let handler = handler(&parameters(1 << 20, Fill::Nul), "streamed", &resources).unwrap().unwrap();
    let mut parts = answer(handler).await.into_body().into_data_stream();
    assert_eq!(resources.requests.ended(), 0, "the request is not over before its body is");
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        bytes += part.unwrap().len();
    }
    assert!(bytes > 6 << 20);
    let pool = resources.pools.reading();
    // A chunk and the piece of payload that it was made of.
    assert!(pool.idle <= 2 && pool.retained_bytes <= 2 * 32 * 1024, "{pool:?}");
    drop(parts);
    assert_eq!(resources.requests.ended(), 1);
}

#[tokio::test]
async fn a_body_that_nobody_reads_to_its_end_leaves_nothing_behind() {
    let resources = Resources::default();
    let handler = handler(&parameters(1 << 20, Fill::Nul), "streamed", &resources).unwrap().unwrap();
    let mut parts = answer(handler).await.into_body().into_data_stream();
    for _ in 0..5 {
        parts.next().await.unwrap().unwrap();
    }
    drop(parts);
    assert_eq!((resources.requests.begun(), resources.requests.ended()), (1, 1));
    let pool = resources.pools.reading();
    assert_eq!(pool.idle, pool.misses - pool.drops, "all buffers came back");
}

#[tokio::test]
async fn one_request_in_so_many_is_oversized() {
    let parameters = Products { oversize_every: 3, oversize_times: 10, ..parameters(1000, Fill::Text) };
    let handler = handler(&parameters, "naive", &Resources::default()).unwrap().unwrap();
    let mut sizes = Vec::new();
    for _ in 0..6 {
        sizes.push(body(handler.clone()).await.len() / 1000);
    }
    assert_eq!(sizes, [1, 1, 10, 1, 1, 10]);
}
