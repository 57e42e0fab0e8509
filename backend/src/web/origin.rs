//! Who may open a websocket: pages of this server, and programs that are no browser.

use axum::http::{HeaderMap, header};

/// Whether an upgrade with these headers may go on.
///
/// CORS does not guard websockets: any site could open one from a visitor's browser. So a browser's
/// `Origin` must name the host the request was sent to. A request to a loopback server under a
/// foreign name (DNS rebinding) is refused as well, by its `Host`.
pub(super) fn allowed(headers: &HeaderMap, served: &[String]) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text(header::HOST) else { return false };
    if !is_loopback(host) && !served.iter().any(|name| name == host) {
        return false;
    }
    match text(header::ORIGIN) {
        None => !headers.contains_key(header::ORIGIN),
        Some(origin) => origin.split_once("://").is_some_and(|(_, origin)| origin == host),
    }
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &'static str, origin: Option<&'static str>, expect: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(allowed(&headers, &["gym.example:8080".to_owned()]), expect, "{host} {origin:?}");
    }

    #[test]
    fn only_pages_of_this_server_and_programs_get_in() {
        check("127.0.0.1:8080", Some("http://127.0.0.1:8080"), true);
        check("localhost:8080", None, true);
        check("[::1]:8080", Some("http://[::1]:8080"), true);
        check("gym.example:8080", Some("https://gym.example:8080"), true);
        check("127.0.0.1:8080", Some("http://evil.example"), false);
        check("127.0.0.1:8080", Some("null"), false);
        check("evil.example:8080", Some("http://evil.example:8080"), false);
        check("evil.example", None, false);
    }
}
