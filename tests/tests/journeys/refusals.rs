//! What the API and the websocket refuse, and that they go on serving.

use heapgym_shared::{
    Rejection,
    protocol::{ClientMessage, ServerMessage},
};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::support::{client::TestClient, run_of, server::TestServer, short_run};

/// Specifications that are refused, with the field and a part of what is allowed.
fn bad_specs() -> Vec<(Value, &'static str, &'static str)> {
    let with = |pointer: &str, value: Value| {
        let mut spec = short_run("naive");
        *spec.pointer_mut(pointer).unwrap() = value;
        spec
    };
    let rate = json!({"kind": "constant_arrival_rate", "rate": 0});
    let mut unknown_field = short_run("naive");
    unknown_field["speed"] = json!(1);
    vec![
        (with("/load/profile", rate), "load.profile.rate", "0.1/s to 200,000/s"),
        (run_of(36_000_000), "load.profile.duration_ms", "1 s to 10 min"),
        (with("/workload/kind", json!("unknown")), "workload.kind", "products"),
        (unknown_field, "speed", "workload, variant, pool, load"),
        (with("/workload/payload_bytes", json!(-1)), "workload.payload_bytes", "0 B to 16 MiB"),
        (json!({}), "workload", "an object with a kind: products, orders"),
        (json!(7), "message", "an object"),
    ]
}

#[tokio::test]
async fn bad_specs_are_refused_over_http() {
    let server = TestServer::start();
    for (spec, field, allowed) in bad_specs() {
        let (status, body) = server.request("POST", "/api/runs", spec.to_string().as_bytes()).await;
        let rejection: Rejection = serde_json::from_str(&body).unwrap();
        assert_eq!((status, rejection.field.as_str()), (400, field));
        assert!(rejection.allowed.contains(allowed), "{rejection}");
    }
    for noise in [&b"\xff\xfe\x00binary"[..], b"{\"workload\":", b""] {
        let (status, body) = server.request("POST", "/api/runs", noise).await;
        let rejection: Rejection = serde_json::from_str(&body).unwrap();
        assert_eq!((status, rejection.field.as_str()), (400, "body"));
    }
    let (status, body) = server.request("POST", "/api/runs", &vec![b' '; 100 << 20]).await;
    // The connection may break before the answer can be read: the server does not read on to its end.
    assert!(status == 0 || body.contains("64 KiB"), "{status} {body}");
    assert_eq!(server.request("GET", "/healthz", b"").await, (200, "ok".to_owned()));
}

#[tokio::test]
async fn bad_messages_are_refused_over_the_websocket() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    for (spec, field, allowed) in bad_specs() {
        let (refused, _, range) = client.refused(spec).await;
        assert_eq!(refused, field);
        assert!(range.contains(allowed), "{field}: {range}");
    }
    for (message, field) in [
        (Message::text("noise"), "message"),
        (Message::text("{\"type\":\"start\""), "message"),
        (Message::binary(Bytes::from_static(&[0, 159, 146, 150])), "message"),
        (Message::text("{\"type\":\"fly\"}"), "type"),
        (Message::text("{\"type\":\"stop\",\"run\":\"nobody\"}"), "run"),
        (Message::text("{\"type\":\"subscribe\",\"run\":\"nobody\"}"), "run"),
    ] {
        client.send_raw(message).await;
        assert_eq!(client.rejection().await.0, field);
    }
    // The same connection still works.
    let run = client.start(short_run("naive")).await;
    client.hear_out(&run).await;
}

#[tokio::test]
async fn a_message_of_100_megabytes_ends_its_connection_only() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    client.send_raw(Message::text(" ".repeat(100 << 20))).await;
    match client.try_receive().await {
        Some(ServerMessage::Error { reason }) => assert!(reason.contains("64 KiB"), "{reason}"),
        Some(other) => panic!("{other:?}"),
        None => {} // cut off while it was still sending
    }
    let mut other = TestClient::connect(&server.address).await;
    let run = other.start(short_run("naive")).await;
    other.hear_out(&run).await;
}

#[tokio::test]
async fn half_a_frame_and_noise_hurt_nobody() {
    let server = TestServer::start();
    let mut half = TcpStream::connect(&server.address).await.unwrap();
    let upgrade = format!(
        "GET /api/ws HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address
    );
    half.write_all(upgrade.as_bytes()).await.unwrap();
    half.write_all(&[0x81, 0xfe, 0x01]).await.unwrap(); // a text frame that ends within its length
    let mut noise = TcpStream::connect(&server.address).await.unwrap();
    noise.write_all(&[0, 255, 254, 13, 10, 13, 10]).await.unwrap();
    drop(noise);

    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("naive")).await;
    client.hear_out(&run).await;
    drop(half);
}

#[tokio::test]
async fn a_page_of_another_site_may_not_connect() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let upgrade = format!(
        "GET /api/ws HTTP/1.1\r\nHost: {}\r\nOrigin: http://evil.example\r\nUpgrade: websocket\r\n\
         Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        server.address
    );
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut reply = [0; 12];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut reply).await.unwrap();
    assert_eq!(&reply, b"HTTP/1.1 403");
}

#[tokio::test]
async fn the_queue_has_an_end() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let first = client.start(run_of(60_000)).await;
    client.hear_until(&first, |heard| !heard.samples.is_empty()).await; // it runs, and waits no more
    for _ in 0..16 {
        let (status, body) =
            server.request("POST", "/api/runs", short_run("naive").to_string().as_bytes()).await;
        assert_eq!(status, 202, "{body}");
    }
    let (status, body) = server.request("POST", "/api/runs", short_run("naive").to_string().as_bytes()).await;
    assert!(status == 503 && body.contains("at most 16 waiting"), "{status} {body}");
    client.send(&ClientMessage::Stop { run: first }).await;
}
