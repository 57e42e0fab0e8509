//! The page, which lives in this program: each file as it is, and as it is sent.

use std::borrow::Cow;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use rust_embed::RustEmbed;

use super::{App, BasePath};

/// What `cargo xtask page` built. A build without it is a server without a page, and says so.
#[derive(RustEmbed)]
#[folder = "../frontend/dist"]
#[allow_missing = true]
struct Page;

/// The page itself.
const INDEX: &str = "index.html";

/// The tag of index.html that sets the base of all addresses in the page, as the build writes it.
const BASE: &str = "<base href=/>";

/// Any path that nothing else answers: a file of the page, or the page itself, which then reads the
/// address (`/r/{id}` and the like are places in it).
pub(super) async fn serve(State(app): App, uri: Uri, request: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    // The page itself is not kept, and has its base filled in.
    if !matches!(path, "" | INDEX)
        && let Some(content) = file(path, &request)
    {
        let kind = mime_guess::from_path(path).first_or_octet_stream();
        // Names at the root hold a hash of their content; those of wasm-bindgen's snippets do not.
        let keep = if path.contains('/') { "no-cache" } else { "public, max-age=31536000, immutable" };
        return answer(content, kind.as_ref(), keep);
    }
    // A chat or a mail program may write the # of a link to settings like this.
    if let Some(fragment) = path.strip_prefix("play%23") {
        return Redirect::temporary(&format!("{}/play#{fragment}", app.base)).into_response();
    }
    // Deeper down than the page's files a dot is part of a place, as in `/c/{a}..{b}`.
    if path != INDEX && !path.contains('/') && path.contains('.') {
        return (StatusCode::NOT_FOUND, "no such file").into_response();
    }
    match index(&app.base, &request) {
        Some(page) => answer(page, "text/html; charset=utf-8", "no-cache"),
        None => (StatusCode::NOT_FOUND, "This build carries no page. Build it with: cargo xtask serve\n")
            .into_response(),
    }
}

/// The page itself, with its base filled in.
fn index(base: &BasePath, request: &HeaderMap) -> Option<Content> {
    if base.is_empty() {
        return file(INDEX, request);
    }
    let page = Page::get(INDEX)?;
    let page = String::from_utf8_lossy(&page.data).replacen(BASE, &format!("<base href=\"{base}/\">"), 1);
    Some(Content::Plain(page.into_bytes().into()))
}

/// The content of a file.
enum Content {
    Plain(Cow<'static, [u8]>),
    /// Compressed when the page was built, far better than there is time for with each request.
    Brotli(Cow<'static, [u8]>),
}

/// A file of the page, compressed where the client takes that; who takes only gzip gets it from the layer around all
/// answers.
fn file(path: &str, request: &HeaderMap) -> Option<Content> {
    let compressed = || Page::get(&format!("{path}.br"));
    match takes_brotli(request).then(compressed).flatten() {
        Some(file) => Some(Content::Brotli(file.data)),
        None => Page::get(path).map(|file| Content::Plain(file.data)),
    }
}

fn answer(content: Content, kind: &str, caching: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, caching)];
    match content {
        Content::Plain(data) => (headers, data).into_response(),
        Content::Brotli(data) => {
            let encoding = [(header::CONTENT_ENCODING, "br"), (header::VARY, "accept-encoding")];
            (headers, encoding, data).into_response()
        }
    }
}

/// Whether the client says that it reads brotli.
fn takes_brotli(request: &HeaderMap) -> bool {
    let offers = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    offers.flat_map(|value| value.split(',')).any(|offer| {
        let (name, weight) = offer.split_once(';').unwrap_or((offer, ""));
        let refused = weight.trim().strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case("br") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_who_takes_it() {
        let takes = |value: &'static str| {
            takes_brotli(&[(header::ACCEPT_ENCODING, value.parse().unwrap())].into_iter().collect())
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=0.5"));
        assert!(!takes("gzip, deflate") && !takes("gzip, br;q=0") && !takes_brotli(&HeaderMap::new()));
    }
}
