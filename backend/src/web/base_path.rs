//! What stands before all paths of the page, where a proxy serves it below a path of its own.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// A path such as `/gym`, or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BasePath(String);

/// Why a text is no base path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "write a path such as /gym: a slash, and then letters, digits, - . _ ~ or further slashes between them"
)]
pub struct BadBasePath;

impl BasePath {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BasePath {
    type Err = BadBasePath;

    fn from_str(text: &str) -> Result<Self, BadBasePath> {
        let path = text.strip_suffix('/').unwrap_or(text);
        if path.is_empty() {
            return Ok(Self::default());
        }
        let is_allowed = |char: char| char.is_ascii_alphanumeric() || "-._~".contains(char);
        let is_segment =
            |segment: &str| !matches!(segment, "" | "." | "..") && segment.chars().all(is_allowed);
        let segments = path.strip_prefix('/').ok_or(BadBasePath)?;
        if segments.split('/').all(is_segment) { Ok(Self(path.to_owned())) } else { Err(BadBasePath) }
    }
}

impl fmt::Display for BasePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_kept_without_its_last_slash() {
        for (text, path) in
            [("/gym", "/gym"), ("/gym/", "/gym"), ("/tools/gym-2", "/tools/gym-2"), ("/", ""), ("", "")]
        {
            assert_eq!(text.parse::<BasePath>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn what_no_address_has_is_refused() {
        for text in [
            "gym",
            "//gym",
            "/a//b",
            "/a/../b",
            "/a b",
            "/ä",
            "/a?b",
            "/\"><script>",
            "http://gym.example/gym",
        ] {
            assert_eq!(text.parse::<BasePath>(), Err(BadBasePath), "{text}");
        }
    }
}
