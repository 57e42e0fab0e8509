//! What an attack asks: its method and headers, refused where the load could not carry them.

use std::str::FromStr;

use http::{HeaderName, HeaderValue, Method, header, header::InvalidHeaderName, header::InvalidHeaderValue};

/// A header that the load sends with each request.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: HeaderName,
    pub(super) value: HeaderValue,
}

/// Why a text is no such header.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadHeader {
    #[error("a header is `Name: value`")]
    NoColon,
    #[error("{0}")]
    Name(#[from] InvalidHeaderName),
    #[error("{0}")]
    Value(#[from] InvalidHeaderValue),
    #[error("requests are sent without a body")]
    Body,
}

impl FromStr for Header {
    type Err = BadHeader;

    fn from_str(text: &str) -> Result<Self, BadHeader> {
        let (name, value) = text.split_once(':').ok_or(BadHeader::NoColon)?;
        let name = name.parse()?;
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(&name) {
            return Err(BadHeader::Body);
        }
        // Blanks alone: a line break at either end is refused, not removed.
        Ok(Self { name, value: value.trim_matches([' ', '\t']).parse()? })
    }
}

/// A method whose replies end where their head says.
///
/// # Errors
/// For a text that is no method, and for the two whose replies are framed in another way.
pub(super) fn method(text: &str) -> Result<Method, String> {
    let method: Method =
        text.to_ascii_uppercase().parse().map_err(|_| "this is no HTTP method".to_owned())?;
    if [Method::HEAD, Method::CONNECT].contains(&method) {
        return Err(format!("the length of a reply to {method} is not in its head"));
    }
    Ok(method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_hold_one_line() {
        let header: Header = "X-Token:  a: b ".parse().unwrap();
        assert_eq!((header.name.as_str(), header.value.to_str().unwrap()), ("x-token", "a: b"));
        assert!("Empty:".parse::<Header>().is_ok());
        for text in
            ["none", ": value", "a b: c", "A: b\r\nC: d", "A: b\n", "A\r\nB: c", "A: \0", "Content-Length: 5"]
        {
            assert!(text.parse::<Header>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn methods_without_a_framed_reply_are_refused() {
        assert_eq!(method("delete"), Ok(Method::DELETE));
        for text in ["HEAD", "connect", "G T", ""] {
            assert!(method(text).is_err(), "{text:?}");
        }
    }
}
