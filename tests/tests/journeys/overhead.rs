//! What `cargo xtask bench overhead` measures with: a switch for the counting, and a sampler that nobody listens to.
//!
//! What it finds is no test: a ratio of two per cent takes minutes, on a machine that is quiet.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::support::heapgym;

/// The program whose counting has a switch.
fn switched(counting: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heapgym-switched"));
    command.env_remove("RUST_LOG").env("HEAPGYM_COUNTING", counting);
    command
}

/// What a call of a handler allocates, and the bytes of it.
fn allocated(mut program: Command) -> (f64, f64) {
    let handler = ["bench", "calibrate", "--param", "bytes=64000", "--param", "allocations=1000"];
    let output = program.args(handler).args(["--benchtime", "20ms", "--count", "1", "--json", "-"]).output();
    let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
    let per_op = &report["benchmarks"][0]["per_op"];
    (per_op["allocations"].as_f64().unwrap(), per_op["allocated_bytes"].as_f64().unwrap())
}

#[test]
fn the_switch_takes_away_the_counting_and_nothing_else() {
    let shipped = allocated(heapgym());
    assert!(shipped.0 >= 1_000.0 && shipped.1 >= 64_000.0, "{shipped:?}");
    assert_eq!(allocated(switched("on")), shipped);
    assert_eq!(allocated(switched("off")), (0.0, 0.0));
}

#[test]
fn a_target_alone_takes_readings_that_nobody_hears() {
    let mut target = switched("off")
        .args(["target", "--workload", "calibrate", "--variant", "exact", "--listen", "127.0.0.1:0"])
        .args(["--sample-interval", "10ms"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(target.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let attacked = heapgym()
        .args(["attack", url.trim(), "--json", "-"])
        .args(["--profile", "fixed_iterations iterations=5000 concurrency=4 max_duration=60s"])
        .output()
        .unwrap();
    let threads: Vec<String> = std::fs::read_dir(format!("/proc/{}/task", target.id()))
        .unwrap()
        .map(|thread| std::fs::read_to_string(thread.unwrap().path().join("comm")).unwrap())
        .collect();
    target.kill().unwrap();
    target.wait().unwrap();
    assert!(threads.iter().any(|name| name.trim() == "sampler"), "{threads:?}");
    let report: Value = serde_json::from_slice(&attacked.stdout).unwrap();
    assert_eq!(report["status_codes"]["200"], 5_000, "{report}");
}
