//! Every handler when it goes badly: clients that leave in the middle of a reply, the largest parameters, pools that
//! have no room. Counters stay right, and nothing is held.

use heapgym_shared::{
    Outcome, Report,
    workload::{VariantInfo, WORKLOADS, WorkloadInfo},
};

use crate::support::heapgym;

const MIB: i64 = 1 << 20;

/// Parameters that make replies so slow or so large that a client that gives up after 10 ms is in the middle of one,
/// and what a workload keeps by its nature.
fn hard(workload: &str, variant: &str) -> (&'static [&'static str], i64) {
    match (workload, variant) {
        // Less than half of one request: the rest is the caches of the threads that worked on them.
        ("products", _) => (&["payload_bytes=16MiB", "fill=text"], 8 * MIB),
        ("logs", _) => (&["lines=100000"], 2 * MIB),
        // One call in two hangs, but for the variant that would keep it.
        ("orders", "naive") => (&["order_bytes=1MiB", "items=32", "hang_percent=0"], 2 * MIB),
        ("orders", _) => {
            (&["order_bytes=1MiB", "items=32", "hang_percent=50", "call_timeout_ms=500"], 2 * MIB)
        }
        // The values of a thousand keys.
        ("cache", _) => (&["value_bytes=512KiB", "new_percent=0"], 502 * MIB),
        // The 8,192 objects that are kept.
        ("fragment", _) => (&["objects=100000", "keep_every=1", "hold_ms=1"], 4 * MIB),
        ("calibrate", _) => (&["bytes=64MiB", "delay_ms=100"], MIB),
        _ => panic!("{workload} has no such run here"),
    }
}

#[track_caller]
fn run(info: &WorkloadInfo, variant: &VariantInfo, recovery: &str) -> Report {
    let (parameters, _) = hard(info.id, variant.id);
    let mut command = heapgym();
    command.args(["run", "--workload", info.id, "--variant", variant.id, "--json", "-"]);
    command.args(["--baseline", "200ms", "--warmup", "0s", "--recovery", recovery, "--timeout", "10ms"]);
    // So few that what threads of their own have begun for clients that left is done when the recovery is over.
    let requests = if info.id == "products" { 4 } else { 16 };
    command.arg("--profile");
    command.arg(format!("fixed_iterations iterations={requests} concurrency={requests} max_duration=10s"));
    for parameter in parameters {
        command.args(["--param", parameter]);
    }
    if variant.pool {
        command.args(["--pool-capacity", "1", "--pool-max-buffer", "1KiB"]);
    }
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{} {}: {error}: {}", info.id, variant.id, String::from_utf8_lossy(&output.stderr))
    })
}

#[test]
fn clients_that_leave_in_the_middle_of_a_reply_leave_nothing_behind() {
    for info in WORKLOADS {
        for variant in info.variants {
            let (_, kept) = hard(info.id, variant.id);
            let settled = |report: &Report| {
                report.tasks.live_after_recovery.is_some_and(|tasks| tasks <= 2)
                    && report.memory.held_after_recovery_bytes.is_some_and(|held| held < kept)
            };
            let mut report = run(info, variant, "2500ms");
            if !settled(&report) {
                // A busy machine is still at work for those who left.
                report = run(info, variant, "30s");
            }
            let who = format!("{} {}: {report:?}", info.id, variant.id);
            assert_eq!(report.outcome, Outcome::Completed, "{who}");
            let load = &report.load;
            assert_eq!(load.offered, load.started + load.dropped, "{who}");
            assert_eq!(load.started, load.completed + load.failed, "{who}");
            // These two answer at once, whatever becomes of their calls; and a cached value is there at once.
            let leaves = !matches!(variant.id, "timeout_only")
                && info.id != "cache"
                && (info.id, variant.id) != ("orders", "naive");
            assert!(load.failures.timeout > 0 || !leaves, "somebody left: {who}");
            assert!(settled(&report), "nothing is held: {who}");
            if let Some(pool) = &report.pool {
                let pool = &pool.last;
                assert!(pool.retained_bytes <= 2 * 1024, "{who}");
                assert_eq!(
                    pool.misses,
                    pool.drops + pool.idle,
                    "each buffer that was made waits or is freed: {who}"
                );
            }
        }
    }
}

#[test]
fn what_the_form_expects_of_memory_is_an_upper_estimate_and_not_a_wild_one() {
    const CONCURRENCY: u32 = 8;
    for (workload, variant) in [
        ("products", "naive"),
        ("products", "pooled"),
        ("products", "streamed"),
        ("logs", "naive"),
        ("cache", "bounded"),
        ("calibrate", "exact"),
    ] {
        let mut command = heapgym();
        command.args(["run", "--workload", workload, "--variant", variant, "--json", "-"]);
        command.args(["--concurrency", &CONCURRENCY.to_string(), "--duration", "2s", "--recovery", "200ms"]);
        let output = command.output().unwrap();
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        let footprint = report.spec.workload.footprint(variant);
        let expected = footprint.in_flight_bytes * u64::from(CONCURRENCY) + footprint.shared_bytes;
        let memory = &report.memory;
        let held = memory.allocated_peak_bytes.saturating_sub(memory.baseline_allocated_bytes);
        let ratio = held as f64 / expected as f64;
        println!("{workload} {variant}: held {held} of the {expected} bytes that were expected");
        assert!((0.1..=1.25).contains(&ratio), "{workload} {variant}: {held} of {expected} bytes");
    }
}
