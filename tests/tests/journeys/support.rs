//! The harness: the program, a server, a websocket client and a browser that clean up after themselves.

pub mod alone;
pub mod browser;
pub mod client;
pub mod long_run;
pub mod memory;
pub mod processes;
pub mod proxy;
pub mod reply;
pub mod replying;
pub mod server;
pub mod site;
pub mod small_disk;

use std::{
    io::{self, BufRead, BufReader, Read},
    process::Command,
    thread,
};

use serde_json::{Value, json};

/// The program under test.
pub fn heapgym() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heapgym-under-test"));
    command.env_remove("RUST_LOG");
    command
}

/// Fails unless the running test is in a module of this name: `cargo xtask test` skips such modules where what they
/// need is missing.
#[track_caller]
pub fn needs_module(name: &str) {
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    assert!(test.split("::").any(|module| module == name), "move {test} into a module called `{name}`");
}

/// `heapgym run` of a small handler for a second.
pub fn small_run() -> Command {
    small_run_of("1s")
}

/// The same with a load phase of this length.
pub fn small_run_of(duration: &str) -> Command {
    let mut command = heapgym();
    command.args(["run", "--param", "payload_bytes=1KiB", "--rate", "50", "--duration", duration]);
    command.args(["--baseline", "100ms", "--recovery", "100ms"]);
    command
}

/// Reads lines until one contains `text`, and drops what follows, so that a full pipe stops nobody.
#[track_caller]
pub fn wait_for_line(pipe: impl Read + Send + 'static, text: &str) -> String {
    let mut lines = BufReader::new(pipe);
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the output ended without {text:?}");
    }
    thread::spawn(move || io::copy(&mut lines, &mut io::sink()));
    line
}

/// `heapgym run` of `products naive`, 20 requests at once, with a heap profile of its load.
pub fn profiled_run(duration: &str) -> Command {
    let mut command = heapgym();
    command.args(["run", "--variant", "naive", "--concurrency", "20", "--duration", duration]);
    command.args(["--baseline", "200ms", "--warmup", "200ms", "--recovery", "200ms"]);
    command.args(["--heap-profile", "load"]);
    command
}

/// A specification of a short run: `variant` of `products` with small payloads.
pub fn short_run(variant: &str) -> Value {
    json!({
        "workload": {"kind": "products", "payload_bytes": 4096, "fill": "text"},
        "variant": variant,
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 4, "duration_ms": 1000}},
        "phases": {"baseline_ms": 200, "warmup_ms": 200, "graceful_stop_ms": 1000, "recovery_ms": 200},
        "sample_interval_ms": 50,
    })
}

/// The same with a load phase of this length.
pub fn run_of(duration_ms: u64) -> Value {
    let mut spec = short_run("naive");
    spec["load"]["profile"]["duration_ms"] = json!(duration_ms);
    spec
}
