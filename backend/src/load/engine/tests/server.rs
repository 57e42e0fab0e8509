//! A small HTTP server of plain threads that misbehaves on request.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
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
    /// `Connection: close`, and two bytes.
    AnnouncedClose,
    /// A whole reply, then the end of the connection.
    SilentClose,
    /// Three bytes of a body of ten, then the end of the connection.
    CutShort,
    /// Status 404 and nine bytes.
    NotFound,
    /// A line that is not HTTP.
    Gibberish,
    /// No reply at all.
    Never,
    /// A small reply, this much later.
    After(Duration),
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
}

impl Server {
    /// Serves until the test process ends.
    pub(super) fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = counts.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let shared = shared.clone();
                // The client may end the connection at any moment.
                thread::spawn(move || stream.and_then(|stream| serve(stream, answer, &shared)));
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
}

fn serve(stream: TcpStream, answer: Answer, counts: &Counts) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut writer = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if line != "\r\n" {
            continue;
        }
        counts.requests.fetch_add(1, Ordering::Relaxed);
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
                return writer.write_all(ok("Server: x", &"z".repeat(bytes)).as_bytes());
            }
            Answer::AnnouncedClose => {
                return writer.write_all(ok("Connection: close\r\nContent-Length: 2", "ok").as_bytes());
            }
            Answer::SilentClose => return writer.write_all(ok("Content-Length: 2", "ok").as_bytes()),
            Answer::CutShort => return writer.write_all(ok("Content-Length: 10", "cut").as_bytes()),
            Answer::NotFound => {
                writer.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found")?;
            }
            Answer::Gibberish => return writer.write_all(b"220 ready, but for mail\r\n"),
            Answer::Never => {
                return reader.read_to_end(&mut Vec::new()).map(drop); // until the client gives up
            }
            Answer::After(delay) => {
                thread::sleep(delay);
                writer.write_all(ok("Content-Length: 2", "ok").as_bytes())?;
            }
        }
    }
}
