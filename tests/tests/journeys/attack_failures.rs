//! Attacks on servers that refuse, fail or answer oddly: what the report says, and the exit code.

use std::{
    net::TcpListener,
    process::{Command, Output},
};

use serde_json::Value;

use crate::support::{
    heapgym,
    replying::{BUSY, Choose, OK, Reply, Replying},
};

/// An attack of this many requests, one after the other.
fn attack(url: &str, requests: u64, flags: &[&str]) -> Output {
    let profile = format!("fixed_iterations iterations={requests} concurrency=1 max_duration=60s");
    heapgym().args(["attack", url, "--profile", &profile]).args(flags).output().unwrap()
}

#[track_caller]
fn text(output: &Output, code: i32) -> String {
    let words = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{words}{text}");
    text
}

#[track_caller]
fn json(output: &Output, code: i32) -> Value {
    serde_json::from_str(&text(output, code)).unwrap()
}

/// Whether a report has this line, whatever is before it.
#[track_caller]
fn has_line(text: &str, line: &str) {
    assert!(text.lines().any(|it| it.trim() == line), "no line `{line}` in\n{text}");
}

#[test]
fn an_attack_in_which_nothing_completed_fails_and_says_why() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = text(&attack(&format!("http://{gone}/"), 20, &[]), 1);
    assert!(refused.starts_with("Nothing completed: 20 of 20 requests failed\n"), "{refused}");
    has_line(&refused, "connect: 20 (the connection was refused)");

    let kinds: [(Choose, &str); 5] = [
        (|_, _| Reply::Bytes(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"), "status 403: 20"),
        (|_, _| Reply::Bytes(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"), "status 500: 20"),
        (|_, _| Reply::Bytes(b"HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n"), "status 600: 20"),
        (
            |_, _| Reply::Last(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n"),
            "malformed: 20 (a line of its chunks ends with a line feed alone)",
        ),
        (|_, _| Reply::Last(b""), "closed: 20 (the connection ended before the reply did)"),
    ];
    for (reply, line) in kinds {
        let server = Replying::start(reply);
        let text = text(&attack(&server.url("/"), 20, &[]), 1);
        assert!(text.starts_with("Nothing completed: 20 of 20 requests failed\n"), "{text}");
        has_line(&text, line);
    }
}

#[test]
fn the_first_line_says_which_share_of_requests_failed() {
    let rejects: [(Choose, i32, &str); 4] = [
        (|n, _| Reply::Bytes(if n % 2 == 0 { OK } else { BUSY }), 0, "50 % of requests failed: 100 of 200"),
        (|n, _| Reply::Bytes(if n % 100 == 0 { OK } else { BUSY }), 0, "99 % of requests failed: 198 of 200"),
        (|_, _| Reply::Bytes(BUSY), 1, "Nothing completed: 200 of 200 requests failed"),
        (|_, _| Reply::Bytes(OK), 0, ""),
    ];
    for (reply, code, first) in rejects {
        let server = Replying::start(reply);
        let text = text(&attack(&server.url("/"), 200, &[]), code);
        let line = text.lines().next().unwrap();
        if first.is_empty() {
            assert!(line.contains("of fixed_iterations"), "nothing failed: {text}");
        } else {
            assert_eq!(line, first, "{text}");
        }
    }
}

#[test]
fn json_lists_each_reason_with_its_count() {
    let server = Replying::start(|n, _| match n % 4 {
        0 => Reply::Bytes(OK),
        3 => Reply::Last(b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n"),
        _ => Reply::Bytes(BUSY),
    });
    let report = json(&attack(&server.url("/"), 40, &["--json", "-"]), 0);
    let reasons = &report["heapgym"]["failure_reasons"];
    let expect = serde_json::json!([
        {"kind": "status", "reason": "503", "count": 20},
        {"kind": "malformed", "reason": "it has two Content-Lengths that differ", "count": 10},
    ]);
    assert_eq!(reasons, &expect, "{report:#}");
    let errors = ["503 Service Unavailable", "malformed: it has two Content-Lengths that differ"];
    assert_eq!(report["errors"], serde_json::json!(errors), "{report:#}");
}

#[test]
fn thresholds_of_an_attack_decide_its_exit_code() {
    let half = Replying::start(|n, _| Reply::Bytes(if n % 2 == 0 { OK } else { BUSY }));
    let with = |thresholds: &[&str]| {
        let flags: Vec<_> = thresholds.iter().flat_map(|it| ["--threshold", it]).collect();
        attack(&half.url("/"), 100, &flags)
    };
    let kept = text(&with(&["response_time max < 60s", "failed rate <= 50%"]), 0);
    has_line(&kept, "ok    failed rate <= 50%  50 %");
    let broken = text(&with(&["response_time max < 60s", "failed rate < 1%"]), 99);
    assert!(broken.contains("  FAIL  failed rate < 1%  50 %"), "{broken}");
    let unknown = with(&["rss max < 1GiB"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("use `heapgym run`"), "{unknown:?}");
    let report = json(&attack(&half.url("/"), 10, &["--json", "-", "--threshold", "failed count == 0"]), 99);
    assert_eq!(report["heapgym"]["thresholds"][0]["passed"], false, "{report:#}");
}

/// Latencies of a load in which nothing completed are unknown, not good.
#[test]
fn a_threshold_without_a_completed_request_does_not_hold() {
    let server = Replying::start(|_, _| Reply::Bytes(BUSY));
    let flags = ["--threshold", "response_time p(99) < 60s"];
    let text = text(&attack(&server.url("/"), 20, &flags), 1);
    assert!(text.contains("  ?     response_time p(99) < ") && text.contains("not evaluated"), "{text}");
}

#[test]
fn a_threshold_can_stop_an_attack() {
    let server = Replying::start(|n, _| Reply::Bytes(if n < 10 { OK } else { BUSY }));
    let flags =
        ["--concurrency", "1", "--duration", "60s", "--abort-on-fail", "--threshold", "failed count == 0"];
    let output = heapgym().args(["attack", &server.url("/")]).args(flags).output().unwrap();
    let text = text(&output, 99);
    assert!(text.contains("stopped the run"), "{text}");
    assert!(text.starts_with("Stopped: the threshold `failed count == 0 abort_on_fail` failed. "), "{text}");
}

#[test]
fn a_request_that_met_a_closing_connection_is_sent_again_and_counted() {
    let server = Replying::start(|_, on_connection| match on_connection {
        0 => Reply::Bytes(OK),
        _ => Reply::Last(b""),
    });
    let text = text(&attack(&server.url("/"), 20, &[]), 0);
    has_line(&text, "20 completed, 0 failed");
    has_line(&text, "19 sent a second time: the server had closed their connection before it replied");
    let report = json(&attack(&server.url("/"), 20, &["--json", "-"]), 0);
    assert_eq!((&report["heapgym"]["resent"], &report["success"]), (&19.into(), &1.0.into()), "{report:#}");
}

#[test]
fn http_1_0_is_read_as_it_is_specified() {
    let server = Replying::start(|_, _| Reply::Last(b"HTTP/1.0 200 OK\r\nServer: SimpleHTTP\r\n\r\nhello"));
    let text = text(&attack(&server.url("/"), 20, &[]), 0);
    has_line(&text, "20 completed, 0 failed");
}

#[test]
fn a_url_with_a_query_and_no_path_asks_for_the_root() {
    for (rest, line) in [
        ("?x=1", "GET /?x=1 HTTP/1.1"),
        ("", "GET / HTTP/1.1"),
        ("?", "GET /? HTTP/1.1"),
        ("#top", "GET / HTTP/1.1"),
        ("?x=a/b#top", "GET /?x=a/b HTTP/1.1"),
    ] {
        let server = Replying::start(|_, _| Reply::Bytes(OK));
        text(&attack(&server.url(rest), 1, &[]), 0);
        assert_eq!(server.request_lines(), [line], "{rest}");
    }
}

/// A shell that runs heapgym with this limit on open files, soft and hard.
fn with_descriptors(limit: u64) -> Command {
    let program = heapgym();
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n \"$0\"; exec \"$@\"", &limit.to_string()]).arg(program.get_program());
    shell.env_remove("RUST_LOG");
    shell
}

#[test]
fn heapgyms_own_shortage_of_descriptors_is_named_and_announced() {
    let server = Replying::start(|_, _| Reply::Bytes(OK));
    let mut command = with_descriptors(30);
    command.args(["attack", &server.url("/"), "--concurrency", "100", "--duration", "1s", "--threads", "2"]);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("heapgym: warning: ") && told.contains("`ulimit -n 130`"), "{told}");
    let text = text(&output, 0);
    assert!(text.contains("    no_file_descriptor: ") && !text.contains("connect: "), "{text}");
}

#[test]
fn a_run_announces_its_shortage_of_descriptors_too() {
    let mut command = with_descriptors(64);
    command.args(["run", "--workload", "calibrate", "--concurrency", "200", "--duration", "1s"]);
    command.args(["--baseline", "100ms", "--warmup", "100ms", "--recovery", "100ms"]);
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("200 connections need about"), "{told}");
}
