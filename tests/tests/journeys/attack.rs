//! The load engine alone, against the target alone and against a server that never answers.

use std::{
    net::TcpListener,
    path::Path,
    process::{Output, Stdio},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::support::{alone::TargetAlone, heapgym};

/// A target alone, with small replies.
fn small_target() -> TargetAlone {
    TargetAlone::start(&["--variant", "pooled", "--param", "payload_bytes=1KiB"])
}

fn attack(url: &str, flags: &[&str]) -> Output {
    heapgym().args(["attack", url]).args(flags).output().unwrap()
}

#[track_caller]
fn text(output: &Output, code: i32) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{words}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The total count of a percentile file, whose rows rise to it.
#[track_caller]
fn total_count(hdr: &Path) -> u64 {
    let text = std::fs::read_to_string(hdr).unwrap();
    assert!(text.trim_start().starts_with("Value     Percentile TotalCount 1/(1-Percentile)"), "{text}");
    let rows = text.lines().skip(2).take_while(|line| !line.starts_with('#'));
    let column = |line: &str, n: usize| line.split_whitespace().nth(n).unwrap().parse::<f64>().unwrap();
    let rows: Vec<_> = rows.map(|line| [0, 1, 2].map(|n| column(line, n))).collect();
    assert!(rows.is_sorted_by(|a, b| a.iter().zip(b).all(|(a, b)| a <= b)), "{text}");
    let [_, percentile, counted] = rows.last().unwrap();
    let total = text.split("Total count    = ").nth(1).unwrap().split(']').next().unwrap();
    assert_eq!((*percentile, counted.to_string().as_str()), (1.0, total.trim()), "{text}");
    *counted as u64
}

#[test]
fn one_load_is_told_in_three_ways() {
    let target = small_target();
    let directory = tempfile::tempdir().unwrap();
    let [json, hdr] = ["a.json", "a.hdr"].map(|name| directory.path().join(name));
    let flags = ["--rate", "200", "--duration", "1s", "--threads", "2", "--header", "accept: */*"];
    let files = ["--json", json.to_str().unwrap(), "--hdr", hdr.to_str().unwrap()];
    let text = text(&attack(&target.url, &[&flags[..], &files].concat()), 0);

    let report: Value = serde_json::from_str(&std::fs::read_to_string(json).unwrap()).unwrap();
    assert_eq!(
        (&report["requests"], &report["status_codes"]["200"]),
        (&200.into(), &200.into()),
        "{report:#}"
    );
    assert_eq!((&report["success"], &report["rate"]), (&1.0.into(), &200.0.into()), "{report:#}");
    let nanoseconds = |pointer: &str| report.pointer(pointer).unwrap().as_u64().unwrap();
    assert!(nanoseconds("/latencies/min") <= nanoseconds("/latencies/50th"), "{report:#}");
    assert!(nanoseconds("/latencies/99th") <= nanoseconds("/latencies/max"), "{report:#}");
    assert!(nanoseconds("/heapgym/service_time/max") <= nanoseconds("/latencies/max"), "{report:#}");

    assert_eq!(total_count(&hdr), 200);
    for words in ["response_time", "service_time", "p99.9", "200 completed, 0 failed\n", "Transfer/sec:"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let per_second = text.lines().find_map(|line| line.strip_prefix("Requests/sec:")).unwrap();
    let told: f64 = per_second.trim().parse().unwrap();
    assert!((told - report["throughput"].as_f64().unwrap()).abs() < 0.01, "{text}");
}

#[test]
fn json_can_take_the_place_of_the_text() {
    let target = small_target();
    let output =
        attack(&format!("{}/none", target.url), &["--concurrency", "2", "--duration", "1s", "--json", "-"]);
    let report: Value = serde_json::from_str(&text(&output, 1)).unwrap();
    assert_eq!(report["success"], 0.0, "{report:#}");
    assert!(report["requests"].as_u64().unwrap() > 2, "{report:#}");
    assert_eq!(report["heapgym"]["failures"]["status"], report["requests"], "{report:#}");
    assert_eq!(report["errors"].as_array().unwrap().len(), 1, "{report:#}");
}

#[test]
fn ctrl_c_ends_the_load_with_its_report() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    let attack = heapgym()
        .args(["attack", &url, "--concurrency", "1", "--duration", "60s", "--graceful-stop", "100ms"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let _never_answered = server.accept().unwrap();
    kill(Pid::from_raw(attack.id() as i32), Signal::SIGINT).unwrap();
    let text = text(&attack.wait_with_output().unwrap(), 130);
    assert!(text.starts_with("Stopped on request. Nothing completed: "), "{text}");
    assert!(text.contains("    abandoned: 1 ("), "{text}");
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

#[test]
fn what_is_refused_is_not_attacked() {
    let check = |url: &str, flags: &[&str], code: i32, words: &str| {
        let output = attack(url, flags);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{told}");
        assert!(told.contains(words) && output.stdout.is_empty(), "{told}");
    };
    check("http://192.0.2.1/", &[], 2, "is not loopback");
    check("http://192.0.2.1/", &["--allow-host", "192.0.2.2"], 2, "--allow-host 192.0.2.1");
    check("http://0.0.0.0:9/", &[], 2, "is not loopback");
    check("https://127.0.0.1/", &[], 2, "only plain `http://`");
    check("127.0.0.1:9", &[], 2, "begins with `http://`");
    check("http://127.0.0.1:9/", &["--header", "A: b\r\nC: d"], 2, "--header");
    check("http://127.0.0.1:9/", &["--rate", "0"], 2, "load.profile.rate");
    check("http://127.0.0.1:9/", &["--cpus", "0,1000"], 2, "`--cpus` names 1000");
    check("http://127.0.0.1:9/", &["--cpus", "0,0"], 2, "`--cpus` names 0 twice");
    check("http://127.0.0.1:9/", &["--cpus", "0", "--threads", "1"], 2, "cannot be used with");
    check("http://127.0.0.1:9/", &["--hdr", "/no/such/directory/a.hdr"], 1, "--hdr: cannot write");
}
