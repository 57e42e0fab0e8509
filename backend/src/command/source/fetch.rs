//! Fetches a document from a server over plain HTTP.

use anyhow::{Context, bail};
use axum::body::Body;
use heapgym_shared::{Rejection, protocol::MAX_RUN_FILE_BYTES};
use http::Uri;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

/// Longest quote of a reply that is not heapgym's.
const MAX_QUOTE: usize = 200;

/// The JSON document at an address.
///
/// # Errors
/// When the server does not answer, or refuses.
pub(super) fn document(address: &str) -> anyhow::Result<Vec<u8>> {
    let uri: Uri = address.parse().with_context(|| format!("`{address}` is not an address"))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
        let reply = client.get(uri).await.with_context(|| format!("no server answers at `{address}`"))?;
        let status = reply.status();
        let body = Limited::new(reply.into_body(), MAX_RUN_FILE_BYTES).collect().await;
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => anyhow::anyhow!("`{address}` is larger than {} MiB", MAX_RUN_FILE_BYTES >> 20),
            false => anyhow::anyhow!("`{address}` broke off: {error}"),
        })?;
        let body = body.to_bytes();
        if !status.is_success() {
            bail!("the server refuses `{address}` with {status}: {}", reason(&body));
        }
        Ok(body.into())
    })
}

/// What a server says of a refusal, in one line.
fn reason(body: &[u8]) -> String {
    if let Ok(rejection) = serde_json::from_slice::<Rejection>(body) {
        return rejection.to_string();
    }
    let text = String::from_utf8_lossy(body);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(MAX_QUOTE).collect()
}
