//! The target alone: its figures, and under another load tool.

use serde_json::Value;

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
        // Large replies through one or two processors: wrk's own limit of 2 s may pass, a socket never fails.
        let errors = words.lines().find(|line| line.contains("Socket errors"));
        assert!(errors.is_none_or(|line| line.contains("connect 0, read 0, write 0")), "{words}");
        assert!(!words.contains("Non-2xx"), "{words}");
    }
}
