//! One connection: opens, sends a request, receives its reply, and may do so again.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
};

use mio::{Interest, Registry, Token, event::Event, net::TcpStream};

use super::{failure::Failure, plan::Segment, reply::Reply};

/// Reads before other connections get their turn, so that an endless body neither starves them nor makes the
/// requests that are due meanwhile late by more than a fraction of a millisecond.
const READS_PER_TURN: usize = 8;

/// One connection. It outlives its socket: a new one takes the place of one that ended.
#[derive(Debug)]
pub(super) struct Connection {
    link: Link,
    /// Tells events of this socket from those of an earlier one. 31 bits: no token has all bits set.
    generation: u32,
    /// Whole replies received on this socket.
    replies: u64,
    /// Bytes of the request that are not sent yet.
    unsent: usize,
    reply: Reply,
    request: Option<Request>,
}

#[derive(Debug)]
enum Link {
    Closed,
    Connecting(TcpStream),
    Open(TcpStream),
}

/// The request that a connection carries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    /// The segment it belongs to.
    pub(super) segment: Segment,
    /// When it should have started.
    pub(super) intended_ns: u64,
    /// When it was given to the connection; its timeout counts from here.
    pub(super) started_ns: u64,
    /// When its first byte was sent; `None` while the connection is being made. A second attempt changes nothing.
    pub(super) sent_ns: Option<u64>,
}

/// What an event has brought.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Nothing yet.
    Waiting,
    /// There is more to read, after the other connections' turn.
    Unfinished,
    /// The connection is made: the request can be sent.
    Connected,
    /// The reply is whole.
    Replied,
    /// The request has failed, and the socket is closed.
    Failed(Failure),
    /// The socket was idle, and is closed.
    Closed,
}

/// What an event says of a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readiness {
    readable: bool,
    writable: bool,
    /// The other side sends no more: read to the end, since no further event will come.
    ending: bool,
}

impl From<&Event> for Readiness {
    fn from(event: &Event) -> Self {
        let ending = event.is_read_closed() || event.is_error();
        Self { readable: event.is_readable() || ending, writable: event.is_writable() || ending, ending }
    }
}

impl Readiness {
    /// There was more to read.
    pub(super) const UNFINISHED: Self = Self { readable: true, writable: false, ending: true };
}

impl Connection {
    /// A connection without a socket.
    pub(super) fn new() -> Self {
        let reply = Reply::new();
        Self { link: Link::Closed, generation: 0, replies: 0, unsent: 0, reply, request: None }
    }

    /// The request on its way; `None` while idle.
    pub(super) fn request(&self) -> Option<&Request> {
        self.request.as_ref()
    }

    /// The reply being received.
    pub(super) fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Whether the socket was used before, and closed by the other side before it sent anything in reply to the request
    /// that is still there. The server may have closed it as idle, just when the request was on its way.
    pub(super) fn ended_before_reply(&self) -> bool {
        self.replies > 0 && !self.is_open() && self.request.is_some() && !self.reply.has_begun()
    }

    /// Whole replies received on this socket, or on the last one while closed.
    pub(super) fn replies(&self) -> u64 {
        self.replies
    }

