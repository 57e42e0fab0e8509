//! A server of one test's own, on a port the kernel chose.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Killed when it is dropped.
struct Process(Child);

/// A running server; dropping it kills it.
pub struct TestServer {
    process: Process,
    /// The directory of its runs, which goes with it; none for one that outlives it.
    _own: Option<TempDir>,
    /// Host and port, such as `127.0.0.1:41234`.
    pub address: String,
}

impl TestServer {
    /// Starts `heapgym serve` in a directory of its own, and waits until it listens.
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let server = Self::start_in(directory.path());
        Self { _own: Some(directory), ..server }
    }

    /// The same in a directory that may hold the runs of a server before it.
    pub fn start_in(directory: &Path) -> Self {
        let mut process = super::heapgym()
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(directory)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        assert!(address.contains(':'), "no address in {line:?}");
        Self { process: Process(process), address, _own: None }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Kills it without a chance to clean up, and waits for its end.
    pub fn kill(&mut self) {
        kill(Pid::from_raw(self.process.0.id() as i32), Signal::SIGKILL).unwrap();
        self.process.0.wait().unwrap();
    }

    /// Sends one HTTP request; gives the status and the body. Written out by hand so that a test can
    /// send what a well-behaved client would not.
    pub async fn request(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses a large body may close before it has read it all.
        let _ = stream.write_all(body).await;
        let mut reply = Vec::new();
        let _ = stream.read_to_end(&mut reply).await;
        let reply = String::from_utf8_lossy(&reply);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((&reply, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        (status, body.to_owned())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
