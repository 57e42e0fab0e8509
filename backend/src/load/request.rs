//! The bytes of a request, built once for a whole load.

use std::net::SocketAddr;

use anyhow::{Context, ensure};
use http::{HeaderMap, Method, Uri, header, uri::PathAndQuery};

/// A request as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodedRequest {
    /// All its bytes; it has no body.
    pub bytes: Vec<u8>,
    /// Whether its method is safe (RFC 9110, section 9.2.1), so that it may be sent a second time.
    pub is_safe: bool,
}

/// The request `GET path` to `address`.
///
/// # Errors
/// When the path could not stand in a request line.
pub fn get(address: SocketAddr, path: &str) -> anyhow::Result<EncodedRequest> {
    let bad_path = || format!("bad path `{path}`");
    ensure!(path.starts_with('/'), bad_path());
    let path: PathAndQuery = path.parse().with_context(bad_path)?;
    let uri = Uri::builder().scheme("http").authority(address.to_string()).path_and_query(path).build()?;
    Ok(encode(&Method::GET, &uri, &HeaderMap::new()))
}

/// A request without a body. The types have no room for a line break, so no header can end
/// the head early. `Host` is that of `uri` unless the headers say otherwise.
pub fn encode(method: &Method, uri: &Uri, headers: &HeaderMap) -> EncodedRequest {
    // An empty path is sent as `/`, with a query too (RFC 9112, section 3.2.1).
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut request = format!("{method} {}{query} HTTP/1.1\r\n", uri.path()).into_bytes();
    let mut add = |name: &str, value: &[u8]| {
        request.extend_from_slice(name.as_bytes());
        request.extend_from_slice(b": ");
        request.extend_from_slice(value);
        request.extend_from_slice(b"\r\n");
    };
    if let Some(authority) = uri.authority().filter(|_| !headers.contains_key(header::HOST)) {
        // A port that is left empty is the default one (RFC 9110, section 4.2.3).
        add("host", authority.as_str().trim_end_matches(':').as_bytes());
    }
    // Methods that usually have a body: a server may wait for one unless it is told that there is none.
    if [Method::POST, Method::PUT, Method::PATCH].contains(method) {
        add("content-length", b"0");
    }
    for (name, value) in headers {
        add(name.as_str(), value.as_bytes());
    }
    request.extend_from_slice(b"\r\n");
    EncodedRequest { bytes: request, is_safe: method.is_safe() }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn text(method: &Method, headers: &[(&str, &str)]) -> String {
        let uri = "http://127.0.0.1:80/a?b=c".parse().unwrap();
        let headers = headers.iter().map(|(name, value)| {
            (name.parse::<HeaderName>().unwrap(), value.parse::<HeaderValue>().unwrap())
        });
        String::from_utf8(encode(method, &uri, &headers.collect()).bytes).unwrap()
    }

    #[test]
    fn a_path_cannot_smuggle_a_second_request() {
        let address = ([127, 0, 0, 1], 80).into();
        assert_eq!(
            get(address, "/a?b=c").unwrap().bytes,
            b"GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:80\r\n\r\n"
        );
        for path in ["", "a", "/a b", "/a\r\nX: y", "@other/"] {
            assert!(get(address, path).is_err(), "{path:?}");
        }
    }

    #[test]
    fn an_empty_path_is_a_slash() {
        for (uri, line) in [
            ("http://127.0.0.1:80", "GET / HTTP/1.1"),
            ("http://127.0.0.1:80?x=1", "GET /?x=1 HTTP/1.1"),
            ("http://127.0.0.1:80?", "GET /? HTTP/1.1"),
            ("http://127.0.0.1:80/?x=/y", "GET /?x=/y HTTP/1.1"),
        ] {
            let request = encode(&Method::GET, &uri.parse().unwrap(), &HeaderMap::new());
            assert!(request.bytes.starts_with(line.as_bytes()), "{uri}: {request:?}");
        }
    }

    #[test]
    fn only_safe_methods_may_be_sent_again() {
        let uri = "http://127.0.0.1/".parse().unwrap();
        for (method, is_safe) in
            [("GET", true), ("OPTIONS", true), ("TRACE", true), ("PUT", false), ("POST", false), ("X", false)]
        {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            assert_eq!(encode(&method, &uri, &HeaderMap::new()).is_safe, is_safe, "{method}");
        }
    }

    #[test]
    fn headers_follow_and_host_stands_once() {
        assert_eq!(
            text(&Method::GET, &[("Accept", "*/*"), ("Host", "a.test")]),
            "GET /a?b=c HTTP/1.1\r\naccept: */*\r\nhost: a.test\r\n\r\n"
        );
    }

    #[test]
    fn a_method_that_usually_has_a_body_says_that_there_is_none() {
        assert_eq!(
            text(&Method::POST, &[]),
            "POST /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:80\r\ncontent-length: 0\r\n\r\n"
        );
    }
}
