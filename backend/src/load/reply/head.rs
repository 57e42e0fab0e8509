//! Reads the head of a reply as RFC 9112 tells its recipient to: the status line, and the fields that frame the body.
//!
//! A line may end with a line feed alone, a field value may be folded, and whitespace may stand before a colon:
//! sections 2.2, 5.1 and 5.2 say how to read that. Everything else that the grammar does not allow is refused.

use super::Malformed;

/// What the head of a reply says about what follows it.
#[derive(Debug)]
pub(super) struct Head {
    /// Length in bytes, with the empty line at its end.
    pub(super) length: usize,
    /// Any three digits.
    pub(super) status: u16,
    /// Whether the version is HTTP/1.0. Any other one is read as HTTP/1.1.
    pub(super) is_http10: bool,
    /// What the fields say.
    pub(super) fields: Fields,
}

/// The fields that frame the body. A fault is kept as long as it is not clear whether its field counts.
#[derive(Debug)]
pub(super) struct Fields {
    /// `Content-Length`; `None` without one.
    pub(super) length: Result<Option<u64>, Malformed>,
    /// Whether the last coding of `Transfer-Encoding` is `chunked`; `None` without one.
    pub(super) chunked: Result<Option<bool>, Malformed>,
    /// `Connection: close`.
    pub(super) close: bool,
    /// `Connection: keep-alive`.
    pub(super) keep_alive: bool,
}

/// Reads a head that begins with these bytes; `None` when its end is not among them. What follows the head changes
/// nothing.
///
/// # Errors
/// The first fault.
pub(super) fn read(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    check_first_bytes(bytes)?;
    let Some(line) = line_at(bytes, 0, Malformed::StatusLineControl)? else { return Ok(None) };
    let (is_http10, status) = read_status_line(&bytes[..line.end])?;
    let mut fields = Fields { length: Ok(None), chunked: Ok(None), close: false, keep_alive: false };
    if bytes.get(line.next).copied().is_some_and(is_blank) {
        return Err(Malformed::LeadingWhitespace);
    }
    let mut begin = line.next;
    loop {
        let Some(line) = line_at(bytes, begin, Malformed::FieldControl)? else { return Ok(None) };
        if line.end == begin {
            return Ok(Some(Head { length: line.next, status, is_http10, fields }));
        }
        let (mut end, mut next) = (line.end, line.next);
        let name = read_name(&bytes[begin..end])?;
        // A folded value: what is between its lines is whitespace to whatever reads it.
        loop {
            let Some(first) = bytes.get(next) else { return Ok(None) };
            if !is_blank(*first) {
                break;
            }
            let Some(folded) = line_at(bytes, next, Malformed::FieldControl)? else { return Ok(None) };
            (end, next) = (folded.end, folded.next);
        }
        fields.take(name.text, &bytes[begin + name.value_at..end]);
        begin = next;
    }
}

/// Where a line ends, and where the next one begins.
struct Line {
    end: usize,
    next: usize,
}

/// The line that begins at `begin`, if its end has come.
///
/// # Errors
/// A bare carriage return, or `control` for any other control character but a tab.
fn line_at(bytes: &[u8], begin: usize, control: Malformed) -> Result<Option<Line>, Malformed> {
    let mut from = begin;
    while let Some(at) = next_control(bytes, from) {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\t', _) => from = at + 1,
            (b'\n', _) => return Ok(Some(Line { end: at, next: at + 1 })),
            (b'\r', Some(b'\n')) => return Ok(Some(Line { end: at, next: at + 2 })),
            (b'\r', None) => return Ok(None),
            (b'\r', Some(_)) => return Err(Malformed::BareReturn),
            _ => return Err(control),
        }
    }
    Ok(None)
}

/// The first control character, eight bytes at a time.
fn next_control(bytes: &[u8], from: usize) -> Option<usize> {
    const EACH: u64 = u64::MAX / 0xff;
    const HIGHEST: u64 = EACH << 7;
    let mut at = from;
    while let Some(word) = bytes[at..].first_chunk() {
        let word = u64::from_le_bytes(*word);
        // Sets the highest bit of the first byte below 32 and of the first 127; bytes after those may be wrong.
        let low = word.wrapping_sub(EACH * 0x20) & !word;
        let delete = (word ^ (EACH * 0x7f)).wrapping_sub(EACH) & !(word ^ (EACH * 0x7f));
        let found = (low | delete) & HIGHEST;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += size_of_val(&word);
    }
    bytes[at..].iter().position(u8::is_ascii_control).map(|offset| at + offset)
}

