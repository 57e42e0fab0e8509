//! The address of a page of a server, as it is copied from a browser.

use std::fmt;

use heapgym_shared::{chart::Stretch, protocol::RunId};
use url::Url;

/// A page of a server that shows a run or a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::command) struct Page {
    /// As it was written.
    text: String,
    /// Where the server answers, without a slash at the end: `http://127.0.0.1:8080`.
    pub(in crate::command) server: String,
    /// What the page shows.
    pub(in crate::command) shows: Shows,
    /// The stretch of time that it shows; `None` for all of the run.
    pub(in crate::command) stretch: Option<Stretch>,
}

/// What a page shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::command) enum Shows {
    /// `/r/{id}`: a run.
    Run(RunId),
    /// `/c/{a}..{b}`: a comparison.
    Pair(RunId, RunId),
}

/// Why a text is not the address of a page.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::command) enum BadAddress {
    /// `https://`, with the address of the run's data, if it names a run.
    #[error(
        "heapgym reads http:// only, it has no TLS. Fetch the run with another tool and give its file: \
         curl -o run.json {0}"
    )]
    Tls(String),
    /// A scheme that is not a browser's.
    #[error("heapgym reads http:// addresses only, not {0}://")]
    Scheme(String),
    /// A slash is missing, or a colon.
    #[error("an address begins with http://, such as {ADDRESS}")]
    Damaged,
    #[error("it is not an address: {0}; a run has {ADDRESS}")]
    Invalid(#[from] url::ParseError),
    #[error("heapgym sends no name and password: take them out of the address")]
    Credentials,
    /// Another page, or an id that cannot be one.
    #[error(
        "this is not the address of a run; a run has {ADDRESS}, a comparison http://127.0.0.1:8080/c/ID..ID"
    )]
    NoRun,
    #[error("`t={0}` is not a stretch of time: {allowed}", allowed = Stretch::ALLOWED)]
    Stretch(String),
}

/// What the address of a run looks like.
const ADDRESS: &str = "http://127.0.0.1:8080/r/ID";

impl Page {
    /// Reads an address; `None` for a text that is a file's name.
    ///
    /// # Errors
    /// When it is an address, but not one of a page that shows runs.
    pub(in crate::command) fn parse(text: &str) -> Result<Option<Self>, BadAddress> {
        let lower = text.trim().to_ascii_lowercase();
        if !lower.contains("://") {
            let begins = ["http:", "https:", "http/", "https/"].iter().any(|start| lower.starts_with(start));
            return if begins { Err(BadAddress::Damaged) } else { Ok(None) };
        }
        let url = Url::parse(text.trim())?;
        let shown = Self::of(text.trim(), &url);
        match url.scheme() {
            "http" if !url.username().is_empty() || url.password().is_some() => Err(BadAddress::Credentials),
            "http" => shown.map(Some),
            "https" => {
                let mut data = shown.map_or_else(|_| vec!["URL".to_owned()], |page| page.run_addresses());
                Err(BadAddress::Tls(data.remove(0)))
            }
            other => Err(BadAddress::Scheme(other.to_owned())),
        }
    }

    fn of(text: &str, url: &Url) -> Result<Self, BadAddress> {
        let segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
        let id = |text: &str| {
            let is_id =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
            is_id.then(|| RunId(text.to_owned())).ok_or(BadAddress::NoRun)
        };
        let pair = |text: &str| -> Result<Shows, BadAddress> {
            let (a, b) = text.split_once("..").ok_or(BadAddress::NoRun)?;
            Ok(Shows::Pair(id(a)?, id(b)?))
        };
        // Pages, and the data behind them.
        let (before, shows) = match &segments[..] {
            [before @ .., "r", run] => (before, Shows::Run(id(run)?)),
            [before @ .., "c", runs] => (before, pair(runs)?),
            [before @ .., "api", "runs", run] | [before @ .., "api", "runs", run, _] => {
                (before, Shows::Run(id(run)?))
            }
            [before @ .., "api", "compare", runs] => (before, pair(runs)?),
            _ => return Err(BadAddress::NoRun),
        };
        let mut server = url.origin().ascii_serialization();
        for segment in before {
            server = format!("{server}/{segment}");
        }
        let stretch = url.fragment().and_then(|fragment| fragment.strip_prefix("t="));
        let stretch = stretch
            .map(|text| Stretch::parse(text).ok_or_else(|| BadAddress::Stretch(text.to_owned())))
            .transpose()?;
        Ok(Self { text: text.to_owned(), server, shows, stretch })
    }

