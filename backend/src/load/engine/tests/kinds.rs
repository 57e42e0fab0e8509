//! Kinds of replies, really served over a socket: what heapgym does with each, in one piece and byte by byte.

use super::*;
use crate::load::reply::{
    Reply,
    cases::{CASES, Case, Expect},
};

const REQUESTS: u64 = 3;

/// Whether a case is answered as it should be; where not, what happened instead.
fn check(case: &Case, answer: fn(&'static [u8], Then) -> Answer) -> Result<(), String> {
    let then = if case.closes { Then::Close } else { Then::Stay };
    let server = Server::start(answer(case.bytes, then));
    let profile =
        LoadProfile::FixedIterations { iterations: REQUESTS, concurrency: 1, max_duration_ms: 60_000 };
    let mut plan = bare_plan(&server, profile);
    plan.load.timeout_ms = 60_000; // thousands of single bytes take their time on a busy machine
    let Told { done, details, .. } = told(&plan);
    let reasons: Vec<_> = done.failure_reasons.iter().map(ToString::to_string).collect();
    let seen = format!("{:?}, statuses {:?}, reasons {reasons:?}", done.summary, details.statuses);
    let (kept, closed) = (1, REQUESTS);
    let is_as_expected = match case.heapgym {
        Expect::Kept { status, body_bytes } => {
            details == Details::of(status, REQUESTS, body_bytes) && server.connections() == kept
        }
        Expect::Closed { status, body_bytes } => {
            details == Details::of(status, REQUESTS, body_bytes) && server.connections() == closed
        }
        Expect::Refused(reason) => reasons == [format!("malformed: {REQUESTS} ({})", reason.sentence())],
        Expect::Cut => reasons == [format!("closed: {REQUESTS} (the connection ended before the reply did)")],
    };
    if is_as_expected {
        Ok(())
    } else {
        Err(format!("{}: {seen}, {} connections", case.name, server.connections()))
    }
}

#[track_caller]
fn check_all<'a>(cases: impl Iterator<Item = &'a Case>, answer: fn(&'static [u8], Then) -> Answer) {
    let wrong: Vec<_> = cases.filter_map(|case| check(case, answer).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether bytes follow the reply on a connection that could be used again. When they come late, nothing tells them
/// from the next reply.
fn has_stray_bytes(case: &Case) -> bool {
    let mut reply = Reply::new();
    matches!(reply.feed(case.bytes), Ok(Some(used)) if used < case.bytes.len() && reply.keep_alive())
}

#[test]
fn each_kind_of_reply_is_read_or_refused_as_rfc_9112_says() {
    check_all(CASES.iter(), Answer::Bytes);
}

#[test]
fn no_kind_of_reply_depends_on_how_it_is_split() {
    check_all(CASES.iter().filter(|case| !has_stray_bytes(case)), Answer::ByteByByte);
}
