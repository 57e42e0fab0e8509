//! The page, which lives in this program.

use axum::{
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

/// What Trunk built. A build without it is a server without a page, and says so.
#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
#[allow_missing = true]
struct Page;

/// Any path that nothing else answers: a file of the page, or the page itself, which then reads the
/// address (`/r/{id}` and the like are places in it).
pub(super) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Page::get(path).filter(|_| !path.is_empty()) {
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        // Names at the root hold a hash of their content; those of wasm-bindgen's snippets do not.
        let keep = if path.contains('/') { "no-cache" } else { "public, max-age=31536000, immutable" };
        let headers =
            [(header::CONTENT_TYPE, kind.as_ref().to_owned()), (header::CACHE_CONTROL, keep.to_owned())];
        return (headers, file.data).into_response();
    }
    // Deeper down than the page's files a dot is part of a place, as in `/c/{a}..{b}`.
    if !path.contains('/') && path.contains('.') {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    }
    match Page::get("index.html") {
        Some(page) => {
            let headers =
                [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
            (headers, page.data).into_response()
        }
        None => (StatusCode::NOT_FOUND, "This build carries no page. Build it with: cargo xtask serve\n")
            .into_response(),
    }
}
