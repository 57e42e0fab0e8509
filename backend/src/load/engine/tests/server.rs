//! A small HTTP server of plain threads that misbehaves on request.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use nix::{
    libc,
    sys::socket::{setsockopt, sockopt},
};

/// What it does with each request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    /// A body of known length.
    Length(usize),
    /// A body of uneven chunks.
    Chunked(usize),
    /// A body that ends with the connection.
    UntilClose(usize),
    /// These bytes, whatever they are.
    Bytes(&'static [u8], Then),
    /// The same, each byte in a write of its own.
    ByteByByte(&'static [u8], Then),
    /// The first bytes, and then the second ones again and again.
    Endless(&'static [u8], &'static [u8]),
    /// A reply without a body whose head has this many bytes, most of them in one header.
    Head(usize),
    /// A reply without a body with so many headers.
    Headers(usize),
    /// A small reply, this much later.
    After(Duration),
    /// Every second request of a connection gets a small reply this much later, the others these bytes at once.
    Alternating(&'static [u8], Duration),
    /// A small reply to the first request of each connection. The second is read, answered with these bytes, and then
    /// the connection ends.
    OnceThen(&'static [u8], Then),
    /// A small reply byte by byte, each this much later.
    Drip(Duration),
    /// A small reply, and another one this much later.
    Twice(Duration),
    /// A small reply; but for the length of `stall`, once in a `period`, nobody gets one.
    Stalling { stall: Duration, period: Duration },
    /// Not even a look at the request.
    Deaf,
}

/// What it does after an answer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then {
    /// Waits for the next request.
    Stay,
    /// Waits until the client goes away.
    Hang,
    /// Ends the connection in order.
    Close,
    /// Ends the connection with a reset.
    Reset,
}

/// A server on a port of its own. Its threads end with their connections.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicU64,
    requests: AtomicU64,
    answers: AtomicU64,
}

const SMALL: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

impl Server {
    /// Serves until the test process ends.
    pub(super) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        let began = Instant::now();
        thread::spawn(move || {
            for stream in listener.incoming() {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let shared = shared.clone();
                // The client may end the connection at any moment.
                thread::spawn(move || stream.and_then(|stream| serve(stream, answer, began, &shared)));
            }
        });
        Self { address, counts }
    }

    /// An address where nothing listens.
    pub(super) fn gone() -> Self {
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        Self { address, counts: Arc::default() }
    }

    pub(super) fn connections(&self) -> u64 {
        self.counts.connections.load(Ordering::Relaxed)
    }

    pub(super) fn requests(&self) -> u64 {
        self.counts.requests.load(Ordering::Relaxed)
    }

    /// Answers that were begun.
    pub(super) fn answers(&self) -> u64 {
        self.counts.answers.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, answer: Answer, began: Instant, counts: &Counts) -> io::Result<()> {
    stream.set_nodelay(true)?;
    if let Answer::Deaf = answer {
        loop {
            thread::park(); // the kernel takes what fits into its buffers
        }
    }
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut requests = 0_u64;
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line != "\r\n" {
            continue;
        }
        counts.requests.fetch_add(1, Ordering::Relaxed);
        requests += 1;
        let answer = match answer {
            Answer::Alternating(bytes, _) if requests % 2 == 1 => Answer::Bytes(bytes, Then::Stay),
            Answer::Alternating(_, delay) => Answer::After(delay),
            Answer::OnceThen(..) if requests == 1 => Answer::Bytes(SMALL, Then::Stay),
            Answer::OnceThen(bytes, then) => Answer::Bytes(bytes, then),
            other => other,
        };
        if let Answer::After(delay) = answer {
            thread::sleep(delay);
        }
        if let Answer::Stalling { stall, period } = answer {
            thread::sleep(left_of_stall(began.elapsed(), stall, period));
        }
        counts.answers.fetch_add(1, Ordering::SeqCst);
        match reply(answer, &mut writer)? {
            Then::Stay => {}
            Then::Hang => return reader.read_to_end(&mut Vec::new()).map(drop),
            Then::Close => return Ok(()),
            Then::Reset => {
                let at_once = libc::linger { l_onoff: 1, l_linger: 0 };
                return Ok(setsockopt(&writer, sockopt::Linger, &at_once)?);
            }
        }
    }
}

/// How long nobody gets a reply from now on. A stall begins in the middle of each period.
fn left_of_stall(elapsed: Duration, stall: Duration, period: Duration) -> Duration {
    let into_period = Duration::from_nanos((elapsed.as_nanos() % period.as_nanos()) as u64);
    let from = period / 2;
    if into_period < from { Duration::ZERO } else { (from + stall).saturating_sub(into_period) }
}

fn reply(answer: Answer, writer: &mut TcpStream) -> io::Result<Then> {
    let ok = |headers: &str, body: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}");
    match answer {
        Answer::Length(bytes) => {
            writer.write_all(ok(&format!("Content-Length: {bytes}"), &"x".repeat(bytes)).as_bytes())?;
        }
        Answer::Chunked(bytes) => {
            let mut reply = ok("Transfer-Encoding: chunked", "");
            let (mut left, mut size) = (bytes, 1);
            while left > 0 {
                let chunk = size.min(left);
                reply += &format!("{chunk:x}\r\n{}\r\n", "y".repeat(chunk));
                left -= chunk;
                size = size * 3 + 1;
            }
            writer.write_all((reply + "0\r\n\r\n").as_bytes())?;
        }
        Answer::UntilClose(bytes) => {
            writer.write_all(ok("Server: x", &"z".repeat(bytes)).as_bytes())?;
            return Ok(Then::Close);
        }
        Answer::Bytes(bytes, then) => {
            writer.write_all(bytes)?;
            return Ok(then);
        }
        Answer::ByteByByte(bytes, then) => {
            for byte in bytes {
                writer.write_all(&[*byte])?; // without Nagle: mostly a packet of its own
            }
            return Ok(then);
        }
        Answer::Endless(first, again) => {
            writer.write_all(first)?;
            loop {
                writer.write_all(again)?;
            }
        }
        Answer::Head(bytes) => {
            let others = ok("Content-Length: 0\r\nX: ", "").len();
            let filled = format!("Content-Length: 0\r\nX: {}", "x".repeat(bytes - others));
            writer.write_all(ok(&filled, "").as_bytes())?;
        }
        Answer::Headers(count) => {
            let headers = "X-Header: of thirty bytes, or so\r\n".repeat(count);
            writer.write_all(ok(&format!("{headers}Content-Length: 0"), "").as_bytes())?;
        }
        Answer::Drip(delay) => {
            for byte in SMALL {
                thread::sleep(delay);
                writer.write_all(&[*byte])?;
            }
        }
        Answer::Twice(delay) => {
            writer.write_all(SMALL)?;
            thread::sleep(delay);
            writer.write_all(SMALL)?;
        }
        Answer::After(_) | Answer::Alternating(..) | Answer::OnceThen(..) | Answer::Stalling { .. } => {
            writer.write_all(SMALL)?
        }
        Answer::Deaf => {}
    }
    Ok(Then::Stay)
}
