//! A host name with an optional port, as `Host`, `Origin` and `--host` write it.

use std::{fmt, net::IpAddr, str::FromStr};

use url::Host;

/// The longest host name of the DNS is 253 bytes; brackets and a port come on top.
const MAX_BYTES: usize = 262;

/// A host and its port.
///
/// Spellings of one authority are equal: letter case and a trailing dot do not matter. Neither do the
/// default ports 80 and 443: behind a proxy the server cannot know which of them the browser uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    host: Host,
    /// `None` for the default ports.
    port: Option<u16>,
}

/// Why a text is not an authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthority {
    /// There is nothing, or only a port.
    #[error("there is no name; give one such as `gym.example` or `gym.example:8080`")]
    Empty,
    /// It has a scheme or a path.
    #[error("give the name alone, without `http://` and without a path, such as `gym.example:8080`")]
    Url,
    /// What follows the colon is not a port.
    #[error("`{0}` is not a port; allowed: 1 to 65535")]
    Port(String),
    /// An IPv6 address without brackets, where a port could not be told from the address.
    #[error("write an IPv6 address in brackets, such as `[::1]:8080`")]
    Brackets,
    /// `0.0.0.0` or `[::]`.
    #[error("give the name or address that browsers show; the address to listen on is set with --listen")]
    Unspecified,
    /// Neither a name nor an address.
    #[error("that is neither a host name nor an IP address; there are no wildcards, --host can be repeated")]
    Name,
}

impl Authority {
    /// An IP address and a port.
    pub fn of(ip: IpAddr, port: u16) -> Self {
        let host = match ip.to_canonical() {
            IpAddr::V4(ip) => Host::Ipv4(ip),
            IpAddr::V6(ip) => Host::Ipv6(ip),
        };
        Self { host, port: unless_default(port) }
    }

    /// The authority in the value of an `Origin` header, such as `https://gym.example`. `None` for all others, such as
    /// `null` (a sandboxed page, a local file) or an extension of the browser.
    pub fn of_origin(origin: &str) -> Option<Self> {
        let (scheme, authority) = origin.split_once("://")?;
        if !matches!(scheme, "http" | "https") {
            return None;
        }
        authority.parse().ok()
    }

    /// Whether the host is this machine, whatever the DNS says.
    pub fn is_loopback(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        }
    }

    /// The same host at another port.
    #[must_use]
    pub fn at_port(&self, port: u16) -> Self {
        Self { host: self.host.clone(), port: unless_default(port) }
    }

    /// The host alone.
    #[must_use]
    pub fn without_port(&self) -> Self {
        Self { host: self.host.clone(), port: None }
    }

    /// Whether both have the same host; their ports may differ.
    pub fn has_host_of(&self, other: &Self) -> bool {
        self.host == other.host
    }
}

impl FromStr for Authority {
    type Err = BadAuthority;

    fn from_str(text: &str) -> Result<Self, BadAuthority> {
        if text.contains('/') {
            return Err(BadAuthority::Url);
        }
        if text.parse::<std::net::Ipv6Addr>().is_ok() {
            return Err(BadAuthority::Brackets);
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port),
            _ => (text, ""),
        };
        let host = host.strip_suffix('.').unwrap_or(host);
        if host.is_empty() {
            return Err(BadAuthority::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(BadAuthority::Name);
        }
        let authority = match Host::parse(host).map_err(|_| BadAuthority::Name)? {
            Host::Domain(name) if is_name(&name) => Self { host: Host::Domain(name), port: None },
            Host::Domain(_) => return Err(BadAuthority::Name),
            Host::Ipv4(ip) => Self::of(ip.into(), 80),
            Host::Ipv6(ip) => Self::of(ip.into(), 80),
        };
        if matches!(authority.host, Host::Ipv4(ip) if ip.is_unspecified())
            || matches!(authority.host, Host::Ipv6(ip) if ip.is_unspecified())
        {
            return Err(BadAuthority::Unspecified);
        }
        Ok(Self { port: parse_port(port)?, ..authority })
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => write!(f, "{}", self.host),
        }
    }
}

