//! The target alone: its figures, and under another load tool.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{
    alone::{TargetAlone, get},
    heapgym,
};

#[tokio::test]
async fn its_figures_are_at_gos_address() {
    let target = TargetAlone::start(&["--workload", "calibrate", "--param", "bytes=64000"]);
    let read = async || -> Value {
        let (status, body) = get(&target.debug("vars")).await;
        assert_eq!(status, 200);
        serde_json::from_slice(&body).unwrap()
    };
    let before = read().await;
    let flags = ["--profile", "fixed_iterations iterations=1000 concurrency=1 max_duration=60s"];
    assert!(heapgym().args(["attack", &target.url]).args(flags).output().unwrap().status.success());
    let after = read().await;
    let grown = |name: &str| after[name].as_u64().unwrap() - before[name].as_u64().unwrap();
    assert_eq!(grown("requests_ended"), 1000);
    assert!(grown("allocation_bytes") >= 64_000_000, "{after}");
    assert!(grown("elapsed_ns") > 0 && grown("cpu_ns") > 0, "{after}");
    assert!(after["rss_bytes"].as_u64() > Some(0) && after["allocator"]["resident_bytes"].as_u64() > Some(0));
}

#[test]
fn an_address_for_other_machines_is_warned_of() {
    for (listen, warns) in [("0.0.0.0:0", true), ("127.0.0.1:0", false)] {
        let mut target = heapgym();
        target.args(["target", "--workload", "logs", "--listen", listen]);
        let mut target = target.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(target.stdout.take().unwrap()).read_line(&mut line).unwrap();
        target.kill().unwrap();
        target.wait().unwrap();
        let mut said = String::new();
        target.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(line.starts_with("http://") && line.ends_with("/api/logs\n"), "{line}");
        assert_eq!(said.contains("Whoever can reach it there can send requests"), warns, "{listen}: {said}");
    }
}

mod with_wrk {
    use std::process::Command;

    use crate::support::{alone::TargetAlone, needs_module};

    #[test]
    fn wrk_finds_no_socket_errors() {
        needs_module("with_wrk");
        let target = TargetAlone::start(&["--workload", "products", "--variant", "naive"]);
        let wrk = Command::new("wrk").args(["-t2", "-c100", "-d5s", &target.url]).output();
        let wrk = wrk.expect("wrk is installed; `cargo xtask test` installs it");
        let words = String::from_utf8_lossy(&wrk.stdout);
        assert!(wrk.status.success() && words.contains("requests in"), "{words}");
        // Large replies through one or two CPUs: wrk's own limit of 2 s may pass, a socket never fails.
        let errors = words.lines().find(|line| line.contains("Socket errors"));
        assert!(errors.is_none_or(|line| line.contains("connect 0, read 0, write 0")), "{words}");
        assert!(!words.contains("Non-2xx"), "{words}");
    }
}

/// A handler that waits, so that the server may read from the connection while a request is being worked on.
#[tokio::test]
async fn a_request_allocates_the_same_however_many_its_connection_has_served() {
    const WINDOW: u64 = 50;
    let target = TargetAlone::start(&["--workload", "calibrate", "--param", "delay_ms=1"]);
    let mut connection = Connection::open(&target).await;
    let allocated = async || -> u64 {
        let (_, body) = get(&target.debug("vars")).await;
        serde_json::from_slice::<Value>(&body).unwrap()["allocation_bytes"].as_u64().unwrap()
    };
    let mut window = async || {
        let before = allocated().await;
        connection.request(WINDOW).await;
        (allocated().await - before) / WINDOW
    };
    window().await; // the first of all initialises what is made once
    let early = window().await;
    for _ in 0..4 {
        window().await;
    }
    let late = window().await;
    assert!(early.abs_diff(late) < early / 100, "{early} B a request at first, {late} B after 300 requests");
}

/// One connection to a target that is kept alive.
struct Connection {
    stream: TcpStream,
    request: String,
}

impl Connection {
    async fn open(target: &TargetAlone) -> Self {
        let (address, path) = target.url.trim_start_matches("http://").split_once('/').unwrap();
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\n\r\n");
        Self { stream: TcpStream::connect(address).await.unwrap(), request }
    }

    /// Sends `count` requests, each after the reply to the one before. The replies have no body.
    async fn request(&mut self, count: u64) {
        for _ in 0..count {
            self.stream.write_all(self.request.as_bytes()).await.unwrap();
            let mut reply = Vec::new();
            while !reply.ends_with(b"\r\n\r\n") {
                assert!(
                    self.stream.read_buf(&mut reply).await.unwrap() > 0,
                    "the target closed the connection"
                );
            }
        }
    }
}