    /// Whether a request can be sent at once.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.link, Link::Open(_))
    }

    /// The token for the events of the current socket.
    pub(super) fn token(&self, slot: u32) -> Token {
        Token((self.generation as usize) << u32::BITS | slot as usize)
    }

    /// Takes on a request, to be sent once the connection is open.
    pub(super) fn begin(&mut self, request: Request) {
        self.request = Some(request);
        self.reply.reset();
    }

    /// The request has ended; the connection is idle.
    pub(super) fn finish(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Closes the socket.
    pub(super) fn close(&mut self) {
        self.link = Link::Closed;
    }

    /// Begins to connect anew.
    ///
    /// # Errors
    /// When that fails at once.
    pub(super) fn open(&mut self, address: SocketAddr, registry: &Registry, slot: u32) -> io::Result<()> {
        self.close();
        self.generation = self.generation.wrapping_add(1) & (u32::MAX >> 1);
        self.replies = 0;
        self.unsent = 0;
        let mut stream = TcpStream::connect(address)?;
        registry.register(&mut stream, self.token(slot), Interest::READABLE | Interest::WRITABLE)?;
        self.link = Link::Connecting(stream);
        Ok(())
    }

    /// Sends the request that [`Connection::begin`] took on.
    ///
    /// # Errors
    /// When the socket has been closed by the other side.
    pub(super) fn send(&mut self, bytes: &[u8], now_ns: u64) -> io::Result<()> {
        self.unsent = bytes.len();
        self.flush(bytes)?;
        if let Some(request) = &mut self.request {
            request.sent_ns.get_or_insert(now_ns);
        }
        Ok(())
    }

    /// Does what an event allows. `request` are the bytes that [`Connection::send`] was given.
    pub(super) fn advance(&mut self, readiness: Readiness, request: &[u8], buffer: &mut [u8]) -> Progress {
        if let Link::Connecting(_) = self.link {
            return self.connect();
        }
        if readiness.writable && self.unsent > 0 && self.flush(request).is_err() {
            return self.broken();
        }
        if readiness.readable { self.receive(readiness.ending, buffer) } else { Progress::Waiting }
    }

    fn connect(&mut self) -> Progress {
        let Link::Connecting(stream) = std::mem::replace(&mut self.link, Link::Closed) else {
            return Progress::Waiting;
        };
        let made = match stream.take_error() {
            Ok(None) => stream.peer_addr().and_then(|_| stream.set_nodelay(true)),
            Ok(Some(error)) | Err(error) => Err(error),
        };
        match made {
            Ok(()) => {
                self.link = Link::Open(stream);
                Progress::Connected
            }
            Err(error) if error.kind() == ErrorKind::NotConnected => {
                self.link = Link::Connecting(stream);
                Progress::Waiting
            }
            Err(error) => Progress::Failed(Failure::of_connecting(&error)),
        }
    }

    fn flush(&mut self, request: &[u8]) -> io::Result<()> {
        let Link::Open(stream) = &mut self.link else { return Ok(()) };
        while self.unsent > 0 {
            match stream.write(&request[request.len() - self.unsent..]) {
                Ok(written) => self.unsent -= written,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn receive(&mut self, ending: bool, buffer: &mut [u8]) -> Progress {
        for _ in 0..READS_PER_TURN {
            let Link::Open(stream) = &mut self.link else { return Progress::Waiting };
            let length = match stream.read(buffer) {
                Ok(0) => return self.ended(),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Progress::Waiting,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return self.broken(),
            };
            if self.request.is_none() {
                return self.broken(); // bytes that nobody asked for
            }
            // A short read has emptied the socket: what comes later brings another event.
            let emptied = length < buffer.len() && !ending;
            match self.reply.feed(&buffer[..length]) {
                Ok(Some(used)) => return self.replied(used == length && self.unsent == 0, emptied, buffer),
                Ok(None) if emptied => return Progress::Waiting,
                Ok(None) => {}
                Err(reason) => {
                    self.close();
                    return Progress::Failed(Failure::Malformed(reason));
                }
            }
        }
        Progress::Unfinished
    }

    fn replied(&mut self, exact: bool, emptied: bool, buffer: &mut [u8]) -> Progress {
        self.replies += 1;
        let reusable = exact && self.reply.keep_alive() && (emptied || self.is_silent(buffer));
        if !reusable {
            self.close();
        }
        Progress::Replied
    }

    /// Whether there is nothing more to read, nor an end.
    fn is_silent(&mut self, buffer: &mut [u8]) -> bool {
        let Link::Open(stream) = &mut self.link else { return false };
        stream.read(buffer).is_err_and(|error| error.kind() == ErrorKind::WouldBlock)
    }

    /// The other side has closed in order.
    fn ended(&mut self) -> Progress {
        if self.request.is_some() && self.reply.ends_with_connection() {
            self.replies += 1;
            self.close();
            return Progress::Replied;
        }
        self.broken()
    }

    fn broken(&mut self) -> Progress {
        self.close();
        if self.request.is_some() { Progress::Failed(Failure::Closed) } else { Progress::Closed }
    }
}
