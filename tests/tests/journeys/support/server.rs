//! A server of one test's own, on a port the kernel chose.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, ExitStatus, Stdio},
    time::Duration,
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

use super::reply::Reply;

/// The file of its log, in a directory of its own.
const LOG: &str = "log";
/// Longer than anything a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Killed when it is dropped.
struct Process(Child);

/// A running server; dropping it kills it.
pub struct TestServer {
    process: Process,
    output: BufReader<ChildStdout>,
    /// The directory of its runs, which goes with it; `None` for one that outlives it.
    own: Option<TempDir>,
    /// Host and port, such as `127.0.0.1:41234`.
    pub address: String,
}

impl TestServer {
    /// Starts `heapgym serve` in a directory of its own, and waits until it listens.
    pub fn start() -> Self {
        Self::start_with(&["--listen", "127.0.0.1:0"])
    }

    /// The same with these flags, one of them `--listen`.
    pub fn start_with(flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let log = File::create(directory.path().join(LOG)).unwrap();
        let server = Self::spawn(super::heapgym(), directory.path(), flags, log.into());
        Self { own: Some(directory), ..server }
    }

    /// Starts one in a directory that may hold the runs of a server before it.
    pub fn start_in(directory: &Path) -> Self {
        Self::start_by(super::heapgym(), directory)
    }

    /// The same by a command that is `heapgym` in some way.
    pub fn start_by(heapgym: Command, directory: &Path) -> Self {
        Self::spawn(heapgym, directory, &["--listen", "127.0.0.1:0"], Stdio::null())
    }

    fn spawn(mut heapgym: Command, directory: &Path, flags: &[&str], log: Stdio) -> Self {
        let mut process = heapgym
            .args(["serve", "--data"])
            .arg(directory)
            .args(flags)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let output = BufReader::new(process.stdout.take().unwrap());
        let mut server = Self { process: Process(process), output, own: None, address: String::new() };
        let line = server.next_line();
        let (_, address) = line.rsplit_once("http://").unwrap_or_default();
        server.address = address.split('/').next().unwrap_or_default().to_owned();
        assert!(server.address.contains(':'), "no address in {line:?}");
        server
    }

    /// The next line that it prints.
    pub fn next_line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// What it has logged so far. Only for one in a directory of its own.
    pub fn log(&self) -> String {
        fs::read_to_string(self.own.as_ref().unwrap().path().join(LOG)).unwrap()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// Kills it without a chance to clean up, and waits for its end.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.process.0.wait().unwrap();
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.0.id() as i32), signal).unwrap();
    }

    /// Waits until it has ended by itself; returns how.
    pub async fn ended(&mut self) -> ExitStatus {
        let process = &mut self.process.0;
        let polled = async {
            loop {
                if let Some(status) = process.try_wait().unwrap() {
                    return status;
                }
                // The standard library has no event for the end of a child.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, polled).await.expect("the server ends in time")
    }

    /// Sends one HTTP request as a program does that uses the API; returns the status and the body.
    pub async fn request(&self, method: &str, path: &str, body: &[u8]) -> (u16, String) {
        let headers = [("Host", &*self.address), ("Content-Type", "application/json")];
        self.request_with(method, path, &headers, body).await
    }

    /// Sends one HTTP request with these headers. Written out by hand so that a test can send what a well-behaved
    /// client would not.
    pub async fn request_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> (u16, String) {
        request_at(&self.address, method, path, headers, body).await
    }
}

/// The same of whatever listens at an address.
pub async fn request_at(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "{method} {path} HTTP/1.1\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A server that refuses a large body may close before it has read it all.
    let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
    let mut reply = Vec::new();
    let _ = stream.read_to_end(&mut reply).await;
    let Reply { status, body, .. } = Reply::read(reply);
    (status, String::from_utf8_lossy(&body).into_owned())
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
