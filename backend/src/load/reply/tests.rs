//! The reply parser: framings, limits, and that no split of the bytes matters.

use proptest::prelude::*;

use super::{
    cases::{CASES, Expect},
    *,
};

/// What is known of a reply after all bytes have come.
#[derive(Debug, PartialEq)]
struct Seen {
    end: Result<Option<usize>, Malformed>,
    status: u16,
    body_bytes: u64,
    keep_alive: bool,
    ends_with_connection: bool,
}

/// Feeds the bytes in pieces that end at the cuts.
fn read(bytes: &[u8], cuts: &[usize]) -> Seen {
    let mut reply = Reply::new();
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut % (bytes.len() + 1)).chain([bytes.len()]).collect();
    ends.sort_unstable();
    let (mut from, mut end) = (0, Ok(None));
    for to in ends {
        end = reply.feed(&bytes[from..to]).map(|used| used.map(|used| from + used));
        if end != Ok(None) {
            break;
        }
        from = to;
    }
    Seen {
        end,
        status: reply.status(),
        body_bytes: reply.body_bytes(),
        keep_alive: reply.keep_alive(),
        ends_with_connection: reply.ends_with_connection(),
    }
}

#[track_caller]
fn whole(text: &str, body_bytes: u64, keep_alive: bool) {
    let status = text.rsplit("HTTP/1.1 ").next().unwrap()[..3].parse().unwrap();
    let seen =
        Seen { end: Ok(Some(text.len())), status, body_bytes, keep_alive, ends_with_connection: false };
    assert_eq!(read(text.as_bytes(), &[]), seen);
}

