//! Comparisons without data, from the command line, of a server and on its page: they cannot tell.

use heapgym_shared::{
    Sample,
    protocol::{ClientMessage, RunId},
    sample::Phase,
};
use serde_json::{Value, json};

use crate::support::{
    client::{Heard, TestClient},
    heapgym,
    processes::{Role, child_of, kill_at_once},
    run_of,
    server::TestServer,
};

const NO_RUN: &str = "Cannot tell: no run of A or B completed.";

#[test]
fn a_comparison_whose_runs_all_end_out_of_memory_cannot_tell() {
    let directory = tempfile::tempdir().unwrap();
    let json = directory.path().join("comparison.json");
    let mut command = heapgym();
    command.args(["compare", "--a", "products/naive", "--b", "products/naive", "--concurrency", "50"]);
    command.args(["--duration", "10s", "--memory-limit", "64MiB", "--pairs", "1", "--json"]).arg(&json);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(NO_RUN) && text.contains("A of pair 1: Out of memory"), "{text}");
    let comparison: Value = serde_json::from_slice(&std::fs::read(json).unwrap()).unwrap();
    assert_eq!(comparison["verdict"], "cannot_tell");
    assert_eq!(comparison["reason"], "no run of A or B completed");
}

/// A comparison of one pair that a server makes.
async fn start(server: &TestServer, side: &Value) -> [RunId; 2] {
    let body = json!({"a": side, "b": side, "pairs": 1}).to_string();
    let (status, accepted) = server.request("POST", "/api/compare", body.as_bytes()).await;
    assert_eq!(status, 202, "{accepted}");
    let accepted: Value = serde_json::from_str(&accepted).unwrap();
    ["a", "b"].map(|side| RunId(accepted[side].as_str().unwrap().to_owned()))
}

async fn follow(client: &mut TestClient, run: &RunId) {
    client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
}

async fn comparison(server: &TestServer, [a, b]: &[RunId; 2]) -> Value {
    let (status, comparison) = server.request("GET", &format!("/api/compare/{a}..{b}"), b"").await;
    assert_eq!(status, 200, "{comparison}");
    serde_json::from_str(&comparison).unwrap()
}

#[tokio::test]
async fn a_run_whose_load_generator_dies_is_left_out_of_its_comparison_and_named() {
    let server = TestServer::start();
    let runs = start(&server, &run_of(3_000)).await;
    let mut client = TestClient::connect(&server.address).await;
    follow(&mut client, &runs[0]).await;
    let loaded = |sample: &Sample| sample.phase == Phase::Load;
    client.hear_until(&runs[0], |heard: &Heard| heard.samples.iter().any(loaded)).await;
    kill_at_once(child_of(server.pid(), Role::Load));
    follow(&mut client, &runs[1]).await;
    client.hear_out(&runs[1]).await;

    let comparison = comparison(&server, &runs).await;
    assert_eq!(
        (&comparison["verdict"], &comparison["pairs"]),
        (&json!("cannot_tell"), &json!(0)),
        "{comparison:#}"
    );
    assert_eq!(comparison["endings"], json!([]));
    let left_out = comparison["left_out"][0].as_str().unwrap();
    assert!(left_out.starts_with("A of pair 1: Crashed: the load generator"), "{left_out}");
}

#[test]
fn a_run_that_could_not_be_started_is_left_out_of_a_comparison_and_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let (fine, lost) = (path("fine.json"), path("lost.json"));
    let mut command = heapgym();
    command.args(["run", "--workload", "logs", "--duration", "1s", "--json", &fine]);
    command.args(["--baseline", "100ms", "--warmup", "100ms", "--recovery", "100ms"]);
    assert!(command.output().unwrap().status.success());
    let mut report: Value = serde_json::from_slice(&std::fs::read(&fine).unwrap()).unwrap();
    report["outcome"] = json!({"kind": "lost", "reason": "the target could not be started: No such file"});
    std::fs::write(&lost, report.to_string()).unwrap();
    for (a, b, side) in [(&fine, &lost, "B"), (&lost, &fine, "A")] {
        let output = heapgym().args(["compare", a, b]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.trim_start().starts_with("Cannot tell: no pair is left"), "{text}");
        let named = format!("{side} of pair 1: Lost: the target could not be started: No such file.");
        assert!(text.contains(&named), "{text}");
    }
}

/// What the page says.
mod in_browser {
    use super::*;
    use crate::support::browser::Browser;

    #[tokio::test]
    async fn a_server_and_its_page_cannot_tell_without_a_completed_run() {
        let server = TestServer::start();
        let mut side = run_of(10_000);
        side["workload"]["payload_bytes"] = json!(1 << 20);
        side["load"]["profile"]["concurrency"] = json!(50);
        side["limits"] = json!({"memory_bytes": 64 << 20});
        let runs = start(&server, &side).await;
        let mut client = TestClient::connect(&server.address).await;
        follow(&mut client, &runs[1]).await;
        client.hear_out(&runs[1]).await;

        let comparison = comparison(&server, &runs).await;
        assert_eq!(
            (&comparison["verdict"], &comparison["reason"]),
            (&json!("cannot_tell"), &json!("no run of A or B completed"))
        );
        let [a, b] = &runs;
        let browser = Browser::open(&server.url(&format!("/c/{a}..{b}"))).await;
        browser.wait_for(".comparison[data-verdict=cannot_tell]").await;
        let words = browser.text(".comparison").await;
        assert!(words.contains(NO_RUN), "{words}");
        browser.close().await;
    }
}
