//! What `cargo xtask bench overhead` measures with: a switch for the counting and for a sampler.
//!
//! What it finds is no test: a ratio of two per cent takes minutes, on a machine that is quiet.

use std::{
    io::Write,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{
    alone::{TargetAlone, get},
    heapgym,
};

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

#[tokio::test]
async fn a_target_is_measured_as_it_is_told_to_be() {
    let mut target = TargetAlone::start_with(switched("stdin"), &["--workload", "calibrate"]);
    for (word, counts, has_sampler) in [
        ("neither", false, false),
        ("both", true, true),
        ("branch", false, false),
        ("counting", true, false),
        ("store", false, false),
        ("neither", false, false),
    ] {
        writeln!(target.stdin(), "{word}").unwrap();
        // Its thread follows in a moment.
        let start = Instant::now();
        while (counted(&target).await > 0, samples(target.id())) != (counts, has_sampler) {
            assert!(start.elapsed() < Duration::from_secs(20), "{word} is not followed");
        }
    }
}

/// What it counted from one request to the next, which allocates.
async fn counted(target: &TargetAlone) -> u64 {
    let mut allocations = [0, 0];
    for counted in &mut allocations {
        let (_, vars) = get(&target.debug("vars")).await;
        *counted = serde_json::from_slice::<Value>(&vars).unwrap()["allocations"].as_u64().unwrap();
    }
    allocations[1] - allocations[0]
}

/// Whether one of its threads is a sampler.
fn samples(process: u32) -> bool {
    std::fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten().any(|thread| {
        std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.trim() == "sampler")
    })
}
