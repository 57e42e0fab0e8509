//! A server that is asked to end: it loses no run, and takes its leave of everybody.

use std::time::Duration;

use heapgym_shared::{
    Outcome, Sample,
    adjust::Adjustment,
    protocol::{ClientMessage, RunId},
    sample::Phase,
};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::support::{
    client::{Heard, TestClient},
    processes::children_of,
    run_of,
    server::TestServer,
    short_run,
};

/// The close code of a server that goes away.
const GOING_AWAY: u16 = 1001;

/// Starts a run and waits until its first samples are there.
async fn begin(server: &TestServer, spec: Value) -> (TestClient, RunId) {
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(spec).await;
    client.hear_until(&run, |heard: &Heard| heard.samples.len() > 8).await;
    (client, run)
}

/// Whether requests have completed in the load phase.
fn completes_under_load(heard: &Heard) -> bool {
    let mut under_load = heard.samples.iter().filter(|sample| sample.phase == Phase::Load);
    let completed = |sample: &Sample| sample.load.as_ref().map_or(0, |load| load.completed);
    under_load.next().is_some_and(|first| under_load.any(|sample| completed(sample) > completed(first)))
}

async fn post(server: &TestServer, path: &str, body: &Value) -> (u16, Value) {
    let (status, body) = server.request("POST", path, body.to_string().as_bytes()).await;
    (status, serde_json::from_str(&body).unwrap_or_else(|_| panic!("{body}")))
}

async fn get(server: &TestServer, path: &str) -> Value {
    let (status, body) = server.request("GET", path, b"").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// A run with requests that are never answered, for which it would wait a minute.
fn hanging() -> Value {
    let mut spec = run_of(60_000);
    spec["workload"] =
        json!({"kind": "orders", "order_bytes": 1000, "hang_percent": 50, "call_timeout_ms": 60_000});
    spec["variant"] = json!("bounded");
    spec["phases"]["graceful_stop_ms"] = json!(60_000);
    spec
}

#[tokio::test]
async fn a_signal_stops_the_active_run_and_the_waiting_ones_run_after_the_restart() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let directory = tempfile::tempdir().unwrap();
        let mut server = TestServer::start_in(directory.path());
        let (mut client, active) = begin(&server, run_of(60_000)).await;
        client.hear_until(&active, completes_under_load).await;
        let sides = json!({"a": short_run("naive"), "b": short_run("pooled"), "pairs": 1});
        let (status, pair) = post(&server, "/api/compare", &sides).await;
        assert_eq!(status, 202, "{pair}");
        let mut idle = TestClient::connect(&server.address).await;

        server.signal(signal);
        let heard = client.hear_out(&active).await;
        assert_eq!(heard.outcome(), &Outcome::STOPPED, "{signal}");
        let (_, report) = heard.finished.unwrap();
        assert!(report.unwrap().load.completed > 0, "{signal}");
        assert_eq!(client.close_code().await, Some(GOING_AWAY), "{signal}");
        assert_eq!(idle.close_code().await, Some(GOING_AWAY), "{signal}");
        assert_eq!(server.ended().await.code(), Some(0), "{signal}");

        let server = TestServer::start_in(directory.path());
        let stored = get(&server, &format!("/api/runs/{active}")).await;
        assert_eq!(stored["outcome"], json!({"kind": "stopped"}), "{signal}");
        assert!(stored["report"]["load"]["completed"].as_u64() > Some(0), "{signal}");
        let mut client = TestClient::connect(&server.address).await;
        for side in ["a", "b"] {
            let run = RunId(pair[side].as_str().unwrap().to_owned());
            client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
            assert_eq!(client.hear_out(&run).await.outcome(), &Outcome::Completed, "{signal}");
        }
        let (a, b) = (pair["a"].as_str().unwrap(), pair["b"].as_str().unwrap());
        assert_eq!(get(&server, &format!("/api/compare/{a}..{b}")).await["waiting"], 0);
    }
}

#[tokio::test]
async fn a_paused_run_is_stopped_with_its_report() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = TestServer::start_in(directory.path());
    let (mut client, run) = begin(&server, run_of(60_000)).await;
    client.adjust(&run, Adjustment::Pause).await;
    client.hear_until(&run, |heard| heard.caused().next().is_some()).await;
    server.signal(Signal::SIGTERM);
    let heard = client.hear_out(&run).await;
    assert_eq!(heard.outcome(), &Outcome::STOPPED);
    assert!(heard.finished.unwrap().1.is_some());
    assert_eq!(server.ended().await.code(), Some(0));
}

#[tokio::test]
async fn neither_hanging_requests_nor_silent_clients_hold_a_shutdown_up() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = TestServer::start_in(directory.path());
    let (mut client, run) = begin(&server, hanging()).await;
    let _silent = TestClient::connect_narrow(&server.address).await;
    let _half = TcpStream::connect(&server.address).await.unwrap();
    server.signal(Signal::SIGTERM);
    let heard = client.hear_out(&run).await;
    assert_eq!(heard.outcome(), &Outcome::STOPPED);
    assert!(heard.finished.unwrap().1.is_some());
    assert_eq!(server.ended().await.code(), Some(0)); // the run itself would wait a minute
}

#[tokio::test]
async fn a_server_that_shuts_down_refuses_runs_and_a_second_signal_ends_it_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = TestServer::start_in(directory.path());
    let (mut client, run) = begin(&server, hanging()).await;
    let waiting = TestClient::connect(&server.address).await.start(short_run("naive")).await;
    server.signal(Signal::SIGTERM);
    // Its requests hang, so that there is time for this.
    let refused = loop {
        let (field, reason, _) = match post(&server, "/api/runs", &short_run("naive")).await {
            (202, _) => continue, // the signal has not arrived yet
            (503, body) => (body["field"].clone(), body["reason"].clone(), ()),
            (status, body) => panic!("{status} {body}"),
        };
        break (field, reason);
    };
    assert_eq!(refused, (json!("server"), json!("is shutting down and takes no new runs")));
    client.send(&ClientMessage::Start { spec: short_run("naive") }).await;
    // A second signal within 200 ms of the first counts as the same one.
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.signal(Signal::SIGTERM);
    assert_eq!(server.ended().await.code(), Some(130));
    assert!(children_of(server.pid()).is_empty());

    let server = TestServer::start_in(directory.path());
    let stored = get(&server, &format!("/api/runs/{run}")).await;
    assert_eq!(stored["outcome"]["kind"], "lost", "{stored}");
    let mut client = TestClient::connect(&server.address).await;
    client.send(&ClientMessage::Subscribe { run: waiting.clone(), after_seq: None }).await;
    assert_eq!(client.hear_out(&waiting).await.outcome(), &Outcome::Completed);
}