#[test]
fn a_length_ends_the_body() {
    whole("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 5, true);
    whole("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", 0, true);
    whole("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 2, true);
    let extra = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP", &[]);
    assert_eq!((extra.end, extra.body_bytes), (Ok(Some(40)), 2));
}

#[test]
fn chunks_are_counted_without_their_framing() {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 9\r\n\r\n";
    whole(&format!("{head}5\r\nhello\r\n1A;name=value\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n"), 31, true);
    whole(&format!("{head}000\r\nExpires: never\r\nX: y\r\n\r\n"), 0, true);
}

#[test]
fn some_replies_have_no_body_and_interim_ones_are_not_replies() {
    whole("HTTP/1.1 204 No Content\r\n\r\n", 0, true);
    whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 0, true);
    whole(
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        1,
        true,
    );
}

#[test]
fn the_server_may_close() {
    whole("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", 1, false);
    whole("HTTP/1.1 200 OK\r\nConnection: x, close\r\nContent-Length: 1\r\n\r\nx", 1, false);
    let mut reply = Reply::new();
    assert_eq!(reply.feed(b"HTTP/1.1 200 OK\r\n\r\nto the end"), Ok(None));
    assert!(reply.ends_with_connection() && !reply.keep_alive());
    assert_eq!(reply.body_bytes(), 10);
    reply.reset();
    assert!(!reply.ends_with_connection() && reply.keep_alive());
}

#[test]
fn each_kind_of_reply_is_read_or_refused_as_rfc_9112_says() {
    for case in CASES {
        let mut seen = read(case.bytes, &[]);
        if case.closes && seen.end == Ok(None) && seen.ends_with_connection {
            seen.end = Ok(Some(case.bytes.len()));
        }
        match case.heapgym {
            Expect::Kept { status, body_bytes } => {
                let end = Ok(Some(case.bytes.len()));
                let expect = Seen { end, status, body_bytes, keep_alive: true, ends_with_connection: false };
                assert_eq!(seen, expect, "{}", case.name);
            }
            Expect::Closed { status, body_bytes } => {
                assert!(matches!(seen.end, Ok(Some(_))), "{}: {seen:?}", case.name);
                assert_eq!((seen.status, seen.body_bytes), (status, body_bytes), "{}", case.name);
            }
            Expect::Refused(reason) => assert_eq!(seen.end, Err(reason), "{}", case.name),
            Expect::Cut => assert_eq!(seen.end, Ok(None), "{}", case.name),
        }
        let bytes: Vec<_> = (0..case.bytes.len()).collect();
        assert_eq!(read(case.bytes, &bytes), read(case.bytes, &[]), "{}, byte by byte", case.name);
    }
}

#[test]
fn a_head_has_at_most_16_kib_however_it_comes() {
    let head = |bytes: usize| {
        let frame = "HTTP/1.1 204 OK\r\nX: \r\n\r\n".len();
        format!("HTTP/1.1 204 OK\r\nX: {}\r\n\r\n", "x".repeat(bytes - frame)).into_bytes()
    };
    for cuts in [&[][..], &[1], &[9_000, 16_000], &[16_384], &[16_385]] {
        assert_eq!(read(&head(16_384), cuts).end, Ok(Some(16_384)), "{cuts:?}");
        assert_eq!(read(&head(16_385), cuts).end, Err(Malformed::HeadTooLong), "{cuts:?}");
        assert_eq!(read(&head(60_000), cuts).end, Err(Malformed::HeadTooLong), "{cuts:?}");
    }
    // The number of fields does not matter.
    let headers = |count: usize| format!("HTTP/1.1 204 OK\r\n{}\r\n", "X: y\r\n".repeat(count)).into_bytes();
    assert_eq!(read(&headers(2_000), &[500]).end, Ok(Some(17 + 2_000 * 6 + 2)));
}

#[test]
fn interim_replies_have_at_most_16_kib_together() {
    let reply = |interim: usize| {
        let text = "HTTP/1.1 100 Continue\r\nX: abc\r\n\r\n".repeat(interim);
        (text + "HTTP/1.1 204 OK\r\n\r\n").into_bytes()
    };
    let most = 16_384 / 33;
    for cuts in [&[][..], &[1, 70, 9_000]] {
        assert_eq!(read(&reply(most), cuts).end, Ok(Some(most * 33 + 19)), "{cuts:?}");
        assert_eq!(read(&reply(most + 1), cuts).end, Err(Malformed::InterimTooLong), "{cuts:?}");
    }
}

#[test]
fn the_memory_of_a_head_in_pieces_is_bounded_and_used_again() {
    let mut reply = Reply::new();
    for _ in 0..3 {
        reply.reset();
        let mut fed = 0;
        let end = loop {
            match reply.feed(if fed == 0 { b"HTTP/1.1 200 OK\r\nX: " } else { b"abcdefg" }) {
                Ok(None) => fed += 1,
                end => break end,
            }
        };
        assert_eq!(end, Err(Malformed::HeadTooLong));
        assert!((16_384..=2 * 16_384).contains(&reply.head.capacity()), "{}", reply.head.capacity());
    }
}

fn any_reply() -> impl Strategy<Value = Vec<u8>> {
    let body = proptest::collection::vec(any::<u8>(), 0..300);
    let chunked = proptest::collection::vec(body.clone(), 0..5).prop_map(|chunks| {
        let mut text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: now\r\n\r\n".to_vec();
        for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
            text.extend(
                format!("{:x};e\r\n", chunk.len()).bytes().chain(chunk.iter().copied()).chain(*b"\r\n"),
            );
        }
        text.extend(b"0\r\nTrailer: t\r\n\r\n");
        text
    });
    let sized = body.prop_map(|body| {
        let head =
            format!("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oh\r\nContent-Length: {}\r\n\r\n", body.len());
        head.bytes().chain(body).collect()
    });
    prop_oneof![chunked, sized]
}

proptest! {
    #[test]
    fn any_split_gives_the_same_result(
        bytes in any_reply(), cuts in proptest::collection::vec(any::<usize>(), 0..12), extra in 0usize..3
    ) {
        let mut bytes = bytes;
        let length = bytes.len();
        let seen = read(&bytes, &cuts);
        prop_assert_eq!(&seen.end, &Ok(Some(length)));
        prop_assert_eq!(&seen, &read(&bytes, &[]));
        bytes.extend(&b"!!!"[..extra]);
        prop_assert_eq!(&seen, &read(&bytes, &cuts));
    }

    #[test]
    fn damaged_replies_split_anyhow_give_the_same_result(
        bytes in any_reply(), cuts in proptest::collection::vec(any::<usize>(), 0..12),
        at in any::<usize>(), with in any::<u8>()
    ) {
        let mut bytes = bytes;
        let at = at % bytes.len();
        bytes[at] = with;
        prop_assert_eq!(read(&bytes, &cuts).end, read(&bytes, &[]).end);
    }
}
