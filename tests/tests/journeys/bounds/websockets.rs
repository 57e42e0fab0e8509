//! How much websockets hold, and how many runs one may follow.

use heapgym_shared::protocol::{ClientMessage, RunId, ServerMessage};
use serde_json::Value;

use super::{LONG, with_long_run};
use crate::support::{
    client::TestClient,
    memory::{Growth, MIB},
    run_of,
    server::TestServer,
};

/// Clients that follow runs and never read what they get.
async fn followers(server: &TestServer, count: usize, runs: &[RunId]) -> Vec<TestClient> {
    let mut clients = Vec::new();
    for _ in 0..count {
        let mut client = TestClient::connect_narrow(&server.address).await;
        for run in runs {
            client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
        }
        clients.push(client);
    }
    clients
}

/// Reads an ended run to its end; returns how many samples it has.
async fn read_to_end(server: &TestServer, run: &RunId) -> u64 {
    let mut client = TestClient::connect(&server.address).await;
    client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    let mut next = 0;
    loop {
        match client.receive().await {
            ServerMessage::Samples { first_seq, batch, .. } => {
                assert_eq!(first_seq, next);
                next += batch.len() as u64;
            }
            ServerMessage::Finished { .. } => return next,
            ServerMessage::State { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn two_hundred_websockets_that_never_read_share_one_ended_run() {
    let (server, run, _directory) = with_long_run(LONG).await;
    let growth = Growth::of(server.pid());
    let clients = followers(&server, 200, std::slice::from_ref(&run)).await;
    // One that reads is served meanwhile, and the others had as much time to take what they can.
    assert_eq!(read_to_end(&server, &run).await, LONG);
    let grown = growth.peak() / MIB;
    println!("{} websockets, {grown} MiB", clients.len());
    assert!(grown < 100, "{grown} MiB");
}

#[tokio::test]
async fn websockets_that_never_read_hold_no_run_however_many_runs_they_follow() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = TestServer::start_in(directory.path());
    let mut runs = Vec::new();
    for _ in 0..8 {
        runs.push(RunId(first.import_long_run(500).await));
    }
    first.kill();
    let server = TestServer::start_in(directory.path());
    assert_eq!(server.request("GET", "/api/catalog", b"").await.0, 200);
    let growth = Growth::of(server.pid());
    let _clients = followers(&server, 50, &runs).await;
    assert_eq!(read_to_end(&server, &runs[7]).await, 500);
    let grown = growth.peak() / MIB;
    println!("50 websockets and 8 runs, {grown} MiB");
    assert!(grown < 100, "{grown} MiB");
}

#[tokio::test]
async fn a_websocket_follows_a_bounded_number_of_runs() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut runs = vec![client.start(run_of(60_000)).await];
    for _ in 0..8 {
        let (status, body) = server.request("POST", "/api/runs", run_of(60_000).to_string().as_bytes()).await;
        assert_eq!(status, 202, "{body}");
        let accepted: Value = serde_json::from_str(&body).unwrap();
        runs.push(RunId(accepted["id"].as_str().unwrap().to_owned()));
    }
    for run in &runs[1..] {
        client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    }
    let refused = loop {
        if let ServerMessage::Rejected { field, allowed, .. } = client.receive().await {
            break (field, allowed);
        }
    };
    assert_eq!(refused, ("run".to_owned(), "at most 8 runs at once".to_owned()));
}