/// Refuses what can be no status line before its end has come: another protocol may send no line feed at all.
fn check_first_bytes(bytes: &[u8]) -> Result<(), Malformed> {
    const BEGINNING: &[u8] = b"HTTP/";
    if bytes.starts_with(BEGINNING) {
        return Ok(());
    }
    match bytes.first() {
        Some(b'\r' | b'\n') => Err(Malformed::EmptyFirstLine),
        _ if BEGINNING.starts_with(bytes) => Ok(()),
        _ => Err(Malformed::NotHttp),
    }
}

/// Whether the version is HTTP/1.0, and the status. The words of the line may be several blanks apart (section 4).
fn read_status_line(line: &[u8]) -> Result<(bool, u16), Malformed> {
    let (version, rest) = split_word(line);
    let is_http10 = match version {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', minor @ b'0'..=b'9'] => *minor == b'0',
        [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', ..] => return Err(Malformed::Version),
        _ => return Err(Malformed::NotHttp),
    };
    match split_word(rest).0 {
        &[a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9'] => {
            let digit = |byte: u8| u16::from(byte - b'0');
            Ok((is_http10, digit(a) * 100 + digit(b) * 10 + digit(c)))
        }
        _ => Err(Malformed::StatusCode),
    }
}

/// The first word of a line, and what follows it without the blanks between.
fn split_word(line: &[u8]) -> (&[u8], &[u8]) {
    let (word, rest) = line.split_at(line.iter().position(|byte| is_blank(*byte)).unwrap_or(line.len()));
    (word, rest.trim_ascii_start())
}

/// A field name, and where its value begins.
struct Name<'a> {
    text: &'a [u8],
    value_at: usize,
}

fn read_name(line: &[u8]) -> Result<Name<'_>, Malformed> {
    let length = line.iter().position(|byte| !TOKEN[usize::from(*byte)]).unwrap_or(line.len());
    let (text, rest) = line.split_at(length);
    let blanks = rest.iter().position(|byte| !is_blank(*byte)).unwrap_or(rest.len());
    match rest.get(blanks) {
        Some(b':') if !text.is_empty() => Ok(Name { text, value_at: length + blanks + 1 }),
        Some(b':') => Err(Malformed::EmptyFieldName),
        _ if line.contains(&b':') => Err(Malformed::FieldName),
        _ => Err(Malformed::NoColon),
    }
}

fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

impl Fields {
    fn take(&mut self, name: &[u8], value: &[u8]) {
        // By their lengths first: nearly all fields are none of these.
        match name.len() {
            10 if name.eq_ignore_ascii_case(b"connection") => {
                for option in members(value) {
                    self.close |= option.eq_ignore_ascii_case(b"close");
                    self.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
                }
            }
            14 if name.eq_ignore_ascii_case(b"content-length") => {
                self.length = self.length.and_then(|length| read_length(length, value));
            }
            17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                self.chunked = self.chunked.and_then(|chunked| read_codings(chunked, value));
            }
            _ => {}
        }
    }
}

/// A length that is also written as a list of the same number, or in several fields, is that number (section 6.3).
fn read_length(earlier: Option<u64>, value: &[u8]) -> Result<Option<u64>, Malformed> {
    let mut length = earlier;
    let mut is_empty = true;
    for member in members(value) {
        is_empty = false;
        if !member.iter().all(u8::is_ascii_digit) {
            return Err(Malformed::ContentLength);
        }
        let overflow = Malformed::ContentLengthOverflow;
        let number = str::from_utf8(member).ok().and_then(|digits| digits.parse().ok()).ok_or(overflow)?;
        if length.replace(number).is_some_and(|other| other != number) {
            return Err(Malformed::ContentLengthsDiffer);
        }
    }
    if is_empty { Err(Malformed::ContentLength) } else { Ok(length) }
}

/// Only the last coding says how the body ends (section 6.3).
fn read_codings(earlier: Option<bool>, value: &[u8]) -> Result<Option<bool>, Malformed> {
    let mut chunked = earlier.unwrap_or(false);
    for member in members(value) {
        let (coding, parameters) =
            member.split_at(member.iter().position(|byte| *byte == b';').unwrap_or(member.len()));
        chunked = coding.trim_ascii_end().eq_ignore_ascii_case(b"chunked");
        if chunked && !parameters.is_empty() {
            return Err(Malformed::ChunkedParameters);
        }
    }
    Ok(Some(chunked))
}

/// The members of a list, without the empty ones (RFC 9110, section 5.6.1).
fn members(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|member| !member.is_empty())
}

/// The characters of a token (RFC 9110, section 5.6.2).
static TOKEN: [bool; 256] = {
    let mut token = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        token[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    let marks = b"!#$%&'*+-.^_`|~";
    let mut mark = 0;
    while mark < marks.len() {
        token[marks[mark] as usize] = true;
        mark += 1;
    }
    token
};
