//! Is it a leak, or is the allocator keeping it? Verdicts of real runs, and the totals against independent readings.

use std::fs;

use heapgym_shared::{
    Report,
    report::{Reason, Verdict},
    sample::Phase,
};
use serde_json::json;

use crate::support::{
    client::{Heard, TestClient},
    heapgym,
    processes::{Role, child_of},
    server::TestServer,
    short_run,
};

const MIB: u64 = 1 << 20;

#[track_caller]
fn run(flags: &str) -> Report {
    let short = ["--baseline", "300ms", "--warmup", "300ms", "--sample-interval", "50ms", "--json", "-"];
    let output = heapgym().arg("run").args(short).args(flags.split(' ')).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{flags}: {error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn tasks_and_values_that_nobody_ends_are_leaks() {
    let tasks = run("--workload orders --variant naive --rate 50 --duration 4s --recovery 1500ms");
    assert_eq!(tasks.leak.verdict, Verdict::Leaking, "{}", tasks.leak.sentence());
    let values = run("--workload cache --variant unbounded --rate 2000 --duration 3s --recovery 300ms");
    assert_eq!(values.leak.verdict, Verdict::Leaking, "{}", values.leak.sentence());
    assert!(!values.size_classes.is_empty(), "what lives is told by its size");
}

#[test]
fn tasks_that_may_still_end_leave_it_open() {
    let flags = "--workload orders --variant timeout_only --rate 100 --duration 2s --recovery 300ms \
                 --param call_timeout_ms=10000";
    let short = run(flags);
    assert_eq!(short.leak.reason, Reason::WorkUnfinished, "{}", short.leak.sentence());
}

#[test]
fn what_the_allocator_keeps_is_named_and_is_no_leak() {
    let burst = |on: bool| {
        run(&format!(
            "--variant naive --concurrency 40 --duration 2s --recovery 2500ms --dirty-decay 1s --background-thread {on}"
        ))
    };
    let (off, on) = (burst(false), burst(true));
    for report in [&off, &on] {
        assert_eq!(report.leak.verdict, Verdict::None, "{}", report.leak.sentence());
    }
    let after = |report: &Report| report.memory.after_recovery.unwrap();
    assert!(after(&off).cache_bytes > 16 * MIB, "{:?}", off.memory);
    assert!(after(&on).cache_bytes < after(&off).cache_bytes / 2, "{:?} {:?}", off.memory, on.memory);
    let sentence = off.held_sentence().unwrap();
    assert!(sentence.contains("for reuse") && sentence.contains("background threads"), "{sentence}");
}

/// Ten ways to write something that does not leak, each with a reason to look as if it did.
const WITHOUT_LEAK: [&str; 10] = [
    "--variant pooled --pool none --concurrency 32 --param payload_bytes=16KiB --param fill=text",
    "--variant pooled --pool thread_local --concurrency 32 --param payload_bytes=16KiB --param fill=text",
    "--variant streamed --concurrency 50",
    "--variant supervised --concurrency 16 --param payload_bytes=64KiB",
    "--workload logs --variant pooled --rate 1000",
    "--workload calibrate --rate 20000 --param bytes=1000",
    "--workload orders --variant bounded --rate 100 --param call_timeout_ms=300",
    "--workload orders --variant timeout_only --rate 100 --param call_timeout_ms=3000",
    "--workload cache --variant bounded --rate 4000 --param cache_bytes=1MiB",
    "--workload fragment --variant naive --rate 500 --param hold_ms=200",
];

#[test]
fn twenty_runs_without_a_leak_are_never_called_leaking() {
    for flags in WITHOUT_LEAK.iter().chain(&WITHOUT_LEAK) {
        let report = run(&format!("{flags} --duration 1500ms --recovery 300ms"));
        assert_ne!(report.leak.verdict, Verdict::Leaking, "{flags}: {}", report.leak.sentence());
    }
}

/// A figure of `/proc/{pid}/{file}`, in bytes.
fn figure(pid: i32, file: &str, name: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn rss_and_its_peak_are_the_kernels() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = short_run("naive");
    spec["workload"]["payload_bytes"] = json!(MIB);
    spec["phases"]["recovery_ms"] = json!(3_000);
    let run = client.start(spec).await;
    let idle = |heard: &Heard| heard.samples.iter().filter(|sample| sample.phase == Phase::Recovery).count();
    client.hear_until(&run, |heard: &Heard| idle(heard) > 12).await;
    let pid = child_of(server.pid(), Role::Target);
    // The kernel counts by CPU and adds up later: 2 MiB are that, and what one sample changes.
    let (rss, rollup, peak) = (
        figure(pid, "status", "VmRSS:"),
        figure(pid, "smaps_rollup", "Rss:"),
        figure(pid, "status", "VmHWM:"),
    );
    let heard = client.hear_until(&run, |heard: &Heard| idle(heard) > 24).await;
    let last = heard.samples.iter().rev().find_map(|sample| sample.target).unwrap();
    for theirs in [rss, rollup] {
        assert!(last.rss_bytes.abs_diff(theirs) < 2 * MIB, "{last:?} {theirs}");
    }
    assert!(last.rss_peak_bytes.abs_diff(peak) < 2 * MIB, "{last:?} {peak}");
    let allocator = heard.samples.iter().rev().find_map(|sample| sample.target?.allocator).unwrap();
    assert!(
        allocator.allocated_bytes <= allocator.active_bytes
            && allocator.active_bytes <= allocator.resident_bytes,
        "{last:?}"
    );
}
