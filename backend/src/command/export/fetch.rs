//! A run from the server that has it.

use anyhow::{Context, ensure};
use axum::body::Body;
use http::Uri;
use http_body_util::{BodyExt, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

/// More than ten minutes of samples take, at the shortest interval.
const MOST_BYTES: usize = 512 << 20;

/// The run as JSON, from the address that its page has.
///
/// # Errors
/// When the address is none of a run's, the server does not answer, or it has no such run that has ended.
pub(super) fn run(address: &str) -> anyhow::Result<Vec<u8>> {
    let (server, id) = address.split_once("/r/").with_context(|| {
        format!("RUN: `{address}` is no address of a run; allowed: http://{{host}}/r/{{id}}")
    })?;
    let id = id.trim_end_matches('/');
    let uri: Uri = format!("{server}/api/runs/{id}/export.json")
        .parse()
        .with_context(|| format!("RUN: `{address}` is no address"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
        let reply = client.get(uri).await.with_context(|| format!("RUN: `{server}` does not answer"))?;
        let status = reply.status();
        let body = Limited::new(reply.into_body(), MOST_BYTES).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!("RUN: `{address}` broke off: {error}"))?.to_bytes();
        ensure!(
            status.is_success(),
            "RUN: `{address}` was refused with {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body.into())
    })
}
