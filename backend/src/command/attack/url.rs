//! Where an attack goes: a URL of plain HTTP, and which hosts it may name.

use std::{
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    str::FromStr,
    time::Duration,
};

use heapgym_shared::Rejection;
use http::{Uri, uri::InvalidUri};

/// How long one of several addresses of a name may take to accept a connection.
const REACHED_WITHIN: Duration = Duration::from_secs(1);

/// A URL of plain HTTP with a host and no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Url {
    uri: Uri,
    /// As the resolver takes it: an IPv6 address without its brackets.
    host: String,
    port: u16,
}

/// Why a text is not such a URL.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadUrl {
    #[error("TLS is not spoken here: only plain `http://`")]
    Tls,
    #[error("a URL begins with `http://`, such as `http://127.0.0.1:8081/api/products`")]
    NotHttp,
    #[error("{0}")]
    Invalid(#[from] InvalidUri),
    #[error("`{0}` cannot be in a URL: write it as `{encoded}`", encoded = percent_encoded(*.0))]
    Character(char),
    #[error("it names no host")]
    NoHost,
    #[error("credentials go into `--header 'Authorization: ...'`")]
    Credentials,
    #[error("`{0}` is no port: allowed are 1 to 65535")]
    Port(String),
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let begins =
            |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
        if begins("https://") {
            return Err(BadUrl::Tls);
        }
        if !begins("http://") {
            return Err(BadUrl::NotHttp);
        }
        if let Some(character) = text.chars().find(|character| !character.is_ascii_graphic()) {
            return Err(BadUrl::Character(character));
        }
        let uri: Uri = text.parse()?;
        let authority = uri.authority().ok_or(BadUrl::NoHost)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::Credentials);
        }
        let host = authority.host();
        let port = match authority.as_str()[host.len()..].trim_start_matches(':') {
            "" => 80,
            digits => {
                digits.parse().ok().filter(|port| *port > 0).ok_or_else(|| BadUrl::Port(digits.to_owned()))?
            }
        };
        let host = bare(host).to_owned();
        if host.is_empty() {
            return Err(BadUrl::NoHost);
        }
        Ok(Self { uri, host, port })
    }
}

impl Url {
    /// As it was written, without its fragment.
    pub(super) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The address to connect to; names are resolved once, here.
    ///
    /// # Errors
    /// When the host has no address, or may not be attacked: only loopback may, or what `allowed` names.
    pub(super) fn resolve(&self, allowed: Option<&str>) -> Result<SocketAddr, Rejection> {
        let host = &self.host;
        let addresses: Vec<_> = match (host.as_str(), self.port).to_socket_addrs() {
            Ok(addresses) => addresses.collect(),
            Err(error) => {
                return Err(refusal(format!("names `{host}`, which has no address ({error})"), host));
            }
        };
        self.check(&addresses, allowed)?;
        let reached = || addresses.iter().find(|it| TcpStream::connect_timeout(it, REACHED_WITHIN).is_ok());
        // `localhost` often has two, and a server listens on one of them.
        let address = if addresses.len() > 1 { reached() } else { None };
        let address = address.or(addresses.first());
        address.copied().ok_or_else(|| refusal(format!("names `{host}`, which has no address"), host))
    }

    fn check(&self, addresses: &[SocketAddr], allowed: Option<&str>) -> Result<(), Rejection> {
        let host = &self.host;
        if allowed.is_some_and(|allowed| bare(allowed).eq_ignore_ascii_case(host)) {
            return Ok(());
        }
        // One is enough to refuse: which of them is taken must not decide whom the load hits.
        match addresses.iter().find(|address| !address.ip().to_canonical().is_loopback()) {
            None => Ok(()),
            Some(address) => {
                let reason = format!("names `{host}`, whose address {} is not loopback", address.ip());
                Err(refusal(reason, host))
            }
        }
    }
}

