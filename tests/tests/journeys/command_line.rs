//! Runs from the command line: reports, exit codes, the guard.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use heapgym_shared::{Outcome, Report, outcome::GuardKind, report::Verdict};
use serde_json::Value;

use crate::support::heapgym;

/// `heapgym run` with short phases around the load, and these flags.
fn run(flags: &[&str]) -> Output {
    heapgym().args(["run", "--baseline", "300ms", "--recovery", "500ms"]).args(flags).output().unwrap()
}

fn report(path: &Path) -> Report {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The counters of a completed run add up.
#[track_caller]
fn assert_consistent(report: &Report) {
    let load = &report.load;
    assert_eq!(report.outcome, Outcome::Completed);
    assert!(load.completed > 0, "{load:?}");
    assert_eq!(load.offered, load.started + load.dropped, "{load:?}");
    assert_eq!(load.started, load.completed + load.failed, "{load:?}");
    assert_eq!(load.failed, load.failures.total(), "{load:?}");
    assert!(report.response_time_ns.p50 <= report.response_time_ns.p99, "{:?}", report.response_time_ns);
    assert!(report.response_time_ns.p99 <= report.response_time_ns.max, "{:?}", report.response_time_ns);
    assert!(
        report.memory.rss_peak_bytes > 0 && report.memory.allocated_peak_bytes > 0,
        "{:?}",
        report.memory
    );
    assert!(report.environment.allocator.starts_with("jemalloc 5."), "{:?}", report.environment);
}

#[test]
fn pooled_allocates_a_fraction_of_naive() {
    let directory = tempfile::tempdir().unwrap();
    // As in the article: 1 MiB of NUL bytes, six characters each in JSON.
    let reply_bytes = 6 * (1 << 20) + r#"{"id":1,"name":"Sample Product","data":""}"#.len() as u64;
    let [naive, pooled] = ["naive", "pooled"].map(|variant| {
        let json = directory.path().join(variant);
        // The pool's first round of large buffers belongs to the warm-up, however slow the machine is.
        let flags = ["--variant", variant, "--concurrency", "20", "--duration", "4s", "--warmup", "3s"];
        let output = run(&[&flags[..], &["--json", json.to_str().unwrap()]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report = report(&json);
        assert_consistent(&report);
        assert_eq!(report.load.body_bytes, report.load.completed * reply_bytes);
        assert_eq!(report.sampler.allocations_per_sample, 0.0, "the sampler allocates nothing");
        assert!(report.sampler.cpu_ns_per_sample > 0.0, "and its cost is told");
        report
    });
    let [naive, pooled] = [naive, pooled].map(|report| report.per_request.unwrap().allocated_bytes);
    assert!(naive > f64::from(8 << 20), "{naive} bytes per request");
    let share = pooled / naive;
    assert!(share < 0.05, "pooled allocates {share:.3} of naive");
}

#[test]
fn the_report_is_what_the_design_promises() {
    let output = run(&["--rate", "50", "--duration", "1s", "--param", "payload_bytes=1KiB", "--json", "-"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for pointer in [
        "/schema",
        "/spec/workload/kind",
        "/environment/kernel",
        "/outcome/kind",
        "/load/offered",
        "/load/rate_per_s",
        "/load/throughput_per_s",
        "/response_time_ns/p999",
        "/service_time_ns/mean",
        "/memory/baseline_allocated_bytes",
        "/memory/allocated_peak_bytes",
        "/memory/resident_peak_bytes",
        "/memory/rss_peak_bytes",
        "/memory/held_after_recovery_bytes",
        "/per_request/allocated_bytes",
        "/per_request/allocations",
        "/per_request/minor_faults",
        "/per_request/cpu_ns",
        "/tasks/live_peak",
        "/tasks/live_after_recovery",
        "/leak/verdict",
        "/leak/slope_bytes_per_request",
        "/leak/interval/1",
    ] {
        assert!(report.pointer(pointer).is_some_and(|value| !value.is_null()), "{pointer} in {report:#}");
    }
    assert_eq!(report["load"]["offered"], 50, "50 a second for one second");
}

#[test]
fn a_small_handler_leaks_nothing() {
    let output =
        run(&["--concurrency", "4", "--duration", "4s", "--param", "payload_bytes=1KiB", "--json", "-"]);
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_consistent(&report);
    assert_eq!(report.leak.verdict, Verdict::None, "{:?}", report.leak);
}

#[test]
fn naive_passes_a_small_limit_and_the_report_says_so() {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("a.json");
    let output = run(&["--concurrency", "100", "--memory-limit", "64MiB", "--json", json.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(101), "{}", String::from_utf8_lossy(&output.stderr));
    let report = report(&json);
    let Outcome::OutOfMemory { limit_bytes, reached_bytes, guard } = report.outcome else {
        panic!("{:?}", report.outcome);
    };
    assert_eq!(limit_bytes, 64 << 20);
    assert!(
        reached_bytes > limit_bytes && report.samples > 0,
        "{reached_bytes} bytes, {} samples",
        report.samples
    );
    assert!(matches!(guard, GuardKind::Watchdog | GuardKind::Cgroup), "{guard:?}");
}

#[test]
fn allocator_options_reach_the_target() {
    let flags = ["--rate", "10", "--duration", "1s", "--param", "payload_bytes=1KiB", "--json", "-"];
    let output = run(&[&flags[..], &["--dirty-decay", "1s", "--background-thread", "true"]].concat());
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let options = &report.environment.allocator_options;
    assert!(
        options.contains("dirty_decay_ms:1000") && options.contains("background_thread:true"),
        "{options}"
    );
}

#[test]
fn an_open_profile_that_finds_no_room_can_give_up() {
    // One connection cannot serve 100 000/s.
    let flags = ["--rate", "100000", "--max-in-flight", "1", "--on-saturation", "abort", "--duration", "5s"];
    let output = run(&flags);
    assert_eq!(output.status.code(), Some(102), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_run_that_takes_too_long_is_timed_out() {
    let output = run(&["--duration", "20s", "--wall-clock-limit", "1500ms", "--json", "-"]);
    assert_eq!(output.status.code(), Some(1));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.outcome, Outcome::TimedOut { limit_ms: 1500 });
    assert!(report.samples > 0);
}

#[test]
fn a_specification_that_cannot_be_read_is_named() {
    let output = heapgym().args(["run", "--spec", "/dev/null"]).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(words.contains("--spec: `/dev/null` is empty"), "{words}");
}

#[test]
fn bad_flags_are_refused_with_field_and_range() {
    let check = |flags: &[&str], field: &str, allowed: &str| {
        let output = heapgym().arg("run").args(flags).output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains(&format!("`{field}`")) && words.contains(allowed), "{words}");
    };
    check(&["--rate", "0"], "load.profile.rate", "0.1/s to 200,000/s");
    check(&["--duration", "10h"], "load.profile.duration_ms", "1 s to 10 min");
    check(&["--workload", "unknown"], "workload.kind", "products");
    check(&["--variant", "unknown"], "variant", "naive, pooled");
    check(&["--param", "unknown=1"], "workload.unknown", "payload_bytes, fill");
    check(&["--param", "payload_bytes=-1"], "workload.payload_bytes", "0 B to 16 MiB");
}

#[test]
fn charts_are_written_as_svg() {
    let directory = tempfile::tempdir().unwrap();
    let svg = directory.path().join("charts");
    let flags = ["--rate", "20", "--duration", "1s", "--param", "payload_bytes=1KiB"];
    let output = run(&[&flags[..], &["--svg", svg.to_str().unwrap()]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!svg.join("pool.svg").exists(), "naive has no pool");
    for chart in heapgym_shared::chart::CHARTS.iter().filter(|chart| chart.id != "pool") {
        let text = std::fs::read_to_string(svg.join(format!("{}.svg", chart.id))).unwrap();
        assert!(
            text.starts_with("<svg") && text.contains(chart.title) && text.contains("<polyline"),
            "{}",
            chart.id
        );
    }
}

#[test]
fn a_reader_that_goes_away_does_not_change_the_exit_code() {
    let mut run = heapgym()
        .args([
            "run",
            "--duration",
            "1s",
            "--rate",
            "10",
            "--param",
            "payload_bytes=1KiB",
            "--recovery",
            "0s",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop((run.stdout.take(), run.stderr.take())); // as `| head -0` does
    assert_eq!(run.wait().unwrap().code(), Some(0));
}

#[test]
fn a_place_that_cannot_be_written_to_is_refused_before_the_run() {
    let output = run(&["--duration", "60s", "--json", "/no/such/directory/a.json"]);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        words.contains("cannot write `/no/such/directory/a.json`") && !words.contains("of load"),
        "{words}"
    );
}
