//! The guard in front of every route: which names the server answers to, and which web pages may use it.
//!
//! A browser lets any page send requests to any address, loopback included. It says which page a request comes
//! from in `Origin`, or else in the fetch metadata headers (<https://www.w3.org/TR/fetch-metadata/>). A page whose
//! name was pointed at this machine (DNS rebinding) counts as this server's own, but its name is in `Host`.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use heapgym_shared::Rejection;

use super::{AppState, authority::Authority, error::ApiError, routes::Kind};

/// How many different refusals are logged as warnings. Those after them are logged as debug messages.
const MAX_WARNINGS: usize = 100;
/// What a body must be declared as. An HTML form cannot send it, and for a script of another site the browser
/// asks the server first.
const JSON: &str = "application/json";

/// Who may use the server.
#[derive(Debug, Default)]
pub struct Guard {
    /// Names of this server beside those of loopback.
    hosts: Vec<Authority>,
    /// Refusals that were logged as warnings.
    warned: Mutex<HashSet<String>>,
}

/// Answers a request, or says why not.
pub(super) async fn check(
    State((app, kind)): State<(Arc<AppState>, Kind)>,
    request: Request,
    next: Next,
) -> Response {
    match app.guard.allow(kind, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            app.guard.log(&error);
            match error {
                // Somebody sees this in a browser's window.
                ApiError::Forbidden(rejection) if wants_text(request.headers()) => {
                    let text = format!("heapgym refused this request: {rejection}\n");
                    (StatusCode::FORBIDDEN, text).into_response()
                }
                error => error.into_response(),
            }
        }
    }
}

impl Guard {
    /// A guard of a server that has these names beside those of loopback.
    pub fn new(hosts: Vec<Authority>) -> Self {
        Self { hosts, ..Self::default() }
    }

    fn allow(&self, kind: Kind, request: &Request) -> Result<(), ApiError> {
        let host = self.host(request)?;
        if !is_read_by_own_page(request) {
            match request.headers().contains_key(header::ORIGIN) {
                true => self.check_origin(&host, request.headers())?,
                false => check_site(kind, request)?,
            }
        }
        check_body(request)
    }

    /// The name that the request was sent to, if it is one of this server.
    fn host(&self, request: &Request) -> Result<Authority, ApiError> {
        let allowed = "localhost, a loopback address, or a name that heapgym was started with";
        let refuse = |reason: &str| ApiError::Forbidden(Rejection::new("Host", reason, allowed));
        let value = single(request.headers(), &header::HOST);
        let value = value.ok_or_else(|| refuse("is missing, or there are several"))?;
        let host: Authority = value.parse().map_err(|_| refuse("is not a host name"))?;
        // HTTP/1.1 lets a client name the server in the request line as well. Browsers do not.
        let in_line = request.uri().authority().map(|authority| authority.as_str().parse());
        if in_line.is_some_and(|name| name.as_ref() != Ok(&host)) {
            return Err(refuse("is not the name in the request line"));
        }
        if host.is_loopback() || self.hosts.iter().any(|name| name.has_host_of(&host)) {
            return Ok(host);
        }
        let reason = format!("is {host}, which is not a name of this server");
        let allowed = format!("{allowed}; to allow this one, start it with --host {host}");
        Err(ApiError::Forbidden(Rejection::new("Host", reason, allowed)))
    }

    /// Accepts requests of this server's own pages, and of those that `--host` names.
    fn check_origin(&self, host: &Authority, headers: &HeaderMap) -> Result<(), ApiError> {
        let allowed = "pages of this server";
        let Some(origin) = single(headers, &header::ORIGIN).and_then(Authority::of_origin) else {
            let reason = "is not that of a web page";
            return Err(ApiError::Forbidden(Rejection::new("Origin", reason, allowed)));
        };
        if origin == *host || self.hosts.contains(&origin) {
            return Ok(());
        }
        let reason = format!("is {origin}, and this server was asked as {host}");
        let allowed = format!("{allowed}; if you trust that page, start heapgym with --host {origin}");
        Err(ApiError::Forbidden(Rejection::new("Origin", reason, allowed)))
    }

    /// Logs a refusal: once as a warning, for it may be a mistake in the set-up.
    fn log(&self, error: &ApiError) {
        let ApiError::Forbidden(rejection) = error else { return };
        let text = rejection.to_string();
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.len() < MAX_WARNINGS && warned.insert(text.clone()) {
            tracing::warn!("refused a request: {text}");
        } else {
            tracing::debug!("refused a request: {text}");
        }
    }
}

/// Whether a page reads from the address that it came from, as the browser sees it. `Origin` and `Host` differ then
/// only behind a proxy that replaced `Host`. The page may load, so that it can show which flag is missing.
fn is_read_by_own_page(request: &Request) -> bool {
    let headers = request.headers();
    let is_same_origin = single(headers, &HeaderName::from_static("sec-fetch-site")) == Some("same-origin");
    is_same_origin && is_read(request.method()) && !headers.contains_key(header::UPGRADE)
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Judges a request without `Origin`: programs send none, and browsers leave it out when a page is opened or a part of
/// a page is fetched. A page of another site may link here, and no more.
fn check_site(kind: Kind, request: &Request) -> Result<(), ApiError> {
    let value = |name| single(request.headers(), &HeaderName::from_static(name));
    // Without the header it is no browser, or one from before 2023.
    let is_from_here = !request.headers().contains_key("sec-fetch-site")
        || matches!(value("sec-fetch-site"), Some("same-origin" | "none"));
    // A frame is opened like a page, and differs in its destination.
    let is_link = is_read(request.method())
        && value("sec-fetch-mode") == Some("navigate")
        && matches!(value("sec-fetch-dest"), None | Some("document"));
    if is_from_here || is_link {
        return Ok(());
    }
    let allowed = match kind {
        Kind::App if request.uri().path().starts_with("/api/") => {
            "requests from heapgym's own page, or from programs, which send no Sec-Fetch-Site"
        }
        Kind::App => "a link to the page",
        Kind::Embed => "a link to the picture; export it to show it on another page",
    };
    let reason = "says that a page of another origin sent this request";
    Err(ApiError::Forbidden(Rejection::new("Sec-Fetch-Site", reason, allowed)))
}

/// Requires that a body which changes something is declared as JSON.
fn check_body(request: &Request) -> Result<(), ApiError> {
    let changes_nothing = is_read(request.method()) || *request.method() == Method::OPTIONS;
    if changes_nothing || request.body().is_end_stream() {
        return Ok(());
    }
    let declared = single(request.headers(), &header::CONTENT_TYPE).unwrap_or_default();
    let media_type = declared.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case(JSON) {
        return Ok(());
    }
    let reason = match media_type {
        "" => "is missing".to_owned(),
        _ => format!("is {}", media_type.chars().take(100).collect::<String>()),
    };
    Err(ApiError::NotJson(Rejection::new("Content-Type", reason, JSON)))
}

/// The value of a header that must not be repeated. `None` if it is missing, repeated or not text.
fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether the client asks for text, as a browser does that opens a page.
fn wants_text(headers: &HeaderMap) -> bool {
    single(headers, &header::ACCEPT).is_some_and(|accept| accept.starts_with("text/"))
}

#[cfg(test)]
mod tests;
