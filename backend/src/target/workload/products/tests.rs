//! All variants answer the same record, and streamed never holds much of it.

use std::future::pending;

use axum::{Router, body::to_bytes, extract::Request, handler::Handler, serve::Listener};
use futures_util::StreamExt;
use heapgym_shared::workload::products::Fill;
use tokio::{
    io::{AsyncWriteExt, DuplexStream, duplex},
    task::yield_now,
};

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

/// A listener to which clients come that are there already.
struct Waiting(Vec<DuplexStream>);

impl Listener for Waiting {
    type Io = DuplexStream;
    type Addr = ();

    async fn accept(&mut self) -> (DuplexStream, ()) {
        match self.0.pop() {
            Some(client) => (client, ()),
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_waits_for_clients_that_do_not_read_is_little() {
    let resources = Resources::default();
    let handler = handler(&parameters(1 << 20, Fill::Nul), "streamed", &resources).unwrap().unwrap();
    let (mut clients, connections): (Vec<_>, _) = (0..100).map(|_| duplex(1024)).unzip();
    let serving =
        tokio::spawn(async { axum::serve(Waiting(connections), Router::new().route("/", handler)).await });
    for client in &mut clients {
        client.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    }
    // All run in turn here, on one thread: by then the server has written what it can.
    for _ in 0..1_000 {
        yield_now().await;
    }
    assert_eq!((resources.requests.begun(), resources.requests.ended()), (100, 0));
    drop(clients);
    while resources.requests.ended() < 100 {
        yield_now().await;
    }
    // Of each the part of the payload that is next and one piece, and 64 pieces of any: 8.25 MiB. It was 13 pieces of
    // each.
    let pool = resources.pools.reading();
    assert!((200..=264).contains(&pool.misses), "{pool:?}");
    serving.abort();
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
