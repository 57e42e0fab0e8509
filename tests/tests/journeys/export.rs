//! Runs as files: from the terminal, from a server, and as pictures by link.

use heapgym::export::Document;
use heapgym_shared::chart::CHARTS;

use crate::support::{alone::get, client::TestClient, heapgym, run_of, server::TestServer, short_run};

/// The file that `heapgym export` writes.
#[track_caller]
fn export(run: &str, flags: &[&str]) -> Vec<u8> {
    let output = heapgym().args(["export", run]).args(flags).output().unwrap();
    assert!(output.status.success(), "{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Checks what holds of any run with figures.
#[track_caller]
fn check(run: &str) -> Document {
    let text = |flags: &[&str]| String::from_utf8(export(run, flags)).unwrap();
    let svg = text(&["--format", "svg", "--chart", "rate", "--theme", "dark", "--width", "500"]);
    assert!(svg.starts_with("<svg width=\"500\"") && svg.contains("<title>Rate</title>"), "{svg:.300}");
    let png = export(run, &["--format", "png", "--scale", "1"]);
    assert!(png.starts_with(PNG), "{} bytes", png.len());
    let document: Document = serde_json::from_str(&text(&["--format", "json"])).unwrap();
    let lines = |csv: String| csv.lines().map(str::to_owned).collect::<Vec<_>>();
    let all = lines(text(&["--format", "csv"]));
    let rate = lines(text(&["--format", "csv", "--chart", "rate"]));
    assert_eq!((all.len(), rate.len()), (document.samples.len() + 1, document.samples.len() + 1));
    assert!(all[0].contains(",allocated,") && rate[0].ends_with("offered,completed,dropped,started"));
    // The heat map has every request that ended, whatever its phase.
    let latencies = lines(text(&["--format", "csv", "--chart", "latency_heatmap"]));
    let counted = latencies[1..].iter().map(|line| line.rsplit(',').next().unwrap().parse::<u64>().unwrap());
    let ended = document.samples.iter().rev().find_map(|sample| sample.load.as_ref()).unwrap();
    assert_eq!(counted.sum::<u64>(), ended.completed + ended.failed);
    let html = text(&["--format", "html"]);
    for chart in CHARTS.iter().filter(|chart| chart.is_for(&document.spec)) {
        assert!(html.contains(&format!("<figure id=\"{}\">", chart.id)), "{}", chart.id);
    }
    document
}

#[test]
fn a_run_of_the_terminal_is_exported_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    let flags = ["run", "--rate", "20", "--duration", "1s", "--param", "payload_bytes=1KiB", "--save"];
    let output = heapgym().args(flags).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document = check(file.to_str().unwrap());
    let report = document.report.unwrap();
    assert_eq!(document.samples.len() as u64, report.samples);

    let picture = folder.path().join("memory.png");
    export(file.to_str().unwrap(), &["--format", "png", "--out", picture.to_str().unwrap()]);
    assert!(std::fs::read(picture).unwrap().starts_with(PNG));
}

#[tokio::test]
async fn a_run_of_a_server_is_exported_by_its_address() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("naive")).await;
    let heard = client.hear_out(&run).await;
    let address = server.url(&format!("/r/{run}"));
    let document = tokio::task::spawn_blocking(move || check(&address)).await.unwrap();
    assert_eq!(document.samples, heard.samples);
    let (status, html) = get(&server.url(&format!("/api/runs/{run}/export.html"))).await;
    assert_eq!((status, html.starts_with(b"<!doctype html>")), (200, true));
}

#[tokio::test]
async fn pictures_of_one_run_and_of_two_have_addresses() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let naive = client.start(short_run("naive")).await;
    client.hear_out(&naive).await;
    let pooled = client.start(run_of(60_000)).await;
    client.hear_until(&pooled, |heard| heard.samples.len() > 3).await;
    // The second goes on: its picture is that of now.
    for path in [format!("/i/r/{naive}.svg?chart=churn"), format!("/i/c/{naive}..{pooled}.svg?theme=dark")] {
        let (status, svg) = get(&server.url(&path)).await;
        assert_eq!((status, svg.starts_with(b"<svg")), (200, true), "{path}");
    }
    let (status, png) = get(&server.url(&format!("/i/r/{naive}.png?w=300&h=120&scale=1"))).await;
    assert_eq!((status, png.starts_with(PNG)), (200, true));

    for (path, expect, field) in [
        (format!("/i/r/{naive}.gif"), 400, "file"),
        (format!("/i/r/{naive}.svg?chart=nothing"), 400, "chart"),
        (format!("/i/r/{naive}.svg?w=100000"), 400, "w"),
        (format!("/i/c/{naive}.svg"), 400, "file"),
        ("/i/r/nobody.svg".to_owned(), 404, "id"),
        (format!("/api/runs/{pooled}/export.json"), 409, "id"),
    ] {
        let (status, words) = get(&server.url(&path)).await;
        let words = String::from_utf8_lossy(&words);
        assert!(status == expect && words.contains(&format!("\"{field}\"")), "{path}: {status} {words}");
    }
}

#[test]
fn what_cannot_be_exported_is_refused_by_its_name() {
    for (run, flags, code, name) in [
        ("/no/such/run.json", &["--format", "svg"][..], 1, "RUN"),
        ("/dev/null", &["--format", "svg"], 1, "RUN"),
        ("http://127.0.0.1:9/r/abc", &["--format", "json"], 1, "RUN"),
        ("http://127.0.0.1:9/abc", &["--format", "json"], 2, "RUN"),
        ("/dev/null", &["--format", "svg", "--chart", "nothing"], 2, "chart"),
        ("/dev/null", &["--format", "png", "--scale", "9"], 2, "scale"),
        ("/dev/null", &["--format", "gif"], 2, "--format"),
    ] {
        let output = heapgym().args(["export", run]).args(flags).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(code) && words.contains(name), "{flags:?}: {words}");
    }
}
