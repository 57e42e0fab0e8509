//! Serves a handler over HTTP/1.1.

use std::convert::Infallible;

use axum::{Router, serve::Listener};
use hyper::server::conn::http1;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;

/// Serves a workload's handler on `listener` until the future is dropped.
///
/// `axum::serve` would let each connection begin in either version of HTTP. While it finds out which, hyper's read
/// buffer grows to twice its size, and 160 to 190 requests go by before hyper allocates a new buffer for each request
/// that waits. So the bytes per request would depend on how many requests a connection has served.
pub async fn serve(mut listener: TcpListener, router: Router) -> Infallible {
    loop {
        // axum's `accept`: it logs an error, waits where descriptors have run out, and goes on.
        let (stream, _) = Listener::accept(&mut listener).await;
        // Replies are written whole: waiting for more to send would only add latency.
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            // An error concerns this connection alone: the client has left, or sends no HTTP.
            if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
                tracing::trace!("a connection failed: {error}");
            }
        });
    }
}
