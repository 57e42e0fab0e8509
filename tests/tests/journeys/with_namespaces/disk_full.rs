//! A disk that fills up: what is not kept says so, what was kept stays, and deleting a run makes room.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use heapgym_shared::{
    Outcome, Rejection, Sample,
    history::{RunLine, RunList},
    protocol::{ClientMessage, RunId},
};
use serde_json::{Value, json};

use crate::support::{
    client::{Heard, TestClient},
    run_of,
    server::TestServer,
    small_disk::SmallDisk,
};

/// Large enough for a few runs.
const DISK_BYTES: u64 = 4 << 20;
const FULL: &str = "the disk is full";

/// A run with about 200 samples.
fn run() -> Value {
    let mut spec = run_of(4_000);
    spec["sample_interval_ms"] = json!(20);
    spec
}

/// Takes all space that becomes free, until it is dropped.
struct Filling {
    goes_on: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Filling {
    fn of(disk: &Arc<SmallDisk>) -> Self {
        let goes_on = Arc::new(AtomicBool::new(true));
        let (disk, again) = (Arc::clone(disk), Arc::clone(&goes_on));
        disk.fill();
        let thread = thread::spawn(move || {
            while again.load(Ordering::Relaxed) {
                disk.fill();
                thread::sleep(Duration::from_millis(5));
            }
        });
        Self { goes_on, thread: Some(thread) }
    }
}

impl Drop for Filling {
    fn drop(&mut self) {
        self.goes_on.store(false, Ordering::Relaxed);
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

async fn list(server: &TestServer) -> RunList {
    let (status, body) = server.request("GET", "/api/runs", b"").await;
    assert_eq!(status, 200, "{body}");
    serde_json::from_str(&body).unwrap()
}

async fn line(server: &TestServer, id: &RunId) -> RunLine {
    list(server).await.runs.into_iter().find(|line| line.id == *id).unwrap()
}

async fn samples(server: &TestServer, id: &RunId) -> Vec<Sample> {
    let (status, body) = server.request("GET", &format!("/api/runs/{id}/samples.json"), b"").await;
    assert_eq!(status, 200, "{id}: {body}");
    serde_json::from_str(&body).unwrap()
}

/// Executes a run on a disk that fills up at its sample `at`; returns its samples.
async fn run_until_full(disk: &Arc<SmallDisk>, server: &TestServer, at: usize) -> (RunId, Heard) {
    let mut client = TestClient::connect(&server.address).await;
    let id = client.start(run()).await;
    let mut heard = client.hear_until(&id, |heard| heard.samples.len() > at).await;
    let _filling = Filling::of(disk);
    let rest = client.hear_out(&id).await;
    heard.samples.extend(rest.samples);
    (id, Heard { finished: rest.finished, not_kept: rest.not_kept, ..heard })
}

/// The disk fills up at sample `at` of a run. What was kept stays; the run stays in memory until a run is deleted.
async fn fills_up(at: usize) {
    let disk = Arc::new(SmallDisk::new(DISK_BYTES));
    let directory = disk.directory();
    let server = TestServer::start_by(disk.heapgym(), &directory);
    let mut client = TestClient::connect(&server.address).await;
    let mut kept = Vec::new();
    for _ in 0..2 {
        let id = client.start(run()).await;
        kept.push((id.clone(), client.hear_out(&id).await.samples));
    }
    let (id, heard) = run_until_full(&disk, &server, at).await;
    assert_eq!(heard.outcome(), &Outcome::Completed);
    // The rest of the run may just fit; then it must be there, too.
    let Some(reason) = &heard.not_kept else {
        drop(server);
        let server = TestServer::start_by(disk.heapgym(), &directory);
        return assert_eq!(samples(&server, &id).await, heard.samples);
    };
    assert_eq!(reason, FULL, "at sample {at}");

    // Nothing is lost, and everybody is told.
    let shown = line(&server, &id).await;
    assert_eq!((shown.outcome, shown.not_kept.as_deref()), (Some(Outcome::Completed), Some(FULL)));
    assert_eq!(samples(&server, &id).await, heard.samples);
    for (other, before) in &kept {
        assert_eq!(&samples(&server, other).await, before);
    }
    let mut late = TestClient::connect(&server.address).await;
    late.send(&ClientMessage::Subscribe { run: id.clone(), after_seq: None }).await;
    let reloaded = late.hear_out(&id).await;
    assert_eq!((reloaded.outcome(), reloaded.not_kept.as_deref()), (&Outcome::Completed, Some(FULL)));
    assert_eq!(reloaded.samples, heard.samples);

    // A new run is refused, and the reason names the disk.
    let (status, body) = server.request("POST", "/api/runs", run().to_string().as_bytes()).await;
    let refused: Rejection = serde_json::from_str(&body).unwrap();
    assert_eq!((status, refused.field.as_str()), (503, "disk"));
    assert!(refused.reason.contains(FULL) && refused.allowed.contains("delete runs"), "{refused}");

    // Deleting a run makes room for it.
    let (gone, _) = kept.remove(0);
    let (status, body) = server.request("DELETE", &format!("/api/runs/{gone}"), b"").await;
    assert_eq!((status, body.as_str()), (200, r#"{"restorable":false}"#), "at sample {at}");
    let stored = async {
        while line(&server, &id).await.not_kept.is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), stored).await.expect("the run is stored in time");
    let (status, body) = server.request("POST", "/api/runs", run().to_string().as_bytes()).await;
    assert_eq!(status, 202, "{body}");

    // It is really on the disk.
    drop(server);
    let server = TestServer::start_by(disk.heapgym(), &directory);
    assert_eq!(samples(&server, &id).await, heard.samples);
    let shown = line(&server, &id).await;
    assert_eq!((shown.outcome, shown.not_kept), (Some(Outcome::Completed), None));
    assert!(list(&server).await.runs.iter().all(|line| line.id != gone && line.unreadable.is_none()));
}

/// The same, and the server is killed before there is room. What the server kept before is all there.
async fn fills_up_and_the_server_is_killed(at: usize) {
    let disk = Arc::new(SmallDisk::new(DISK_BYTES));
    let directory = disk.directory();
    let mut server = TestServer::start_by(disk.heapgym(), &directory);
    let mut client = TestClient::connect(&server.address).await;
    let before = client.start(run()).await;
    let before = (before.clone(), client.hear_out(&before).await.samples);
    let (id, heard) = run_until_full(&disk, &server, at).await;
    server.kill();

    let server = TestServer::start_by(disk.heapgym(), &directory);
    assert_eq!(samples(&server, &before.0).await, before.1);
    let reason = "the server ended before it had stored the end of the run".to_owned();
    let expected = if heard.not_kept.is_some() { Outcome::Lost { reason } } else { Outcome::Completed };
    assert_eq!(line(&server, &id).await.outcome, Some(expected), "at sample {at}");
    let stored = samples(&server, &id).await;
    assert_eq!(stored, heard.samples[..stored.len()], "what is there is right");
    assert!(heard.not_kept.is_some() || stored.len() == heard.samples.len(), "at sample {at}");
}

/// Instants within a run's samples, by a seed that is printed.
#[expect(clippy::print_stderr, reason = "a test that fails can be repeated with its seed")]
fn instants(count: usize) -> Vec<usize> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    let seed = std::env::var("HEAPGYM_SEED").map_or(now, |seed| seed.parse().unwrap());
    eprintln!("HEAPGYM_SEED={seed}");
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    (0..count).map(|_| next() % 100).collect()
}

async fn fill_up_at(instants: Vec<usize>) {
    for (place, at) in instants.into_iter().enumerate() {
        if place % 3 == 2 {
            fills_up_and_the_server_is_killed(at).await;
        } else {
            fills_up(at).await;
        }
    }
}

#[tokio::test]
async fn a_run_that_fills_the_disk_by_itself_is_not_kept_and_says_so() {
    let disk = SmallDisk::new(1 << 20);
    let server = TestServer::start_by(disk.heapgym(), &disk.directory());
    let mut client = TestClient::connect(&server.address).await;
    let mut kept = 0;
    let not_kept = loop {
        let id = client.start(run()).await;
        let heard = client.hear_out(&id).await;
        match heard.not_kept {
            None => kept += 1,
            Some(reason) => break (id, reason, heard.samples),
        }
        assert!(kept < 30, "a mebibyte has room for {kept} runs?");
    };
    let (id, reason, before) = not_kept;
    assert_eq!(reason, FULL);
    assert_eq!(samples(&server, &id).await, before);
    assert_eq!(list(&server).await.total, kept + 1);
    // To delete it is a way out, too.
    assert_eq!(server.request("DELETE", &format!("/api/runs/{id}"), b"").await.0, 200);
    let next = client.start(run()).await;
    assert_eq!(client.hear_out(&next).await.outcome(), &Outcome::Completed);
}

#[tokio::test]
async fn a_disk_that_fills_up_during_a_run_loses_nothing_and_deleting_makes_room() {
    fill_up_at(instants(5)).await;
}

#[tokio::test]
async fn once_space_was_freed_elsewhere_a_deleted_run_can_be_restored() {
    let disk = Arc::new(SmallDisk::new(DISK_BYTES));
    let server = TestServer::start_by(disk.heapgym(), &disk.directory());
    let mut client = TestClient::connect(&server.address).await;
    let kept = client.start(run()).await;
    client.hear_out(&kept).await;
    let filling = Filling::of(&disk);
    let start = async || server.request("POST", "/api/runs", run_of(1_000).to_string().as_bytes()).await;
    loop {
        let (status, body) = start().await;
        if status == 503 {
            break;
        }
        assert_eq!(status, 202, "{body}");
        let started: Value = serde_json::from_str(&body).unwrap();
        let id = RunId(started["id"].as_str().unwrap().to_owned());
        client.send(&ClientMessage::Subscribe { run: id.clone(), after_seq: None }).await;
        client.hear_out(&id).await;
    }
    drop(filling);
    disk.free();
    let path = format!("/api/runs/{kept}");
    assert_eq!(server.request("DELETE", &path, b"").await, (204, String::new()));
    assert_eq!(server.request("POST", &format!("{path}/restore"), b"").await.0, 204);
    while start().await.0 != 202 {
        tokio::time::sleep(Duration::from_millis(50)).await; // what waits for room is stored first
    }
}

/// Many more instants.
mod slow {
    use super::*;

    #[tokio::test]
    async fn a_disk_that_fills_up_at_any_instant_loses_nothing() {
        fill_up_at(instants(20)).await;
    }
}
