//! The search for the highest rate that thresholds allow.

use serde_json::Value;

use crate::support::heapgym;

/// Short runs: a step takes about a second.
fn find(flags: &[&str]) -> (Option<i32>, Value, String) {
    let mut command = heapgym();
    command.args([
        "run",
        "--baseline",
        "100ms",
        "--warmup",
        "100ms",
        "--duration",
        "1s",
        "--recovery",
        "100ms",
    ]);
    command.args(["--sample-interval", "50ms", "--json", "-"]).args(flags);
    let output = command.output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default(), words)
}

/// Eight connections of 100 ms a request serve 80 a second: the breaking point can be computed.
const EIGHTY_A_SECOND: [&str; 7] =
    ["calibrate", "--param", "delay_ms=100", "--max-in-flight", "8", "--rate", "20"];

#[test]
fn the_rate_that_is_found_is_where_the_service_breaks() {
    let flags =
        [&["--workload"], &EIGHTY_A_SECOND[..], &["--find-rate", "response_time p(50) < 200ms"]].concat();
    let (code, found, words) = find(&flags);
    assert_eq!(code, Some(0), "{words}");
    let (held, failed) =
        (found["held_rate_per_s"].as_f64().unwrap(), found["failed_rate_per_s"].as_f64().unwrap());
    assert!(held < failed && failed / held < 1.06, "{held} {failed}");
    // With a second of load, 88 can be sent: eight at once, and ten times eight. Fewer on a busy machine.
    assert!((50.0..=90.0).contains(&held), "{held}: {words}");
    let steps = found["steps"].as_array().unwrap();
    let rates: Vec<f64> = steps.iter().map(|step| step["rate_per_s"].as_f64().unwrap()).collect();
    assert_eq!(rates[..3], [20.0, 40.0, 80.0], "it doubles first");
    assert!(steps.iter().all(|step| step["thresholds"].as_array().unwrap().len() == 1));
    assert!(words.contains("step 1"), "each step is told as it begins: {words}");
}

#[test]
fn no_rate_holds_what_cannot_hold() {
    let flags = [
        "--workload",
        "calibrate",
        "--rate",
        "0.5",
        "--find-rate",
        "rss max < 1MiB",
        "--find-rate",
        "failed count == 0",
    ];
    let (code, found, words) = find(&flags);
    assert_eq!((code, found["held_rate_per_s"].is_null()), (Some(99), true), "{words}");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let (code, _, words) = find(&["--find-rate", "rss biggest < 1MiB"]);
    assert!(code == Some(2) && words.contains("`find_rate`"), "{words}");
    let (code, _, words) = find(&["--find-rate", "rss max < 1GiB", "--concurrency", "5"]);
    assert!(code == Some(2) && words.contains("--concurrency"), "{words}");
}
