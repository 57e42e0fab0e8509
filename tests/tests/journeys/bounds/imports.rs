//! How large the parts of an imported file may be, and who waits for an import.

use heapgym::limits::MAX_SAMPLES;
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::support::{
    long_run::{document, sample},
    server::TestServer,
};

#[tokio::test]
async fn a_file_with_too_much_in_it_is_refused_by_the_part_that_is_too_large() {
    let server = TestServer::start();
    let file = |samples: Vec<Value>| {
        let mut file = serde_json::to_value(document(0)).unwrap();
        file["samples"] = json!(samples);
        file
    };
    let small = json!({"seq": 0, "elapsed_ns": 0, "phase": "load", "target": null, "load": null});
    let mut large = serde_json::to_value(sample(0)).unwrap();
    large["load"]["response_times"] = json!(vec![7; 20_000]);
    let mut wordy = file(vec![small.clone()]);
    wordy["spec"]["note"] = json!("x".repeat(100_000));
    let mut long_report = file(vec![small.clone()]);
    long_report["report"] = json!({"profile_failures": vec![""; 100_000]});
    let mut long_outcome = file(vec![small.clone()]);
    long_outcome["outcome"] = json!({"kind": "lost", "reason": "x".repeat(100_000)});
    for (file, part) in [
        (file(vec![small.clone(); MAX_SAMPLES + 1]), "at most 50500 samples"),
        (file(vec![large]), "at most 32 KiB"),
        (wordy, "\"spec\""),
        (long_report, "\"report\""),
        (long_outcome, "\"outcome\""),
    ] {
        let (status, body) = server.request("POST", "/api/runs/import", file.to_string().as_bytes()).await;
        assert!(status == 400 && body.contains(part), "{part}: {status} {body}");
    }
    let (status, body) = server.request("POST", "/api/runs/import", &vec![b' '; 202 << 20]).await;
    // The connection may break before the answer can be read: the server does not read on to its end.
    assert!(status == 0 || body.contains("at most 200 MiB"), "{status} {body}");
}

#[tokio::test]
async fn a_client_that_leaves_during_its_upload_frees_its_place() {
    let server = TestServer::start();
    for _ in 0..20 {
        let mut half = TcpStream::connect(&server.address).await.unwrap();
        let head = format!(
            "POST /api/runs/import HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Content-Length: 50000000\r\n\r\n{{",
            server.address
        );
        half.write_all(head.as_bytes()).await.unwrap();
    }
    let file = serde_json::to_vec(&document(10)).unwrap();
    // Those that wait are noticed when it is their turn, one right after the other.
    while server.request("POST", "/api/runs/import", &file).await.0 != 201 {}
}
