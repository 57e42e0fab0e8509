//! Where one HTTP reply ends (RFC 9112, section 6.3): an incremental parser that keeps no body.

#[cfg(test)]
pub(super) mod cases;
mod chunked;
mod head;
mod malformed;

use chunked::Chunked;
use head::Head;
pub(super) use malformed::Malformed;

/// Longest status line and fields. A reply with more is malformed, so that no connection holds more than twice that.
const MAX_HEAD_BYTES: usize = 16 * 1024;

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
    /// In the status line or the fields.
    Head,
    /// In a body of known length.
    Length { remaining: u64 },
    /// In a body of chunks.
    Chunked(Chunked),
    /// In a body that ends with the connection.
    UntilClose,
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

    /// Whether any byte of the reply has come.
    pub(super) fn has_begun(&self) -> bool {
        !matches!(self.state, State::Head) || !self.head.is_empty() || self.interim_bytes > 0
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
    /// When RFC 9112 does not let a client read this, or it passes one of heapgym's own limits.
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
            let read = self.read_head(bytes)?;
            if read.is_none() {
                self.head.extend_from_slice(bytes);
            }
            return Ok(read);
        }
        let before = self.head.len();
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD_BYTES - before)]);
        let read = self.read_head(&head);
        if read != Ok(None) {
            head.clear();
        }
        self.head = head; // whatever came: its memory serves the next reply
        Ok(read?.map(|length| length - before))
    }

    /// Reads a head that begins with these bytes. `None` when it is not whole.
    fn read_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let longest = &bytes[..bytes.len().min(MAX_HEAD_BYTES)];
        match head::read(longest)? {
            Some(head) => self.begin_body(&head).map(|()| Some(head.length)),
            None if bytes.len() < MAX_HEAD_BYTES => Ok(None),
            None => Err(Malformed::HeadTooLong),
        }
    }

    /// Finds out how the body is framed. An interim reply has none, and another head follows it.
    fn begin_body(&mut self, head: &Head) -> Result<(), Malformed> {
        let Head { status, is_http10, ref fields, .. } = *head;
        if is_http10 && fields.chunked != Ok(None) {
            return Err(Malformed::TransferCodingInHttp10);
        }
        self.state = match status {
            101 => return Err(Malformed::SwitchedProtocols),
            100..=199 => {
                self.interim_bytes += head.length;
                let is_too_long = self.interim_bytes > MAX_HEAD_BYTES;
                return if is_too_long { Err(Malformed::InterimTooLong) } else { Ok(()) };
            }
            204 | 304 => State::Length { remaining: 0 },
            // A transfer coding overrides a length, even a faulty one.
            _ => match fields.chunked? {
                Some(true) => State::Chunked(Chunked::new()),
                Some(false) => State::UntilClose,
                None => fields.length?.map_or(State::UntilClose, |remaining| State::Length { remaining }),
            },
        };
        self.status = status;
        let may_persist = !fields.close && (!is_http10 || fields.keep_alive);
        self.keep_alive = may_persist && !matches!(self.state, State::UntilClose);
        Ok(())
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

#[cfg(test)]
mod tests;
