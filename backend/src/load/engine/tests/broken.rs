//! Broken servers: each request is counted once, under the kind that is written beside the server.

use super::*;

const LENGTH_10: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut";
const CHUNKED_CUT: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n";
const HALF_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Le";
const STATUS_LINE: &[u8] = b"HTTP/1.1 200 OK\r\n";

fn iterations(iterations: u64) -> LoadProfile {
    LoadProfile::FixedIterations { iterations, concurrency: 4, max_duration_ms: 60_000 }
}

type Kind = fn(&mut Failures) -> &mut u64;
const CLOSED: Kind = |failures| &mut failures.closed;
const MALFORMED: Kind = |failures| &mut failures.malformed;

/// What holds of any server that answers no request: on both kinds of profile all fail in one way, and the
/// run ends when it should.
#[track_caller]
fn fails_all(answer: Answer, kind: Kind) -> Server {
    fails_all_within(answer, kind, None)
}

/// The same of a server that gives no answer in time.
#[track_caller]
fn times_out(answer: Answer) -> Server {
    fails_all_within(answer, |failures| &mut failures.timeout, Some(80))
}

#[track_caller]
fn fails_all_within(answer: Answer, kind: Kind, timeout_ms: Option<u64>) -> Server {
    let server = Server::start(answer);
    let mut plan = plan(&server, iterations(12));
    // All others keep the long one: a busy machine must not turn them into timeouts.
    plan.load.timeout_ms = timeout_ms.unwrap_or(plan.load.timeout_ms);
    let closed = told(&plan);
    assert_eq!(closed.failed_only(kind), 12);
    plan.load.profile = rate_for(300.0, 150);
    let open = told(&plan);
    assert_eq!(open.failed_only(kind), open.done.summary.started);
    // The load ends at its instant.
    assert_eq!(open.done.load_ended_ns, 280 * MS);
    // Connections that get no whole reply wait 10 ms each, so none is tried in a busy loop.
    assert!(open.last().started <= 8 * 29, "{}", open.last().started);
    for told in [closed, open] {
        assert_eq!((told.done.summary.completed, told.done.summary.body_bytes), (0, 0));
        // No request outlives its timeout; the rest is a busy machine's.
        assert!(told.done.drained_ns < told.done.load_ended_ns + 5_000 * MS, "{:?}", told.done);
    }
    server
}

#[test]
fn garbage_is_malformed() {
    fails_all(Answer::Bytes(b"220 ready, but for mail\r\n", Then::Close), MALFORMED);
    fails_all(Answer::Bytes(b"\0\x01\xff\xfe\x16\x03\x01 no text at all", Then::Hang), MALFORMED);
    fails_all(Answer::Endless(b"", b"garbage without a line's end "), MALFORMED);
    fails_all(Answer::Bytes(b"HTTP/2 200\r\n\r\n", Then::Stay), MALFORMED);
    fails_all(Answer::Bytes(b"HTTP/1.1 101 Switching\r\n\r\n", Then::Stay), MALFORMED);
}

#[test]
fn an_end_before_the_first_byte_or_in_the_head_is_closed() {
    fails_all(Answer::Bytes(b"", Then::Close), CLOSED);
    fails_all(Answer::Bytes(HALF_HEAD, Then::Close), CLOSED);
    fails_all(Answer::Bytes(STATUS_LINE, Then::Close), CLOSED);
}

#[test]
fn an_end_in_the_body_is_closed_and_its_bytes_are_no_completed_ones() {
    let server = fails_all(Answer::Bytes(LENGTH_10, Then::Close), CLOSED);
    fails_all(Answer::Bytes(CHUNKED_CUT, Then::Close), CLOSED);
    let told = told(&plan(&server, concurrency(4)));
    assert_eq!((told.done.summary.body_bytes, told.last().body_bytes), (0, told.last().started * 3));
}

#[test]
fn a_reset_is_closed_wherever_it_comes() {
    fails_all(Answer::Bytes(b"", Then::Reset), CLOSED);
    fails_all(Answer::Bytes(HALF_HEAD, Then::Reset), CLOSED);
    fails_all(Answer::Bytes(LENGTH_10, Then::Reset), CLOSED);
    // Cut off, not ended: only an orderly end completes such a body.
    fails_all(Answer::Bytes(b"HTTP/1.1 200 OK\r\n\r\nto the end", Then::Reset), CLOSED);
}

#[test]
fn no_answer_in_time_is_a_timeout() {
    times_out(Answer::Bytes(b"", Then::Hang));
    times_out(Answer::Bytes(STATUS_LINE, Then::Hang));
    times_out(Answer::Bytes(LENGTH_10, Then::Hang));
    times_out(Answer::Bytes(CHUNKED_CUT, Then::Hang));
}

/// The byte a second, 25 times as fast, against a timeout that is shorter by more than that.
#[test]
fn a_byte_now_and_then_does_not_put_the_timeout_off() {
    times_out(Answer::Drip(Duration::from_millis(40)));
}

#[test]
fn a_server_that_reads_nothing_is_a_timeout_whether_the_request_fits_or_not() {
    let server = times_out(Answer::Deaf);
    let mut plan = plan(&server, iterations(8));
    plan.request.bytes.resize(8 << 20, b'x'); // more than any socket's buffers hold
    plan.load.timeout_ms = 80;
    assert_eq!(told(&plan).failed_only(|failures| &mut failures.timeout), 8);
}

/// A head has 16 KiB, of which 96 headers; a longer one is refused as soon as that is known. That memory stays
/// flat is shown in `alone`.
#[test]
fn heads_of_64_kib_or_without_an_end_are_malformed() {
    fails_all(Answer::Head(16 * 1024 + 1), MALFORMED);
    fails_all(Answer::Head(64 * 1024), MALFORMED);
    fails_all(Answer::Headers(2_000), MALFORMED);
    fails_all(Answer::Endless(STATUS_LINE, b"X-Header: again\r\n"), MALFORMED);
    fails_all(Answer::Endless(b"HTTP/1.1 200 OK\r\nX: ", b"xxxxxxxxxxxxxxxx"), MALFORMED);
    fails_all(Answer::Endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), MALFORMED);
}

#[test]
fn what_is_in_order_but_has_no_end_is_a_timeout() {
    times_out(Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 4_096]));
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    times_out(Answer::Endless(chunked, b"4\r\nmore\r\n"));
}

#[test]
fn a_length_that_is_none_or_two_is_malformed() {
    for head in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    ] {
        fails_all(Answer::Bytes(head, Then::Hang), MALFORMED);
    }
}

/// Too long a length is what `LENGTH_10` has. After too short a one the reply is whole, and the rest of it
/// belongs to no request.
#[test]
fn a_length_that_is_too_short_completes_and_costs_the_connection() {
    let server =
        Server::start(Answer::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more", Then::Stay));
    let told = told(&plan(&server, concurrency(2)));
    let summary = &told.done.summary;
    assert!(summary.completed > 2 && summary.failed == 0, "{summary:?}");
    assert_eq!(summary.body_bytes, summary.completed * 2);
    assert_eq!(server.connections(), told.last().started);
}

#[test]
fn chunk_sizes_that_overflow_are_malformed_and_the_largest_is_only_waited_for() {
    for body in [
        &b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1FFFFFFFFFFFFFFFF\r\nx"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n",
    ] {
        fails_all(Answer::Bytes(body, Then::Hang), MALFORMED);
    }
    let largest = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nhello";
    times_out(Answer::Bytes(largest, Then::Hang));
    fails_all(Answer::Bytes(largest, Then::Close), CLOSED);
}
