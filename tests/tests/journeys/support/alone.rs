//! `heapgym target`, and what it serves, read by plain HTTP.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{heapgym, reply::Reply};

/// A target alone, until it is dropped.
pub struct TargetAlone {
    process: Child,
    /// Where its handler answers.
    pub url: String,
}

impl TargetAlone {
    /// Of the program under test, at a port that the kernel chooses.
    pub fn start(flags: &[&str]) -> Self {
        Self::start_with(heapgym(), flags)
    }

    /// The same by a command that is `heapgym` in some way.
    pub fn start_with(mut heapgym: Command, flags: &[&str]) -> Self {
        let mut process = heapgym
            .args(["target", "--listen", "127.0.0.1:0"])
            .args(flags)
            .env_remove("_RJEM_MALLOC_CONF")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { process, url: url.trim().to_owned() }
    }

    /// What it serves below `/debug/`.
    pub fn debug(&self, path: &str) -> String {
        let (server, _) = self.url.split_once("/api/").unwrap();
        format!("{server}/debug/{path}")
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Where it may listen to words.
    pub fn stdin(&mut self) -> &mut ChildStdin {
        self.process.stdin.as_mut().unwrap()
    }
}

impl Drop for TargetAlone {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Sends a GET; who drops what it gives has left, without reading the reply.
pub async fn ask(url: &str) -> TcpStream {
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Sends a GET; gives the status and the body.
pub async fn get(url: &str) -> (u16, Vec<u8>) {
    let mut stream = ask(url).await;
    let mut reply = Vec::new();
    stream.read_to_end(&mut reply).await.unwrap();
    let Reply { status, body, .. } = Reply::read(reply);
    (status, body)
}
