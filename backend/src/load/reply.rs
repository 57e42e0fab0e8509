//! Where one HTTP/1.1 reply ends: an incremental parser that keeps no body.

use std::mem::MaybeUninit;

use httparse::{Header, ParserConfig, Response, Status};

mod chunked;

use chunked::Chunked;

/// Longest status line and headers; a reply with more is malformed, so that no connection holds more than twice that.
const MAX_HEAD_BYTES: usize = 16 * 1024;
const MAX_HEADERS: usize = 96;

/// The reply that a connection is receiving. Reused from one reply to the next.
#[derive(Debug)]
pub(super) struct Reply {
    state: State,
    /// The beginning of a head that came in parts; mostly empty.
    head: Vec<u8>,
    /// Length of the interim replies before this one.
    interim_bytes: usize,
    status: u16,
    keep_alive: bool,
    body_bytes: u64,
}

#[derive(Debug)]
enum State {
    /// In the status line or the headers.
    Head,
    /// In a body of known length.
    Length { remaining: u64 },
    /// In a body of chunks.
    Chunked(Chunked),
    /// In a body that ends with the connection.
    UntilClose,
}

/// The reply is not HTTP/1.1, or has a longer head than is read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// How the body of a reply ends.
enum Framing {
    Interim,
    Body(State),
}

impl Reply {
    /// A reply of which nothing has come.
    pub(super) fn new() -> Self {
        Self {
            state: State::Head,
            head: Vec::new(),
            interim_bytes: 0,
            status: 0,
            keep_alive: true,
            body_bytes: 0,
        }
    }

    /// Forgets the last reply; the next one begins.
    pub(super) fn reset(&mut self) {
        self.state = State::Head;
        self.head.clear();
        self.interim_bytes = 0;
        self.status = 0;
        self.keep_alive = true;
        self.body_bytes = 0;
    }

    /// The status code; 0 before the head is complete.
    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// Whether the connection may carry another request after this reply.
    pub(super) fn keep_alive(&self) -> bool {
        self.keep_alive
    }

    /// Bytes of the body received, without the framing of chunks.
    pub(super) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Takes the next bytes of the connection. When the reply ends in them, how many belong to it.
    ///
    /// # Errors
    /// When this is not HTTP/1.1, or the head is longer than 16 KiB or has more than 96 headers, or the
    /// interim replies before it are longer than 16 KiB together.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut used = 0;
        while let State::Head = self.state {
            let Some(taken) = self.feed_head(&bytes[used..])? else { return Ok(None) };
            used += taken;
        }
        Ok(self.feed_body(&bytes[used..])?.map(|taken| used + taken))
    }

    /// The connection has ended: whether that ends the reply whole.
    pub(super) fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilClose)
    }

    /// Takes bytes of the head. When it ends in them, how many belong to it.
    fn feed_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        if self.head.is_empty() {
            // Nearly always the whole head is in the bytes just read: nothing is copied.
            let parsed = self.parse_head(bytes)?;
            if parsed.is_none() {
                self.head.extend_from_slice(bytes);
            }
            return Ok(parsed);
        }
        let before = self.head.len();
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD_BYTES - before)]);
        let parsed = self.parse_head(&head);
        if parsed != Ok(None) {
            head.clear();
        }
        self.head = head; // whatever came: its memory serves the next reply
        Ok(parsed?.map(|length| length - before))
    }

    /// Reads a head that begins with these bytes. None when it is not whole.
    fn parse_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
        let mut response = Response::new(&mut []);
        let config = ParserConfig::default();
        match config.parse_response_with_uninit_headers(&mut response, bytes, &mut headers) {
            Ok(Status::Complete(length)) if length <= MAX_HEAD_BYTES => {
                let (Some(1), Some(status)) = (response.version, response.code) else {
                    return Err(Malformed);
                };
                match self.framing(status, response.headers)? {
                    Framing::Body(state) => {
                        self.status = status;
                        self.state = state;
                    }
                    Framing::Interim => self.interim_bytes += length,
                }
                // Interim replies are no end in themselves.
                if self.interim_bytes > MAX_HEAD_BYTES { Err(Malformed) } else { Ok(Some(length)) }
            }
            Ok(Status::Partial) if bytes.len() < MAX_HEAD_BYTES => Ok(None),
            Ok(_) | Err(_) => Err(Malformed),
        }
    }

    /// How the body is framed (RFC 9112, section 6.3).
    fn framing(&mut self, status: u16, headers: &[Header<'_>]) -> Result<Framing, Malformed> {
        match status {
            ..100 | 600.. => return Err(Malformed), // no class of status
            101 => return Err(Malformed),           // nobody asked for another protocol
            100..=199 => return Ok(Framing::Interim),
            _ => {}
        }
        let mut length = None;
        let mut encoded = None;
        for header in headers {
            if header.name.eq_ignore_ascii_case("content-length") {
                let value = decimal(header.value).ok_or(Malformed)?;
                if length.replace(value).is_some_and(|earlier| earlier != value) {
                    return Err(Malformed);
                }
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                // The last encoding decides where the body ends.
                encoded = tokens(header.value).last().map(|last| last.eq_ignore_ascii_case(b"chunked"));
            } else if header.name.eq_ignore_ascii_case("connection") {
                self.keep_alive &= !tokens(header.value).any(|token| token.eq_ignore_ascii_case(b"close"));
            }
        }
        let state = match (status, encoded, length) {
            (204 | 304, _, _) => State::Length { remaining: 0 },
            (_, Some(true), _) => State::Chunked(Chunked::new()),
            (_, None, Some(remaining)) => State::Length { remaining },
            (_, Some(false), _) | (_, None, None) => State::UntilClose,
        };
        self.keep_alive &= !matches!(state, State::UntilClose);
        Ok(Framing::Body(state))
    }

    /// Takes bytes of the body. When it ends in them, how many belong to it.
    fn feed_body(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        match &mut self.state {
            State::Head => Ok(None),
            State::Length { remaining } => {
                let taken = (bytes.len() as u64).min(*remaining);
                *remaining -= taken;
                self.body_bytes += taken;
                Ok((*remaining == 0).then_some(taken as usize))
            }
            State::Chunked(chunked) => chunked.feed(bytes, &mut self.body_bytes),
            State::UntilClose => {
                self.body_bytes += bytes.len() as u64;
                Ok(None)
            }
        }
    }
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let valid = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| valid)?.parse().ok()
}

/// The members of a comma-separated header value.
fn tokens(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii)
}

#[cfg(test)]
mod tests;
