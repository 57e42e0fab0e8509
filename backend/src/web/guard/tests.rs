//! Requests as browsers and programs send them, and which of them the guard lets pass.

use axum::body::Body;

use super::*;
use crate::export::Format;

/// A server that was started with `--host gym.example:8443 --host 127.0.0.1:8081`.
fn guard() -> Guard {
    Guard::new(vec!["gym.example:8443".parse().unwrap(), "127.0.0.1:8081".parse().unwrap()])
}

/// The status for a request with these headers, one a line, and the refusal if there is one.
fn judge_with_body(method: &str, headers: &str, body: &'static str) -> (u16, String) {
    let mut request = Request::builder().method(method).uri("/api/runs");
    for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
    }
    match guard().allow(Kind::App, &request.body(Body::from(body)).unwrap()) {
        Ok(()) => (200, String::new()),
        Err(ApiError::Forbidden(rejection)) => (403, rejection.to_string()),
        Err(ApiError::NotJson(rejection)) => (415, rejection.to_string()),
        Err(other) => panic!("{other:?}"),
    }
}

fn judge(method: &str, headers: &str) -> u16 {
    judge_with_body(method, headers, "").0
}

#[test]
fn only_names_of_this_server_are_answered() {
    for host in [
        "127.0.0.1:8080",
        "localhost",
        "LocalHost.:9000",
        "[::1]:8080",
        "127.0.0.2:8080",
        "gym.example:8443",
        "gym.example",
        "GYM.EXAMPLE.:80",
        "gym.example:9000",
    ] {
        assert_eq!(judge("GET", &format!("Host: {host}")), 200, "{host}");
    }
    for host in [
        "evil.example:8080",
        "evil.localhost:8080",
        "10.0.0.5:8080",
        "gym.example.evil.example",
        "0.0.0.0:8080",
        "http://localhost",
        "localhost:port",
        "a b",
        "user@localhost",
        "localhost, evil.example",
    ] {
        assert_eq!(judge("GET", &format!("Host: {host}")), 403, "{host}");
    }
    assert_eq!(judge("GET", ""), 403, "no Host");
    assert_eq!(judge("GET", "Host: localhost\nHost: localhost"), 403, "two of them");
}

#[test]
fn a_name_in_the_request_line_counts_as_well() {
    let judge = |uri: &str| {
        let request =
            Request::builder().uri(uri).header("host", "localhost:8080").body(Body::empty()).unwrap();
        guard().allow(Kind::App, &request).is_ok()
    };
    assert!(judge("http://localhost:8080/api/runs"));
    assert!(!judge("http://evil.example/api/runs"));
}

#[test]
fn only_pages_of_this_server_and_named_ones_may_use_it() {
    for (host, origin) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("localhost:9000", "http://localhost:9000"), // forwarded by ssh to another port
        ("127.0.0.1", "http://127.0.0.1"),
        ("gym.example:8443", "https://gym.example:8443"),
        ("gym.example", "https://gym.example:8443"), // nginx's $host
        ("127.0.0.1:8080", "https://gym.example:8443"), // nginx's $proxy_host
        ("gym.example", "https://gym.example"),
        ("Gym.Example:443", "https://gym.example"),
        ("gym.example:80", "http://gym.example"),
        ("127.0.0.1:8080", "http://127.0.0.1:8081"), // a development server that rewrites Host
        ("127.0.0.1:8081", "http://127.0.0.1:8081"), // and one that does not
    ] {
        for method in ["GET", "POST", "DELETE", "OPTIONS"] {
            assert_eq!(judge(method, &format!("Host: {host}\nOrigin: {origin}")), 200, "{host} {origin}");
        }
    }
    for origin in [
        "http://evil.example",
        "http://127.0.0.1:8079",
        "http://127.0.0.1",
        "http://localhost:8080",
        "null",
        "",
        "http://gym.example:8444",
        "https://sub.gym.example:8443",
        "file://",
        "chrome-extension://127.0.0.1:8080",
        "127.0.0.1:8080",
    ] {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            for site in
                ["", "\nSec-Fetch-Site: cross-site", "\nSec-Fetch-Site: none\nSec-Fetch-Mode: navigate"]
            {
                let headers = format!("Host: 127.0.0.1:8080\nOrigin: {origin}{site}");
                assert_eq!(judge(method, &headers), 403, "{method} {origin} {site}");
            }
        }
    }
    let twice = "Host: 127.0.0.1:8080\nOrigin: http://127.0.0.1:8080\nOrigin: http://evil.example";
    assert_eq!(judge("GET", twice), 403);
}

#[test]
fn behind_a_proxy_that_replaces_host_a_page_may_load_and_no_more() {
    let headers =
        "Host: 127.0.0.1:8080\nOrigin: https://gym.test\nSec-Fetch-Site: same-origin\nSec-Fetch-Mode: cors";
    assert_eq!((judge("GET", headers), judge("HEAD", headers)), (200, 200));
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        assert_eq!(judge(method, headers), 403, "{method}");
    }
    assert_eq!(judge("GET", &format!("{headers}\nUpgrade: websocket")), 403);
}

