//! The target alone, under another load tool.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::support::heapgym;

#[test]
fn wrk_finds_no_socket_errors() {
    let mut target = heapgym()
        .args(["target", "--workload", "products", "--variant", "naive", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(target.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let wrk = Command::new("wrk").args(["-t2", "-c100", "-d5s", url.trim()]).output();
    target.kill().unwrap();
    target.wait().unwrap();
    let wrk = wrk.expect("wrk is installed; `cargo xtask test` sees to it");
    let words = String::from_utf8_lossy(&wrk.stdout);
    assert!(wrk.status.success() && words.contains("requests in"), "{words}");
    // Large replies through one or two processors: wrk's own limit of 2 s may pass, a socket never fails.
    let errors = words.lines().find(|line| line.contains("Socket errors"));
    assert!(errors.is_none_or(|line| line.contains("connect 0, read 0, write 0")), "{words}");
    assert!(!words.contains("Non-2xx"), "{words}");
}
