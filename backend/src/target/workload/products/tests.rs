//! All variants answer the same bytes.

use axum::body::to_bytes;
use heapgym_shared::workload::products::Fill;

use super::*;

const SIZE: u64 = 1000;

async fn replies(fill: Fill) -> [bytes::Bytes; 3] {
    let parameters = Products { payload_bytes: SIZE, fill };
    let buffers = Arc::new(pooled::Buffers::new(parameters));
    let mut replies = Vec::new();
    for response in [
        naive::handle(parameters).await,
        pooled::handle(Arc::clone(&buffers)).await,
        pooled::handle(Arc::clone(&buffers)).await, // a used buffer must not show
    ] {
        assert_eq!(response.headers()["content-type"], "application/json");
        replies.push(to_bytes(response.into_body(), usize::MAX).await.unwrap());
    }
    replies.try_into().unwrap()
}

#[tokio::test]
async fn variants_differ_in_cost_only() {
    for (fill, data_bytes) in [(Fill::Text, 1000), (Fill::Nul, 6000)] {
        let [naive, pooled, again] = replies(fill).await;
        assert_eq!(naive, pooled);
        assert_eq!(naive, again);
        let envelope = r#"{"id":1,"name":"Sample Product","data":""}"#.len();
        assert_eq!(naive.len(), envelope + data_bytes);
    }
}
