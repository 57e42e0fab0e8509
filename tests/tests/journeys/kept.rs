//! What a server keeps when it is killed: runs that have ended and runs that wait, and all but the last second of the
//! active one.

use std::collections::BTreeMap;

use heapgym_shared::{
    Sample,
    protocol::{ClientMessage, RunId},
};
use serde_json::{Value, json};

use crate::support::{client::TestClient, run_of, server::TestServer};

async fn run(server: &TestServer, id: &RunId) -> Value {
    let (status, body) = server.request("GET", &format!("/api/runs/{id}"), b"").await;
    assert_eq!(status, 200, "{id}: {body}");
    serde_json::from_str(&body).unwrap()
}

async fn samples(server: &TestServer, id: &RunId) -> Vec<Sample> {
    let (status, body) = server.request("GET", &format!("/api/runs/{id}/samples.json"), b"").await;
    assert_eq!(status, 200, "{id}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits until a run has been executed that waited when the last server was killed; returns the number of its samples.
async fn executed(client: &mut TestClient, run: &RunId) -> u64 {
    client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    client.hear_out(run).await.samples.len() as u64
}

#[tokio::test]
async fn a_killed_server_loses_no_run_that_has_ended_or_waits_and_at_most_a_second_of_the_active_one() {
    kill_a_server(6).await;
}

mod slow {
    #[tokio::test]
    async fn a_server_that_is_killed_a_hundred_times_loses_no_more() {
        super::kill_a_server(100).await;
    }
}

/// Kills a server this often during a run, and then looks for all runs.
async fn kill_a_server(kills: u32) {
    let directory = tempfile::tempdir().unwrap();
    let mut ended: BTreeMap<RunId, u64> = BTreeMap::new();
    let mut interrupted: BTreeMap<RunId, u64> = BTreeMap::new();
    let mut waiting: Option<RunId> = None;
    for kill in 0..kills {
        let mut server = TestServer::start_in(directory.path());
        let mut client = TestClient::connect(&server.address).await;
        if let Some(run) = waiting {
            let heard = executed(&mut client, &run).await;
            ended.insert(run, heard);
        }
        let done = client.start(run_of(1_000)).await;
        let heard = client.hear_out(&done).await;
        ended.insert(done, heard.samples.len() as u64);
        // The next one is killed sooner or later after its beginning, and another still waits.
        let going = client.start(run_of(30_000)).await;
        waiting = Some(TestClient::connect(&server.address).await.start(run_of(1_000)).await);
        let seen = u64::from(1 + kill * 17 % 73);
        client.hear_until(&going, |heard| heard.samples.len() as u64 >= seen).await;
        server.kill();
        interrupted.insert(going, seen);
    }

    let server = TestServer::start_in(directory.path());
    let mut client = TestClient::connect(&server.address).await;
    if let Some(run) = waiting {
        let heard = executed(&mut client, &run).await;
        ended.insert(run, heard);
    }
    for (id, count) in &ended {
        let found = run(&server, id).await;
        assert_eq!(
            (&found["outcome"]["kind"], &found["report"]["samples"]),
            (&json!("completed"), &json!(count)),
            "{id}"
        );
        assert_eq!(samples(&server, id).await.len() as u64, *count, "{id}");
    }
    for (id, seen) in &interrupted {
        assert_eq!(run(&server, id).await["outcome"]["kind"], "lost", "{id}");
        let kept = samples(&server, id).await;
        // Twenty samples a second, and some that came while they were written.
        assert!(kept.len() as u64 + 25 >= *seen, "{id}: {} of {seen}", kept.len());
        assert!(kept.iter().zip(0..).all(|(sample, seq)| sample.seq == seq), "{id}");
    }
    let (_, list) = server.request("GET", "/api/runs?limit=1", b"").await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["total"], json!(ended.len() + interrupted.len()));
}

#[tokio::test]
async fn a_run_is_labelled_deleted_restored_and_moved_as_a_file() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let id = client.start(run_of(1_000)).await;
    client.hear_out(&id).await;

    let path = format!("/api/runs/{id}");
    let labels = json!({"note": "before the change", "tags": ["release"], "pinned": true});
    assert_eq!(server.request("PATCH", &path, labels.to_string().as_bytes()).await.0, 204);
    assert_eq!(run(&server, &id).await["labels"], labels);
    let (status, refused) = server.request("PATCH", &path, br#"{"tags": [""]}"#).await;
    assert!(status == 400 && refused.contains("tags[0]"), "{refused}");
    let (_, list) =
        server.request("GET", "/api/runs?search=before+release&workload=products&order=p99", b"").await;
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!((&list["total"], &list["runs"][0]["id"]), (&json!(1), &json!(id.0)));
    assert!(list["runs"][0]["figures"]["p99_ns"].as_u64() > Some(0), "{list}");
    let (status, refused) = server.request("GET", "/api/runs?order=best", b"").await;
    assert!(status == 400 && refused.contains("newest"), "{refused}");

    let named = json!({"run": id.0}).to_string();
    assert_eq!(server.request("PUT", "/api/baselines/main", named.as_bytes()).await.0, 204);
    assert!(server.request("GET", "/api/baselines", b"").await.1.contains(&id.0));
    assert_eq!(server.request("DELETE", "/api/baselines/main", b"").await.0, 204);
    assert_eq!(server.request("DELETE", "/api/baselines/main", b"").await.0, 404);

    let (_, file) = server.request("GET", &format!("{path}/export.json"), b"").await;
    assert_eq!(server.request("DELETE", &path, b"").await.0, 204);
    assert_eq!(server.request("GET", &path, b"").await.0, 404);
    assert_eq!(server.request("POST", &format!("{path}/restore"), b"").await.0, 204);
    assert_eq!(server.request("GET", &path, b"").await.0, 200);

    // To another instance, as a file.
    let other = TestServer::start();
    let (status, imported) = other.request("POST", "/api/runs/import", file.as_bytes()).await;
    assert_eq!(status, 201, "{imported}");
    let imported: Value = serde_json::from_str(&imported).unwrap();
    let moved = RunId(imported["id"].as_str().unwrap().to_owned());
    assert_ne!(moved, id);
    assert_eq!(run(&other, &moved).await["report"], run(&server, &id).await["report"]);
    assert_eq!(samples(&other, &moved).await, samples(&server, &id).await);
}

#[tokio::test]
async fn a_file_that_is_no_run_is_refused_and_says_why() {
    let server = TestServer::start();
    let spec = run_of(1_000);
    let refused = async |body: String| {
        let (status, body) = server.request("POST", "/api/runs/import", body.as_bytes()).await;
        assert_eq!(status, 400, "{body}");
        serde_json::from_str::<Value>(&body).unwrap()["field"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused("not json".to_owned()).await, "body");
    assert_eq!(refused(json!({"spec": spec, "samples": 7}).to_string()).await, "body");
    let file = |spec: &Value, samples: Vec<Value>| {
        json!({"spec": spec, "outcome": null, "report": null, "samples": samples}).to_string()
    };
    assert_eq!(refused(file(&json!({"variant": 7}), Vec::new())).await, "workload");
    let sample = |seq| json!({"seq": seq, "elapsed_ns": 0, "phase": "load", "target": null, "load": null});
    assert_eq!(refused(file(&spec, vec![sample(3)])).await, "samples");
    assert_eq!(refused(file(&spec, (0..100_001).map(sample).collect())).await, "body", "one sample too many");
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    assert!(list.contains("\"total\":0"), "{list}");
}
