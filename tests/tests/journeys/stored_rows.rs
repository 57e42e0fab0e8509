//! What is stored of a run: all of it or nothing, and a row that cannot be read costs only its own run.

use std::time::Duration;

use heapgym_shared::{history::RunList, protocol::RunId};
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{client::TestClient, run_of, server::TestServer};

async fn list(server: &TestServer, query: &str) -> RunList {
    let (status, body) = server.request("GET", &format!("/api/runs{query}"), b"").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

/// The file of a run, with many samples.
async fn file(server: &TestServer, id: &RunId) -> Vec<u8> {
    let (_, file) = server.request("GET", &format!("/api/runs/{id}/export.json"), b"").await;
    let mut file: Value = serde_json::from_str(&file).unwrap();
    let sample = file["samples"][0].clone();
    let many = (0..20_000).map(|seq| {
        let mut sample = sample.clone();
        sample["seq"] = json!(seq);
        sample
    });
    file["samples"] = many.collect();
    serde_json::to_vec(&file).unwrap()
}

#[tokio::test]
async fn an_import_that_is_interrupted_leaves_nothing_or_all() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let id = client.start(run_of(1_000)).await;
    client.hear_out(&id).await;
    let file = file(&server, &id).await;
    let head = format!(
        "POST /api/runs/import HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        server.address,
        file.len()
    );
    // Within the upload, and at several instants after it.
    for (sent, pause_ms) in
        [(file.len() / 2, 0), (file.len(), 0), (file.len(), 50), (file.len(), 400), (file.len(), 1_000)]
    {
        let mut stream = TcpStream::connect(&server.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&file[..sent]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        drop(stream);
        for line in list(&server, "").await.runs {
            let samples = if line.id == id { 20 } else { 20_000 };
            assert!(line.outcome.is_some(), "{line:?}");
            let (_, stored) = server.request("GET", &format!("/api/runs/{}/samples.csv", line.id), b"").await;
            assert!(stored.lines().count() > samples, "{pause_ms} ms: {}", stored.lines().count());
        }
    }
}

#[tokio::test]
async fn a_row_that_does_not_decode_is_shown_as_unreadable_and_can_be_deleted() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = TestServer::start_in(directory.path());
    let mut client = TestClient::connect(&server.address).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let id = client.start(run_of(1_000)).await;
        client.hear_out(&id).await;
        ids.push(id);
    }
    let baseline = json!({"run": ids[0].0}).to_string();
    assert_eq!(server.request("PUT", "/api/baselines/main", baseline.as_bytes()).await.0, 204);
    server.kill();
    let database = directory.path().join("heapgym.sqlite");
    let mut connection = SqliteConnection::connect(database.to_str().unwrap()).await.unwrap();
    for (id, update) in [
        (&ids[0], "UPDATE run SET spec = '{}' WHERE id = ?"),
        (&ids[1], "UPDATE run SET report = '{' WHERE id = ?"),
    ] {
        sqlx::query(update).bind(&id.0).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();

    let server = TestServer::start_in(directory.path());
    for query in ["", "?order=p99", "?search=", "?order=resident"] {
        let list = list(&server, query).await;
        let unreadable = list.runs.iter().filter(|line| line.unreadable.is_some()).count();
        assert_eq!((list.total, unreadable), (3, 2), "{query}");
    }
    assert_eq!(list(&server, "?search=naive&workload=products").await.runs[0].id, ids[2]);
    assert_eq!(server.request("GET", "/api/baselines", b"").await.0, 200);
    for id in &ids[..2] {
        for path in ["", "/samples.json", "/export.json"] {
            let (status, body) = server.request("GET", &format!("/api/runs/{id}{path}"), b"").await;
            assert!(status == 422 && body.contains("cannot be read"), "{path}: {status} {body}");
        }
        let pair = format!("/api/compare/{id}..{}", ids[2]);
        let (status, body) = server.request("GET", &pair, b"").await;
        assert!(status == 422 || status == 200, "{status} {body}");
        assert_eq!(server.request("DELETE", &format!("/api/runs/{id}"), b"").await.0, 204);
    }
    assert_eq!(list(&server, "").await.total, 1);
}

#[tokio::test]
async fn a_search_of_a_thousand_words_is_refused_by_its_limit() {
    let server = TestServer::start();
    for (words, status) in [(32, 200), (33, 400), (1_000, 400)] {
        let search = vec!["a"; words].join("+");
        let (found, body) = server.request("GET", &format!("/api/runs?search={search}"), b"").await;
        assert_eq!(found, status, "{body}");
        assert!(status == 200 || body.contains("at most 32 words"), "{body}");
    }
}
