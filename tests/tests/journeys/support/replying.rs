//! A server of plain threads that sends any bytes in reply, such as a refusal to every second request.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// A reply in order.
pub const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// A refusal.
pub const BUSY: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

/// What is done with one request.
#[derive(Debug, Clone, Copy)]
pub enum Reply {
    /// These bytes are sent, and the connection stays.
    Bytes(&'static [u8]),
    /// These bytes are sent, and the connection ends.
    Last(&'static [u8]),
}

/// Chooses a reply by the number of the request, from 0 on, and its number on its connection.
pub type Choose = fn(u64, u64) -> Reply;

/// Serves until the test process ends.
#[derive(Debug)]
pub struct Replying {
    address: SocketAddr,
    request_lines: Arc<Mutex<Vec<String>>>,
}

/// Request lines that are kept.
const MAX_REQUEST_LINES: usize = 5;

impl Replying {
    /// A server at a port that the kernel chooses.
    pub fn start(choose: Choose) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let request_lines = Arc::new(Mutex::new(Vec::new()));
        let (lines, requests) = (request_lines.clone(), Arc::new(AtomicU64::new(0)));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (lines, requests) = (lines.clone(), requests.clone());
                // The client may end a connection at any moment.
                thread::spawn(move || serve(&stream, choose, &lines, &requests));
            }
        });
        Self { address, request_lines }
    }

    /// Where it is, followed by this.
    pub fn url(&self, rest: &str) -> String {
        format!("http://{}{rest}", self.address)
    }

    /// The first request lines that came.
    pub fn request_lines(&self) -> Vec<String> {
        self.request_lines.lock().unwrap().clone()
    }
}

fn serve(
    stream: &TcpStream,
    choose: Choose,
    lines: &Mutex<Vec<String>>,
    requests: &AtomicU64,
) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    for on_connection in 0.. {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let mut lines = lines.lock().unwrap();
        if lines.len() < MAX_REQUEST_LINES {
            lines.extend(head.lines().next().map(str::to_owned));
        }
        drop(lines);
        match choose(requests.fetch_add(1, Ordering::Relaxed), on_connection) {
            Reply::Bytes(bytes) => writer.write_all(bytes)?,
            Reply::Last(bytes) => return writer.write_all(bytes),
        }
    }
    Ok(())
}