#[test]
fn without_an_origin_a_page_of_another_site_may_only_link_here() {
    let fetched = |method: &str, site: &str, mode: &str, destination: &str| {
        let headers = format!(
            "Host: 127.0.0.1:8080\nSec-Fetch-Site: {site}\nSec-Fetch-Mode: {mode}\nSec-Fetch-Dest: {destination}"
        );
        judge(method, &headers)
    };
    for site in ["same-origin", "none"] {
        for (mode, destination) in
            [("navigate", "document"), ("cors", "empty"), ("no-cors", "image"), ("websocket", "empty")]
        {
            assert_eq!(fetched("GET", site, mode, destination), 200, "{site} {mode}");
        }
        assert_eq!(fetched("DELETE", site, "cors", "empty"), 200);
    }
    // Another port of this machine is the same site, and another origin.
    for site in ["cross-site", "same-site", "something-new"] {
        assert_eq!(fetched("GET", site, "navigate", "document"), 200, "a link from {site}");
        assert_eq!(fetched("HEAD", site, "navigate", "document"), 200);
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            assert_eq!(fetched(method, site, "navigate", "document"), 403, "{method} from {site}");
        }
        for destination in ["iframe", "frame", "embed", "object", "fencedframe"] {
            assert_eq!(fetched("GET", site, "navigate", destination), 403, "{destination} of {site}");
        }
        for (mode, destination) in [
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("no-cors", "empty"),
            ("cors", "empty"),
            ("same-origin", "empty"),
            ("websocket", "empty"),
            ("", ""),
        ] {
            assert_eq!(fetched("GET", site, mode, destination), 403, "{mode} {destination} of {site}");
        }
        // Browsers of 2019 and 2020 do not send the destination.
        let headers = format!("Host: 127.0.0.1:8080\nSec-Fetch-Site: {site}\nSec-Fetch-Mode: navigate");
        assert_eq!(judge("GET", &headers), 200);
    }
}

#[test]
fn a_body_that_changes_something_is_declared_as_json() {
    let body = |method: &str, media_type: &str| {
        let headers = format!("Host: localhost\n{media_type}");
        judge_with_body(method, &headers, "{}")
    };
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for media_type in ["application/json", "Application/JSON", "application/json; charset=utf-8"] {
            assert_eq!(body(method, &format!("Content-Type: {media_type}")).0, 200, "{media_type}");
        }
        for media_type in [
            "text/plain",
            "text/plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain; application/json",
            "application/jsonx",
            "",
        ] {
            let (status, text) = body(method, &format!("Content-Type: {media_type}"));
            assert!(
                status == 415 && text.contains("allowed: application/json"),
                "{media_type}: {status} {text}"
            );
        }
        assert_eq!(body(method, "").0, 415, "{method} without a type");
        assert_eq!(judge(method, "Host: localhost"), 200, "{method} without a body");
    }
    assert_eq!(body("GET", "Content-Type: text/plain").0, 200, "nobody reads it");
    assert_eq!(
        Format::Json.media_type(),
        JSON,
        "a run's file can be imported as the type that it is exported as"
    );
}

#[test]
fn a_refusal_names_the_flag_that_would_allow_it() {
    for (headers, flag) in [
        ("Host: Gym.test:8080", "--host gym.test:8080"),
        ("Host: gym.test", "--host gym.test"),
        ("Host: gym.example\nOrigin: https://gym.example:9443", "--host gym.example:9443"),
        ("Host: 127.0.0.1:8080\nOrigin: http://127.0.0.1:3000", "--host 127.0.0.1:3000"),
    ] {
        let (status, text) = judge_with_body("GET", headers, "");
        assert!(status == 403 && text.ends_with(flag), "{headers}: {text}");
        let name = flag.trim_start_matches("--host ").parse().unwrap();
        let guard = Guard::new(vec![name]);
        let mut request = Request::builder();
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        assert!(guard.allow(Kind::App, &request.body(Body::empty()).unwrap()).is_ok(), "{flag} allows it");
    }
}

#[test]
fn a_request_of_another_page_is_told_what_is_allowed() {
    let refusal = |kind: Kind, path: &str| {
        let request =
            Request::builder().uri(path).header("host", "localhost").header("sec-fetch-site", "cross-site");
        match guard().allow(kind, &request.body(Body::empty()).unwrap()) {
            Err(ApiError::Forbidden(rejection)) => rejection.allowed,
            other => panic!("{other:?}"),
        }
    };
    let api = refusal(Kind::App, "/api/runs?order=newest");
    assert_eq!(api, "requests from heapgym's own page, or from programs, which send no Sec-Fetch-Site");
    assert_eq!(refusal(Kind::App, "/"), "a link to the page");
    assert!(refusal(Kind::Embed, "/i/r/a.svg").contains("a link to the picture"));
}

#[test]
fn each_refusal_is_a_warning_once_and_their_number_is_bounded() {
    let guard = guard();
    for number in 0..2 * MAX_WARNINGS {
        for _ in 0..2 {
            let rejection = Rejection::new("Host", format!("is {number}.example"), "");
            guard.log(&ApiError::Forbidden(rejection));
        }
        assert_eq!(guard.warned.lock().unwrap().len(), (number + 1).min(MAX_WARNINGS));
    }
}
