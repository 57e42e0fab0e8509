//! Which names, pages and bodies a server accepts, over HTTP and the websocket.

use std::time::Duration;

use heapgym::web::{Kind, routes};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::support::{heapgym, server::TestServer, short_run};

/// Every method and path that the server answers, with something in place of what varies, and paths that nothing
/// answers.
fn requests() -> Vec<(String, String)> {
    let mut requests: Vec<_> = routes()
        .iter()
        .map(|route| {
            let parts =
                route.path.split('/').map(|part| if part.starts_with('{') { "x..y.svg" } else { part });
            (route.method.to_string(), parts.collect::<Vec<_>>().join("/"))
        })
        .collect();
    let heads: Vec<_> = requests.iter().filter(|(method, _)| method == "GET").cloned().collect();
    requests.extend(heads.into_iter().map(|(_, path)| ("HEAD".to_owned(), path)));
    for (method, path) in [
        ("GET", "/play"),
        ("GET", "/r/x"),
        ("GET", "/c/x..y"),
        ("GET", "/index.html"),
        ("GET", "/api"),
        ("GET", "/api/"),
        ("POST", "/"),
        ("DELETE", "/api/catalog"),
        ("OPTIONS", "/api/runs"),
        ("OPTIONS", "*"),
        ("GET", "//api/runs"),
        ("GET", "/i/r/../c/x"),
    ] {
        requests.push((method.to_owned(), path.to_owned()));
    }
    requests
}

async fn total(server: &TestServer) -> u64 {
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    serde_json::from_str::<Value>(&list).unwrap()["total"].as_u64().unwrap()
}

