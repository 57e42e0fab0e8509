//! Replies that are in order: every request and every byte is counted, and connections are kept.

use super::*;

const ANNOUNCED_CLOSE: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
const SMALL: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found";

#[test]
fn a_steady_rate_is_offered_exactly_and_every_byte_is_counted() {
    let server = Server::start(Answer::Length(1_000));
    let told = told(&plan(&server, rate(500.0)));
    let summary = &told.done.summary;
    assert_eq!((summary.offered, summary.failed), (150, 0));
    assert_eq!(summary.body_bytes, summary.completed * 1_000);
    assert_eq!(summary.duration_ns, 300 * MS);
    let last = told.last();
    assert_eq!((last.offered, last.body_bytes), (200, last.completed * 1_000));
    assert_eq!(server.requests(), last.started);
    assert!(told.samples.iter().all(|(_, reading)| reading.elapsed_ns >= 30 * MS || reading.offered == 0));
}

#[test]
fn closed_connections_are_always_busy_and_chunks_are_decoded() {
    let server = Server::start(Answer::Chunked(300_000));
    let told = told(&plan(&server, concurrency(3)));
    let summary = &told.done.summary;
    assert_eq!((summary.offered, summary.dropped, summary.failed), (summary.started, 0, 0));
    assert!(summary.completed > 3);
    assert_eq!(summary.body_bytes, summary.completed * 300_000);
    assert_eq!(server.connections(), 3);
    assert!(told.samples.iter().all(|(_, reading)| reading.in_flight <= 3));
    assert!(told.samples.iter().any(|(_, reading)| reading.in_flight == 3));
}

#[test]
fn bodies_may_end_with_the_connection_and_the_server_may_announce_its_end() {
    let announced = Answer::Bytes(ANNOUNCED_CLOSE, Then::Close);
    for (answer, body_bytes) in [(Answer::UntilClose(5_000), 5_000), (announced, 2)] {
        let server = Server::start(answer);
        let told = told(&plan(&server, concurrency(2)));
        let summary = &told.done.summary;
        assert!(summary.completed > 2 && summary.failed == 0, "{summary:?}");
        assert_eq!(summary.body_bytes, summary.completed * body_bytes);
        assert_eq!(server.connections(), told.last().started);
    }
}

#[test]
fn connections_closed_while_idle_are_opened_again_without_a_failure() {
    let server = Server::start(Answer::Bytes(SMALL, Then::Close));
    let told = told(&plan(&server, rate(50.0)));
    assert_eq!((told.done.summary.completed, told.done.summary.failed), (15, 0));
    assert_eq!(server.connections(), told.last().started);
}

#[test]
fn statuses_from_400_on_fail_but_keep_the_connection() {
    let server = Server::start(Answer::Bytes(NOT_FOUND, Then::Stay));
    let told = told(&plan(&server, rate(100.0)));
    assert_eq!(told.failed_only(|failures| &mut failures.status), 30);
    assert_eq!(told.done.summary.body_bytes, 0);
    assert_eq!(told.last().body_bytes, told.last().started * 9);
    assert!(server.connections() < server.requests() / 2);
}

#[test]
fn a_head_of_16_kib_is_taken_and_comes_in_as_many_pieces_as_it_likes() {
    let server = Server::start(Answer::Head(16_384));
    let told_long = told(&plan(&server, rate(100.0)));
    assert_eq!((told_long.done.summary.completed, told_long.done.summary.failed), (30, 0));

    let server = Server::start(Answer::Drip(Duration::from_micros(100)));
    let told_dripped = told(&plan(&server, concurrency(2)));
    assert!(told_dripped.done.summary.completed > 2 && told_dripped.done.summary.failed == 0);
}

/// A second reply belongs to no request: it costs the connection, and nothing else.
#[test]
fn a_reply_that_nobody_asked_for_costs_its_connection_only() {
    for delay in [Duration::ZERO, Duration::from_millis(2)] {
        let server = Server::start(Answer::Twice(delay));
        let told = told(&plan(&server, rate(40.0)));
        assert_eq!((told.done.summary.completed, told.done.summary.failed), (12, 0));
        assert!(server.connections() > told.last().started / 2, "{}", server.connections());
    }
}

#[test]
fn a_request_that_does_not_fit_into_the_socket_is_sent_in_pieces() {
    let server = Server::start(Answer::After(Duration::from_millis(1)));
    let mut plan = plan(&server, concurrency(2));
    let filler = "x".repeat(8 << 20);
    plan.request.bytes = format!("GET / HTTP/1.1\r\nhost: a\r\nfiller: {filler}\r\n\r\n").into_bytes();
    let told = told(&plan);
    assert!(told.done.summary.completed >= 2 && told.done.summary.failed == 0, "{:?}", told.done.summary);
    assert_eq!((server.requests(), server.connections()), (told.last().started, 2));
}
