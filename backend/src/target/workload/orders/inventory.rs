//! The inventory as the handlers see it: an HTTP client that keeps its connections for the next call.

use std::{net::SocketAddr, time::Duration};

use axum::body::Body;
use http::{StatusCode, Uri};
use http_body_util::BodyExt;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

/// A connection that nobody used for so long is closed.
const IDLE_FOR: Duration = Duration::from_millis(500);

/// Cheap to clone; clones share the connections.
#[derive(Debug, Clone)]
pub(super) struct Inventory {
    client: Client<HttpConnector, Body>,
    address: SocketAddr,
}

impl Inventory {
    pub(super) fn at(address: SocketAddr) -> Self {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_FOR)
            .build(HttpConnector::new());
        Self { client, address }
    }

    /// Whether an item is in stock; false also when the inventory does not say. It may never answer.
    pub(super) async fn check(&self, item: u32) -> bool {
        let uri = Uri::builder().scheme("http").authority(self.address.to_string());
        let Ok(uri) = uri.path_and_query(format!("/inventory/{item}")).build() else { return false };
        let Ok(response) = self.client.get(uri).await else { return false };
        let found = response.status() == StatusCode::OK;
        // Only a connection whose reply was read can be used again.
        found && response.into_body().collect().await.is_ok()
    }
}