/// A port after a colon; nothing after the colon means the default, as in URLs.
fn parse_port(digits: &str) -> Result<Option<u16>, BadAuthority> {
    if digits.is_empty() {
        return Ok(None);
    }
    let bad = || BadAuthority::Port(digits.to_owned());
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(bad());
    }
    match digits.parse() {
        Ok(0) | Err(_) => Err(bad()),
        Ok(port) => Ok(unless_default(port)),
    }
}

fn unless_default(port: u16) -> Option<u16> {
    (!matches!(port, 80 | 443)).then_some(port)
}

/// Whether a name has only letters, digits, hyphens and underscores between its dots.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    name.split('.').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Authority {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn spellings_of_one_authority_are_equal() {
        let spellings = [
            "gym.example",
            "GYM.Example",
            "gym.example.",
            "gym.example:80",
            "gym.example:443",
            "gym.example:",
        ];
        for text in spellings {
            assert_eq!(parse(text), parse("gym.example"), "{text}");
            assert_eq!(parse(text).to_string(), "gym.example");
        }
        assert_eq!(parse("gym.example.:8080"), parse("Gym.example:08080"));
        assert_eq!(parse("[0:0::1]:8080"), parse("[::1]:8080"));
        assert_eq!(parse("[::ffff:10.0.0.5]"), parse("10.0.0.5"));
        assert_eq!(parse("münchen.example"), parse("xn--mnchen-3ya.example"));
        assert_ne!(parse("gym.example:8080"), parse("gym.example"));
        assert_ne!(parse("gym.example:8080"), parse("gym.example:8081"));
    }

    #[test]
    fn what_is_not_a_name_is_refused_with_a_reason() {
        for (text, expect) in [
            ("", BadAuthority::Empty),
            (":8080", BadAuthority::Empty),
            (".", BadAuthority::Empty),
            ("http://gym.example", BadAuthority::Url),
            ("gym.example/path", BadAuthority::Url),
            ("gym.example:port", BadAuthority::Port("port".to_owned())),
            ("gym.example:0", BadAuthority::Port("0".to_owned())),
            ("gym.example:+80", BadAuthority::Port("+80".to_owned())),
            ("gym.example:65536", BadAuthority::Port("65536".to_owned())),
            ("::1", BadAuthority::Brackets),
            ("0.0.0.0:8080", BadAuthority::Unspecified),
            ("[::]", BadAuthority::Unspecified),
            ("gym example", BadAuthority::Name),
            (" gym.example", BadAuthority::Name),
            ("*.example", BadAuthority::Name),
            ("a.example,b.example", BadAuthority::Name),
            ("me@gym.example", BadAuthority::Name),
            ("gym..example", BadAuthority::Name),
            ("[::1", BadAuthority::Name),
            ("10.0.0.256", BadAuthority::Name),
            (&"a".repeat(300), BadAuthority::Name),
        ] {
            assert_eq!(text.parse::<Authority>(), Err(expect), "{text:?}");
        }
    }

    #[test]
    fn loopback_is_this_machine_by_every_address() {
        for text in
            ["localhost", "LOCALHOST.:8080", "127.0.0.1", "127.1.2.3:9", "[::1]", "[::ffff:127.0.0.1]:8080"]
        {
            assert!(parse(text).is_loopback(), "{text}");
        }
        for text in ["evil.localhost", "localhost.example", "10.0.0.5", "[fe80::1]", "127.0.0.1.example"] {
            assert!(!parse(text).is_loopback(), "{text}");
        }
    }

    #[test]
    fn an_origin_is_one_of_a_web_page() {
        assert_eq!(Authority::of_origin("https://Gym.example"), Some(parse("gym.example")));
        assert_eq!(Authority::of_origin("http://[::1]:8080"), Some(parse("[::1]:8080")));
        for text in ["null", "", "gym.example", "file://", "chrome-extension://abc", "https://", "http://a b"]
        {
            assert_eq!(Authority::of_origin(text), None, "{text}");
        }
    }
}