    /// Where the server has the data of the runs.
    pub(super) fn run_addresses(&self) -> Vec<String> {
        let data = |id: &RunId| format!("{}/api/runs/{id}/export.json", self.server);
        match &self.shows {
            Shows::Run(id) => vec![data(id)],
            Shows::Pair(a, b) => vec![data(a), data(b)],
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The address that somebody may have meant who wrote the name of a file that is not there: `localhost:8080/r/ID`,
/// `/r/ID`.
pub(super) fn address_instead(text: &str) -> Option<String> {
    let (host, _) = text.split_once("/r/").or_else(|| text.split_once("/c/"))?;
    let address = match host {
        path if path.starts_with('/') && !path.starts_with("//") => return None,
        "" | "." | ".." => format!("http://127.0.0.1:8080/{}", text.trim_start_matches(['.', '/'])),
        _ => format!("http://{}", text.trim_start_matches('/')),
    };
    Page::parse(&address).ok().flatten().map(|page| page.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn page(text: &str) -> Page {
        Page::parse(text).unwrap().unwrap()
    }

    fn id(text: &str) -> RunId {
        RunId(text.to_owned())
    }

    #[test]
    fn addresses_are_read_as_a_browser_shows_them() {
        for text in [
            "http://127.0.0.1:8080/r/abc_-9",
            "http://127.0.0.1:8080/r/abc_-9/",
            "http://127.0.0.1:8080//r/abc_-9//",
            "HTTP://127.0.0.1:8080/r/abc_-9?utm_source=x&y",
            "http://127.0.0.1:8080/r/abc_-9#t=0-100",
            " http://127.0.0.1:8080/r/abc_-9/?a=/r/b#runs ",
            "http://127.0.0.1:8080/api/runs/abc_-9",
            "http://127.0.0.1:8080/api/runs/abc_-9/export.json",
        ] {
            let page = page(text);
            assert_eq!(
                (page.server.as_str(), &page.shows),
                ("http://127.0.0.1:8080", &Shows::Run(id("abc_-9")))
            );
            assert_eq!(page.run_addresses(), ["http://127.0.0.1:8080/api/runs/abc_-9/export.json"]);
            assert_eq!(page.to_string(), text.trim());
        }
        assert_eq!(page("http://a/r/b#t=0-100").stretch, Stretch::parse("0-100"));
        assert_eq!(page("http://a/r/b#t=-10000").stretch, Stretch::parse("-10000"));
        assert_eq!(page("http://a/r/b#s=v1.x").stretch, None);
    }

    #[test]
    fn a_comparison_names_two_runs_and_a_proxy_may_stand_before_the_server() {
        let pair = page("http://a.test/gym/c/x..y/?z#t=100-500");
        assert_eq!(
            (pair.server.as_str(), &pair.shows),
            ("http://a.test/gym", &Shows::Pair(id("x"), id("y")))
        );
        assert_eq!(
            pair.run_addresses(),
            ["x", "y"].map(|id| format!("http://a.test/gym/api/runs/{id}/export.json"))
        );
        assert_eq!(page("http://a/api/compare/x..y").shows, Shows::Pair(id("x"), id("y")));
    }

    #[test]
    fn names_of_files_are_no_addresses() {
        for text in ["run.json", "/tmp/r/run.json", "./a b.json", "", "https.json", "httpd/run.json"] {
            assert_eq!(Page::parse(text), Ok(None), "{text}");
        }
    }

    #[track_caller]
    fn refused(text: &str, words: &str) {
        let error = Page::parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }

    #[test]
    fn what_cannot_work_says_why_and_what_does() {
        refused("https://gym.test/r/abc", "curl -o run.json https://gym.test/api/runs/abc/export.json");
        refused("https://gym.test/", "no TLS");
        refused("ftp://a/r/b", "not ftp://");
        refused("file:///tmp/run.json", "not file://");
        for text in ["http:/a/r/b", "http:a", "https:/a/r/b", "http//a/r/b"] {
            refused(text, "begins with http://");
        }
        refused("http://u:p@a/r/b", "name and password");
        refused("http://", "not an address");
        refused("http://a:99999/r/b", "not an address");
        for text in [
            "http://a/",
            "http://a/r/",
            "http://a/r",
            "http://a/runs",
            "http://a/play#s=v1.x",
            "http://a/r/b/c",
            "http://a/r/b%20c",
            "http://a/c/x",
            "http://a/c/x..",
            "http://a/c/..y",
            "http://a/i/r/b.svg",
        ] {
            refused(text, "not the address of a run");
        }
        refused("http://a/r/b#t=5-1", "not a stretch of time");
        refused("http://a/r/b#t=", "not a stretch of time");
    }

    #[test]
    fn an_address_without_its_beginning_is_completed_in_the_error() {
        assert_eq!(address_instead("localhost:8080/r/abc").as_deref(), Some("http://localhost:8080/r/abc"));
        assert_eq!(address_instead("//a:1/c/x..y").as_deref(), Some("http://a:1/c/x..y"));
        assert_eq!(address_instead("/r/abc").as_deref(), Some("http://127.0.0.1:8080/r/abc"));
        for text in ["run.json", "/tmp/r/run.json", "/tmp/r/run", "r/abc", ""] {
            assert_eq!(address_instead(text), None, "{text}");
        }
    }
}
