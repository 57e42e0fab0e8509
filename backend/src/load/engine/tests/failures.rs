//! Failed requests: each is counted with its reason, and none has a latency.

use http::{HeaderMap, Method};

use super::*;

const BUSY: &[u8] = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";

/// A fast refusal must not make the target look fast.
#[test]
fn fast_failures_are_not_among_the_latencies() {
    let delay = Duration::from_millis(20);
    let server = Server::start(Answer::Alternating(BUSY, delay));
    let told = told(&plan(&server, concurrency(2)));
    let failed = told.failed_only(|failures| &mut failures.status);
    let LoadDone { summary, response_time, service_time, .. } = &told.done;
    assert!(summary.completed > 2 && failed > 2, "{summary:?}");
    for latency in [response_time, service_time] {
        assert!(latency.min >= delay.as_nanos() as u64 * 99 / 100, "{latency:?}");
    }
    assert!(told.samples.iter().all(|(_, it)| it.response_time.count == it.response_times.total()));
}

/// One request at a time, so that each is on a connection that has served at most one other.
fn one_after_the_other(server: &Server, iterations: u64) -> Plan {
    bare_plan(server, LoadProfile::FixedIterations { iterations, concurrency: 1, max_duration_ms: 60_000 })
}

/// RFC 9112, section 9.3.1: the server closed the connection as idle while the next request was on its way.
#[test]
fn a_safe_request_on_a_reused_connection_is_sent_again_when_that_closes_without_a_reply() {
    for then in [Then::Close, Then::Reset] {
        let server = Server::start(Answer::OnceThen(b"", then));
        let summary = told(&one_after_the_other(&server, 20)).done.summary;
        assert_eq!((summary.completed, summary.failed, summary.started), (20, 0, 20), "{then:?}");
        assert_eq!(summary.resent, 19, "each but the first was sent to a used connection: {then:?}");
        assert_eq!((server.requests(), server.connections()), (39, 20), "{then:?}");
    }
}

#[test]
fn a_request_that_may_have_had_an_effect_is_not_sent_again() {
    let server = Server::start(Answer::OnceThen(b"", Then::Close));
    let mut plan = one_after_the_other(&server, 20);
    let uri = format!("http://{}/", server.address).parse().unwrap();
    plan.request = request::encode(&Method::POST, &uri, &HeaderMap::new());
    let told = told(&plan);
    assert_eq!((told.done.summary.resent, told.done.summary.completed), (0, 10));
    assert_eq!(told.failed_only(|failures| &mut failures.closed), 10);
}

#[test]
fn a_request_is_not_sent_again_once_a_byte_of_its_reply_has_come() {
    let server = Server::start(Answer::OnceThen(b"H", Then::Close));
    let told = told(&one_after_the_other(&server, 20));
    assert_eq!((told.done.summary.resent, told.done.summary.completed), (0, 10));
    assert_eq!(told.failed_only(|failures| &mut failures.closed), 10);
}

/// A new connection has served nothing: what fails on it fails for good.
#[test]
fn a_request_is_sent_again_only_once() {
    let server = Server::start(Answer::Bytes(b"", Then::Close));
    let told = told(&one_after_the_other(&server, 10));
    assert_eq!(told.done.summary.resent, 0);
    assert_eq!(told.failed_only(|failures| &mut failures.closed), 10);
    assert_eq!(server.requests(), 10);
}

#[test]
fn each_status_and_each_fault_is_a_reason_of_its_own() {
    let server = Server::start(Answer::Alternating(BUSY, Duration::ZERO));
    let told_statuses = told(&one_after_the_other(&server, 10));
    let reasons: Vec<_> = told_statuses.done.failure_reasons.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["status 503: 5"]);
    let told_refused = told(&one_after_the_other(&Server::gone(), 10));
    let reasons: Vec<_> = told_refused.done.failure_reasons.iter().map(ToString::to_string).collect();
    assert_eq!(reasons, ["connect: 10 (the connection was refused)"]);
}
