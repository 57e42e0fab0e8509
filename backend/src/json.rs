//! Reads JSON documents that come from people: files, replies, request bodies.

use serde::{Deserialize, de::DeserializeOwned};

mod kind;

pub use kind::Kind;

/// The mark that some editors write before UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Why bytes are not the JSON document that was asked for. Each is half a sentence about the document.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It is text in another encoding.
    #[error("is in {0}, not in UTF-8: save it as UTF-8")]
    Encoding(&'static str),
    /// It is not text.
    #[error("is compressed with gzip: unpack it first")]
    Compressed,
    /// It is text, but not JSON.
    #[error("is not JSON: {0}")]
    Syntax(serde_json::Error),
    /// It is another document of heapgym's than was asked for.
    #[error("is {found}; needed: {wanted}")]
    OtherKind {
        /// What it is.
        found: Kind,
        /// What was asked for, and where that comes from.
        wanted: String,
    },
    /// It is JSON, but not a document of heapgym's.
    #[error("is not a document of heapgym's; needed: {0}")]
    Unknown(String),
    /// It is of the right kind, but a part of it is wrong.
    #[error("is damaged, or of another version of heapgym: {0}")]
    Damaged(serde_json::Error),
}

/// Reads a value from UTF-8, with or without a byte order mark.
///
/// # Errors
/// When the bytes are in another encoding, are not JSON or hold something else.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NotRead> {
    let text = utf8(bytes)?;
    serde_json::from_slice(text).map_err(|error| match error.is_data() {
        true => NotRead::Damaged(error),
        false => NotRead::Syntax(error),
    })
}

/// Reads a document of this kind.
///
/// # Errors
/// As [`read`], and when the document is of another kind.
pub fn read_as<T: DeserializeOwned>(kind: Kind, bytes: &[u8]) -> Result<T, NotRead> {
    expect(&[kind], bytes)?;
    read(bytes)
}

/// The kind of a document, if it is one of these.
///
/// # Errors
/// As [`read`], and when the document is of another kind.
pub fn expect(kinds: &[Kind], bytes: &[u8]) -> Result<Kind, NotRead> {
    let found = Kind::of(utf8(bytes)?)?;
    match found {
        Some(found) if kinds.contains(&found) => Ok(found),
        Some(found) => Err(NotRead::OtherKind { found, wanted: Kind::wanted(kinds) }),
        None => Err(NotRead::Unknown(Kind::wanted(kinds))),
    }
}

/// The specification that a document is, or that a report or a run has.
///
/// # Errors
/// As [`read`], and when the document is of another kind.
pub fn specification(bytes: &[u8]) -> Result<serde_json::Value, NotRead> {
    /// A report or a run, of which nothing else is read.
    #[derive(Debug, Deserialize)]
    struct Holder {
        spec: serde_json::Value,
    }
    match expect(&[Kind::Specification, Kind::Report, Kind::Run], bytes)? {
        Kind::Specification => read(bytes),
        _ => read(bytes).map(|Holder { spec }| spec),
    }
}

/// The text of the bytes, which need not be UTF-8 to its end: the reader of the JSON sees to that.
fn utf8(bytes: &[u8]) -> Result<&[u8], NotRead> {
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
    if text.trim_ascii().is_empty() {
        return Err(NotRead::Empty);
    }
    // JSON begins with an ASCII character, so that zeros tell the encodings of wider units apart.
    match text {
        [0xff, 0xfe, 0, 0, ..] | [_, 0, 0, 0, ..] => Err(NotRead::Encoding("UTF-32LE")),
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, _, ..] => Err(NotRead::Encoding("UTF-32BE")),
        [0xff, 0xfe, ..] | [_, 0, ..] => Err(NotRead::Encoding("UTF-16LE")),
        [0xfe, 0xff, ..] | [0, _, ..] => Err(NotRead::Encoding("UTF-16BE")),
        [0x1f, 0x8b, ..] => Err(NotRead::Compressed),
        text => match std::str::from_utf8(text) {
            Ok(_) => Ok(text),
            Err(_) => Err(NotRead::Encoding("an unknown encoding")),
        },
    }
}

#[cfg(test)]
mod tests;