fn percent_encoded(character: char) -> String {
    let mut bytes = [0; 4];
    character.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn refusal(reason: String, host: &str) -> Rejection {
    let allowed =
        format!("this machine's loopback addresses; for a host that you may load, `--allow-host {host}`");
    Rejection::new("url", reason, allowed)
}

/// The host without the brackets that a URL puts around an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Url, String> {
        text.parse().map_err(|error: BadUrl| error.to_string())
    }

    #[track_caller]
    fn refused(text: &str, reason: &str) {
        let error = parse(text).unwrap_err();
        assert!(error.contains(reason), "{text}: {error}");
    }

    #[test]
    fn host_port_and_path_are_found() {
        let url = parse("http://127.0.0.1:8081/a/b?c=d#e").unwrap();
        assert_eq!((url.host.as_str(), url.port), ("127.0.0.1", 8081));
        assert_eq!(url.uri().path_and_query().unwrap(), "/a/b?c=d");
        let url = parse("HTTP://[::1]").unwrap();
        assert_eq!((url.host.as_str(), url.port, url.uri().path()), ("::1", 80, "/"));
        assert_eq!(parse("http://localhost:/").unwrap().port, 80);
    }

    #[test]
    fn an_empty_path_keeps_its_query_and_no_fragment() {
        for (text, expect) in [
            ("http://127.0.0.1:81?x=1", "http://127.0.0.1:81/?x=1"),
            ("http://127.0.0.1:81?x=a@b/c", "http://127.0.0.1:81/?x=a@b/c"),
            ("http://127.0.0.1:81#top", "http://127.0.0.1:81/"),
            ("http://127.0.0.1:81?x#top", "http://127.0.0.1:81/?x"),
            ("http://127.0.0.1:81/#top", "http://127.0.0.1:81/"),
        ] {
            assert_eq!(parse(text).unwrap().uri().to_string(), expect, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_a_reason() {
        refused("https://127.0.0.1/", "TLS");
        refused("127.0.0.1:8081/", "begins with `http://`");
        refused("ftp://127.0.0.1/", "begins with `http://`");
        refused("", "begins with `http://`");
        refused("http://", "");
        refused("http:///path", "");
        refused("http://:80/", "");
        refused("http://127.0.0.1:80@example.com/", "credentials");
        refused("http://127.0.0.1:99999/", "no port");
        refused("http://127.0.0.1:0/", "no port");
        refused("http://127.0.0.1/a b", "write it as `%20`");
        refused("http://127.0.0.1?a=b c", "write it as `%20`");
        refused("http://127.0.0.1/a\r\nX: y", "write it as `%0D`");
        refused("http://127.0.0.1/\u{e9}", "write it as `%C3%A9`");
        refused("http://user@127.0.0.1?x", "credentials");
    }

    #[test]
    fn only_loopback_and_the_one_named_host_may_be_attacked() {
        let check = |host: &str, addresses: &[&str], allowed: Option<&str>| {
            let addresses: Vec<_> =
                addresses.iter().map(|it| SocketAddr::new(it.parse().unwrap(), 80)).collect();
            parse(&format!("http://{host}/"))
                .unwrap()
                .check(&addresses, allowed)
                .map_err(|error| error.reason)
        };
        for address in ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(check("a.test", &[address], None), Ok(()), "{address}");
        }
        for address in ["0.0.0.0", "10.0.0.1", "::", "::2", "::ffff:10.0.0.1", "192.0.2.1"] {
            let reason = check("a.test", &["127.0.0.1", address], None).unwrap_err();
            assert!(reason.contains("a.test") && reason.contains("not loopback"), "{reason}");
        }
        assert_eq!(check("a.test", &["192.0.2.1"], Some("A.test")), Ok(()));
        assert!(check("b.a.test", &["192.0.2.1"], Some("a.test")).is_err());
        assert!(check("a.test", &["192.0.2.1"], Some("192.0.2.1")).is_err());
        assert_eq!(check("[2001:db8::1]", &["2001:db8::1"], Some("[2001:db8::1]")), Ok(()));
    }

    #[test]
    fn an_address_resolves_to_itself() {
        let resolve = |text: &str| parse(text).unwrap().resolve(None);
        assert_eq!(resolve("http://127.0.0.1:81/").unwrap(), ([127, 0, 0, 1], 81).into());
        assert_eq!(resolve("http://192.0.2.1/").unwrap_err().field, "url");
    }
}