/// The status of the reply to a websocket upgrade with these headers.
async fn upgrade(server: &TestServer, headers: &str) -> String {
    let mut stream = TcpStream::connect(&server.address).await.unwrap();
    let request = format!(
        "GET /api/ws HTTP/1.1\r\n{headers}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = [0; 12];
    timeout(Duration::from_secs(60), stream.read_exact(&mut reply)).await.unwrap().unwrap();
    String::from_utf8_lossy(&reply).into_owned()
}

#[test]
fn the_list_of_routes_has_the_page_the_api_and_the_pictures() {
    let list = routes();
    let has = |kind, method: &str, path: &str| {
        list.iter().any(|route| route.kind == kind && route.method == method && route.path == path)
    };
    assert!(has(Kind::App, "GET", "/") && has(Kind::App, "GET", "/{*path}"));
    assert!(has(Kind::App, "POST", "/api/runs") && has(Kind::App, "GET", "/api/ws"));
    assert!(has(Kind::Embed, "GET", "/i/r/{file}"));
    let changes = list.iter().find(|route| route.kind == Kind::Embed && route.method != "GET");
    assert_eq!(changes, None, "what can be embedded is read-only");
}

#[tokio::test]
async fn a_foreign_host_or_page_gets_403_on_every_route() {
    let server = TestServer::start();
    let own = server.address.clone();
    let body = short_run("naive").to_string();
    let json = ("Content-Type", "application/json");
    for (method, path) in requests() {
        let send = async |headers: &[(&str, &str)]| {
            server.request_with(&method, &path, headers, body.as_bytes()).await
        };
        for headers in [
            &[("Host", "evil.example"), json][..],
            &[("Host", "evil.example:8080"), ("Origin", "http://evil.example:8080"), json],
            &[("Host", &*own), ("Origin", "http://evil.example"), json],
            &[("Host", &*own), ("Origin", "http://127.0.0.1:1"), json],
            &[("Host", &*own), ("Origin", "null"), json],
            &[("Host", &*own), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), json],
            &[("Host", &*own), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors"), json],
            &[json],
        ] {
            let (status, text) = send(headers).await;
            assert_eq!(status, 403, "{method} {path} with {headers:?}: {text}");
        }
    }
    assert_eq!(total(&server).await, 0, "nothing was started");
    for (method, path) in requests() {
        // Posting a run starts one; that its own pages may is seen elsewhere.
        let headers = [("Host", &*own), ("Origin", &*server.url("")), json];
        let (status, text) = server.request_with(&method, &path, &headers, b"").await;
        assert!(!matches!(status, 0 | 403), "{method} {path} of this server: {status} {text}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_flag_to_clients_visitors_and_in_the_log() {
    let server = TestServer::start();
    for _ in 0..3 {
        let (_, text) = server.request_with("GET", "/api/runs", &[("Host", "Gym.test:8080")], b"").await;
        assert!(text.contains("\"field\":\"Host\"") && text.contains("--host gym.test:8080"), "{text}");
    }
    let headers = [("Host", "gym.test:8080"), ("Accept", "text/html,*/*;q=0.8")];
    let (_, text) = server.request_with("GET", "/r/x", &headers, b"").await;
    assert!(text.contains("heapgym refused this request: `Host` is gym.test:8080"), "{text}");
    let log = server.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("--host gym.test:8080")).collect();
    assert_eq!(lines.len(), 1, "once: {log}");
    assert!(lines[0].contains("WARN"), "{log}");
    let headers = [("Host", &*server.address), ("Origin", "https://gym.test")];
    let (_, text) = server.request_with("POST", "/api/ws", &headers, b"").await;
    assert!(text.contains("--host gym.test\""), "{text}");
    assert!(server.log().contains("`Origin` is gym.test"), "{}", server.log());
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_refused() {
    let server = TestServer::start();
    let body = short_run("naive").to_string();
    let changes = requests()
        .into_iter()
        .filter(|(method, path)| method != "GET" && method != "HEAD" && path.starts_with("/api/"));
    for (method, path) in changes.filter(|(method, _)| method != "OPTIONS") {
        for media_type in [
            "text/plain",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            let headers = [("Host", &*server.address), ("Content-Type", media_type)];
            let (status, text) = server.request_with(&method, &path, &headers, body.as_bytes()).await;
            assert!(
                status == 415 && text.contains("application/json"),
                "{method} {path} {media_type}: {status} {text}"
            );
        }
        let headers = [("Host", &*server.address)];
        let (status, text) = server.request_with(&method, &path, &headers, body.as_bytes()).await;
        assert_eq!(status, 415, "{method} {path} without a type: {text}");
    }
    assert_eq!(total(&server).await, 0, "nothing was started");
    let headers = [("Host", &*server.address), ("Content-Type", "application/json; charset=utf-8")];
    assert_eq!(server.request_with("POST", "/api/runs", &headers, body.as_bytes()).await.0, 202);
}

#[tokio::test]
async fn spellings_of_a_name_and_default_ports_do_not_matter() {
    let server = TestServer::start_with(&[
        "--listen",
        "127.0.0.1:0",
        "--host",
        "Gym.example:443",
        "--host",
        "10.0.0.5:8080",
        "--host",
        "127.0.0.1:8081",
    ]);
    let own = server.address.clone();
    for (host, origin) in [
        ("gym.example", "https://gym.example"),
        ("GYM.example", "http://gym.example"),
        ("gym.example:443", "https://gym.example"),
        ("gym.example:80", "http://gym.example"),
        ("gym.example.", "https://gym.example."),
        ("10.0.0.5:8080", "http://10.0.0.5:8080"),
        ("10.0.0.5", "https://10.0.0.5:8080"), // nginx's $host
        (&own, "https://gym.example"),         // nginx's $proxy_host
        (&own, "http://127.0.0.1:8081"),       // a development server
    ] {
        let headers = format!("Host: {host}\r\nOrigin: {origin}\r\n");
        assert_eq!(upgrade(&server, &headers).await, "HTTP/1.1 101", "{host} {origin}");
        let headers = [("Host", host), ("Origin", origin), ("Content-Type", "application/json")];
        let (status, text) = server.request_with("POST", "/api/runs", &headers, b"{}").await;
        assert_eq!(status, 400, "{host} {origin}: it was read: {text}");
    }
    for (host, origin) in [
        ("gym.example", "https://gym.example:8443"),
        ("gym.example", "https://evil.example"),
        ("10.0.0.5:8080", "http://10.0.0.5:8081"),
        (&own, "http://127.0.0.1:8082"),
        ("evil.example", "https://gym.example"),
    ] {
        let headers = format!("Host: {host}\r\nOrigin: {origin}\r\n");
        assert_eq!(upgrade(&server, &headers).await, "HTTP/1.1 403", "{host} {origin}");
    }
}

#[test]
fn a_host_that_is_no_name_is_refused_with_what_to_write() {
    for (host, advice) in [
        ("http://gym.example", "give the name alone, without `http://`"),
        ("gym.example/", "without a path"),
        ("", "such as `gym.example`"),
        ("gym example", "neither a host name nor an IP address"),
        ("*", "there are no wildcards"),
        ("gym.example:https", "allowed: 1 to 65535"),
        ("::1", "brackets"),
        ("0.0.0.0:8080", "--listen"),
    ] {
        let output = heapgym().args(["serve", "--listen", "127.0.0.1:0", "--host", host]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{host}: {said}");
        assert!(said.contains("--host") && said.contains(advice), "{host}: {said}");
    }
}

#[tokio::test]
async fn a_server_for_other_machines_says_how_to_open_it_and_what_is_missing() {
    let mut server = TestServer::start_with(&["--listen", "0.0.0.0:0"]);
    assert!(server.address.starts_with("127.0.0.1:"), "{}", server.address);
    let line = server.next_line();
    assert!(line.contains("Only this machine can open it") && line.contains("--host NAME, and"), "{line}");
    assert_eq!(server.request("GET", "/healthz", b"").await, (200, "ok".to_owned()));
    let origin = format!("Host: {0}\r\nOrigin: http://{0}\r\n", server.address);
    assert_eq!(upgrade(&server, &origin).await, "HTTP/1.1 101");

    let mut server = TestServer::start_with(&["--listen", "0.0.0.0:0", "--host", "gym.example:8080"]);
    let line = server.next_line();
    assert!(
        line.contains("answers to gym.example. Whoever can reach it there can start and delete runs."),
        "{line}"
    );
}
