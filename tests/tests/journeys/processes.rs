//! Children that are killed, and what is left of them.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    time::Duration,
};

use heapgym_shared::{
    Outcome, Report, Sample,
    outcome::Child,
    protocol::{ClientMessage, RunId},
    sample::Phase,
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};

use crate::support::{
    client::{Heard, TestClient},
    heapgym,
    processes::{Role, all_gone, child_of, children_of, kill_at_once},
    run_of,
    server::TestServer,
    short_run,
};

/// Their runs last a minute: what is gone so soon has not just come to its end.
const SOON: Duration = Duration::from_secs(20);

/// Starts a long run and waits until its load is under way.
async fn begin(server: &TestServer) -> (TestClient, RunId) {
    begin_with(server, run_of(60_000)).await
}

async fn begin_with(server: &TestServer, spec: Value) -> (TestClient, RunId) {
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(spec).await;
    let loaded = |sample: &Sample| sample.phase == Phase::Load && sample.target.is_some();
    // Two samples of the load phase: requests have been served in it.
    client.hear_until(&run, |heard: &Heard| heard.samples.iter().filter(|s| loaded(s)).count() > 1).await;
    (client, run)
}

/// The server still executes runs.
async fn assert_serves_on(client: &mut TestClient) {
    let run = client.start(short_run("pooled")).await;
    assert_eq!(client.hear_out(&run).await.outcome(), &Outcome::Completed);
}

#[tokio::test]
async fn a_killed_target_is_a_crash_and_the_server_serves_on() {
    let server = TestServer::start();
    let (mut client, run) = begin(&server).await;
    kill_at_once(child_of(server.pid(), Role::Target));
    let heard = client.hear_out(&run).await;
    let Outcome::Crashed { process: Child::Target, status, .. } = heard.outcome() else {
        panic!("{heard:?}")
    };
    assert!(status.contains("SIGKILL"), "{status}");
    let (_, report) = heard.finished.unwrap();
    assert!(report.unwrap().samples > 0, "partial samples are kept");
    assert_serves_on(&mut client).await;
}

#[tokio::test]
async fn a_killed_load_generator_is_a_crash_of_its_own() {
    let server = TestServer::start();
    let (mut client, run) = begin(&server).await;
    kill_at_once(child_of(server.pid(), Role::Load));
    let heard = client.hear_out(&run).await;
    assert!(matches!(heard.outcome(), Outcome::Crashed { process: Child::Load, .. }), "{heard:?}");
    assert!(heard.outcome().sentence().contains("load generator"));
    assert_serves_on(&mut client).await;
}

/// A run whose handlers call another service.
fn orders() -> Value {
    let mut spec = run_of(60_000);
    spec["workload"] = json!({"kind": "orders", "order_bytes": 1000});
    spec["variant"] = json!("bounded");
    spec
}

#[tokio::test]
async fn a_killed_downstream_service_is_a_crash_of_its_own() {
    let server = TestServer::start();
    let (mut client, run) = begin_with(&server, orders()).await;
    kill_at_once(child_of(server.pid(), Role::Downstream));
    let heard = client.hear_out(&run).await;
    assert!(matches!(heard.outcome(), Outcome::Crashed { process: Child::Downstream, .. }), "{heard:?}");
    assert!(heard.outcome().sentence().contains("downstream service"));
    assert!(children_of(server.pid()).is_empty(), "the others have ended with it");
    assert_serves_on(&mut client).await;
}

#[tokio::test]
async fn all_three_children_end_with_the_server() {
    let mut server = TestServer::start();
    begin_with(&server, orders()).await;
    let children: Vec<i32> = children_of(server.pid()).into_iter().map(|(pid, _)| pid).collect();
    assert_eq!(children.len(), 3);
    server.kill();
    assert!(all_gone(&children, SOON).await);
}

#[test]
fn ctrl_c_ends_a_run_in_the_terminal_with_its_report() {
    let mut run = heapgym()
        .args(["run", "--param", "payload_bytes=1KiB", "--duration", "60s", "--json", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut progress = BufReader::new(run.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(progress.any(|line| line.trim_start().starts_with("load ")), "it never came to its load phase");
    kill(Pid::from_raw(run.id() as i32), Signal::SIGINT).unwrap();
    let _ = progress.by_ref().count(); // until it closes its stderr, or a full pipe would hold it up
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.outcome, Outcome::STOPPED);
    assert_eq!(report.load.started, report.load.completed + report.load.failed);
}

#[tokio::test]
async fn children_do_not_outlive_a_killed_server() {
    let mut server = TestServer::start();
    let (_client, _run) = begin(&server).await;
    let children: Vec<i32> = children_of(server.pid()).into_iter().map(|(pid, _)| pid).collect();
    assert_eq!(children.len(), 2);
    server.kill();
    assert!(all_gone(&children, SOON).await, "a child is still alive");
}

#[tokio::test]
async fn a_stopped_run_keeps_its_samples_and_its_children_are_reaped() {
    let server = TestServer::start();
    let (mut client, run) = begin(&server).await;
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let heard = client.hear_out(&run).await;
    assert_eq!(heard.outcome(), &Outcome::STOPPED);
    let (_, report) = heard.finished.unwrap();
    assert!(report.unwrap().load.completed > 0);
    assert!(children_of(server.pid()).is_empty(), "no child is left, not even a zombie");
}

#[tokio::test]
async fn runs_wait_their_turn_and_can_be_taken_out_of_the_queue() {
    let server = TestServer::start();
    let (mut client, first) = begin(&server).await;
    let waiting = client.start(short_run("naive")).await;
    client.send(&ClientMessage::Stop { run: waiting.clone() }).await;
    client.send(&ClientMessage::Stop { run: first }).await;
    let heard = client.hear_out(&waiting).await;
    assert_eq!(heard.finished, Some((Outcome::STOPPED, None)), "it never started");
}

#[tokio::test]
async fn a_run_out_of_memory_keeps_its_samples_and_the_next_one_works() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = run_of(20_000);
    spec["workload"] = json!({"kind": "products"});
    spec["load"]["profile"]["concurrency"] = json!(100);
    spec["limits"] = json!({"memory_bytes": 64 << 20});
    let run = client.start(spec).await;
    let heard = client.hear_out(&run).await;
    assert!(matches!(heard.outcome(), Outcome::OutOfMemory { .. }), "{heard:?}");
    let (status, samples) = server.request("GET", &format!("/api/runs/{run}/samples.json"), b"").await;
    let kept: Vec<heapgym_shared::Sample> = serde_json::from_str(&samples).unwrap();
    assert_eq!((status, kept), (200, heard.samples));
    assert_serves_on(&mut client).await;
}
