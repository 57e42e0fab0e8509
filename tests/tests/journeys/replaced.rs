//! A heapgym whose file is removed or replaced while it runs: it starts its children all the same.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::Command,
};

use flate2::read::GzDecoder;
use heapgym_shared::Outcome;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    alone::{TargetAlone, get},
    client::TestClient,
    heapgym,
    server::TestServer,
    short_run,
};

/// A copy of the program that can be removed.
fn copy() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hg1");
    fs::copy(heapgym().get_program(), &path).unwrap();
    (folder, path)
}

fn remove(path: &Path) {
    fs::remove_file(path).unwrap();
}

fn write_nothing(path: &Path) {
    fs::write(path, "").unwrap();
}

/// Puts another program where it was, as an upgrade does.
fn replace(path: &Path) {
    fs::remove_file(path).unwrap();
    fs::copy("/bin/false", path).unwrap();
}

#[tokio::test]
async fn a_server_runs_on_when_its_program_is_removed_or_replaced() {
    let (_folder, path) = copy();
    let data = tempfile::tempdir().unwrap();
    let server = TestServer::start_by(Command::new(&path), data.path());
    let mut client = TestClient::connect(&server.address).await;
    for change in [remove, write_nothing, replace] {
        change(&path);
        let mut spec = short_run("naive");
        spec["heap_profile"] = json!("load");
        let run = client.start(spec).await;
        let heard = client.hear_out(&run).await;
        assert_eq!(heard.outcome(), &Outcome::Completed);
        let (_, report) = heard.finished.unwrap();
        assert_eq!(report.unwrap().profile_failures, [] as [String; 0]);
        let (_, profile) = server.request("GET", &format!("/api/runs/{run}/profile.json"), b"").await;
        assert!(profile.contains("heapgym::target"), "functions have their names: {profile:.300}");
    }
    let sides = json!({"a": short_run("naive"), "b": short_run("pooled"), "pairs": 1});
    let (status, pair) = server.request("POST", "/api/compare", sides.to_string().as_bytes()).await;
    assert_eq!(status, 202, "{pair}");
    let pair: Value = serde_json::from_str(&pair).unwrap();
    let last = heapgym_shared::protocol::RunId(pair["b"].as_str().unwrap().to_owned());
    client
        .send(&heapgym_shared::protocol::ClientMessage::Subscribe { run: last.clone(), after_seq: None })
        .await;
    assert_eq!(client.hear_out(&last).await.outcome(), &Outcome::Completed);
}

#[tokio::test]
async fn a_target_alone_names_its_functions_when_its_program_is_replaced() {
    let (_folder, path) = copy();
    let target = TargetAlone::start_with(Command::new(&path), &["--variant", "naive"]);
    assert_eq!(get(&target.url).await.0, 200);
    replace(&path);
    let (status, zipped) = get(&target.debug("pprof/allocs")).await;
    let mut profile = Vec::new();
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&zipped));
    GzDecoder::new(&zipped[..]).read_to_end(&mut profile).unwrap();
    let names = String::from_utf8_lossy(&profile);
    assert!(names.contains("heapgym::"), "functions have their names");
}
