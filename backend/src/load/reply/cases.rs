//! Kinds of replies that servers send, and what RFC 9112 tells a client to do with each. docs/REPLIES.md is this table.

use super::Malformed;

/// One kind of reply.
#[derive(Debug, Clone, Copy)]
pub(in crate::load) struct Case {
    /// What is special about it.
    pub(in crate::load) name: &'static str,
    /// What the server sends for each request.
    pub(in crate::load) bytes: &'static [u8],
    /// Whether it closes the connection after that.
    pub(in crate::load) closes: bool,
    /// What heapgym does with it.
    pub(in crate::load) heapgym: Expect,
    /// The section that decides: of RFC 9112, or of RFC 9110 if it begins so.
    pub(in crate::load) section: &'static str,
    /// Whether curl reads it, as seen with curl 8.
    pub(in crate::load) curl: bool,
    /// Whether hyper reads it.
    pub(in crate::load) hyper: bool,
}

/// What is done with a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::load) enum Expect {
    /// It is read, and its connection is used again.
    Kept { status: u16, body_bytes: u64 },
    /// It is read, and its connection is not used again.
    Closed { status: u16, body_bytes: u64 },
    /// It is refused.
    Refused(Malformed),
    /// It ends too early.
    Cut,
}

use Expect::{Closed, Cut, Kept, Refused};
use Malformed as M;

macro_rules! cases {
    ($($name:literal, $section:literal, $bytes:expr, $closes:expr, $heapgym:expr, $curl:expr, $hyper:expr;)*) => {
        &[$(Case {
            name: $name,
            section: $section,
            bytes: $bytes,
            closes: $closes,
            heapgym: $heapgym,
            curl: $curl,
            hyper: $hyper,
        }),*]
    };
}

/// A usual reply with a body of five bytes, in either way.
const FIVE: Expect = Kept { status: 200, body_bytes: 5 };
const FIVE_AND_CLOSED: Expect = Closed { status: 200, body_bytes: 5 };
const STAYS: bool = false;
const CLOSES: bool = true;
const READS: bool = true;
const REFUSES: bool = false;

/// All kinds.
#[rustfmt::skip]
pub(in crate::load) const CASES: &[Case] = cases![
    // Versions.
    "HTTP/1.1 with a length", "6.2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, READS;
    "HTTP/1.0 with a length", "9.3",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, READS, READS;
    "HTTP/1.0 with a length, and the server does not close", "9.3",
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE_AND_CLOSED, READS, READS;
    "HTTP/1.0 without a length", "6.3",
        b"HTTP/1.0 200 OK\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, READS, READS;
    "HTTP/1.0 with `Connection: keep-alive`", "9.3",
        b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, READS;
    "HTTP/1.0 with `Transfer-Encoding: chunked`", "6.1",
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", CLOSES,
        Refused(M::TransferCodingInHttp10), READS, REFUSES;
    "HTTP/1.2", "9110 2.5",
        b"HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, REFUSES, REFUSES;
    "HTTP/2.0 as text", "9110 2.5",
        b"HTTP/2.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::Version), READS, REFUSES;
    "HTTP/0.9, a body alone", "4",
        b"hello", CLOSES, Refused(M::NotHttp), REFUSES, REFUSES;
    "a lower-case `http/1.1`", "2.3",
        b"http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::NotHttp), READS, REFUSES;
    "another protocol (SMTP)", "4",
        b"220 mail.example ESMTP\r\n", CLOSES, Refused(M::NotHttp), REFUSES, REFUSES;

    // Status lines.
    "an empty line before the status line", "2.2",
        b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::EmptyFirstLine), REFUSES, READS;
    "no reason phrase and no space", "4",
        b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, READS;
    "two spaces before the status", "4",
        b"HTTP/1.1  200 OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, REFUSES;
    "a reason phrase in UTF-8", "4",
        "HTTP/1.1 200 d\u{2019}accord\r\nContent-Length: 5\r\n\r\nhello".as_bytes(), STAYS, FIVE, READS, READS;
    "a control character in the reason phrase", "4",
        b"HTTP/1.1 200 O\x01K\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::StatusLineControl), READS, REFUSES;
    "no space between status and reason", "4",
        b"HTTP/1.1 200OK\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::StatusCode), READS, REFUSES;
    "status 99", "4",
        b"HTTP/1.1 99 Low\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::StatusCode), REFUSES, REFUSES;
    "status 1000", "4",
        b"HTTP/1.1 1000 High\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::StatusCode), REFUSES, REFUSES;
    "status abc", "4",
        b"HTTP/1.1 abc None\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::StatusCode), REFUSES, REFUSES;
    "status 042", "9110 15",
        b"HTTP/1.1 042 Low\r\nContent-Length: 5\r\n\r\nhello", STAYS, Kept { status: 42, body_bytes: 5 }, REFUSES, REFUSES;
    "status 600", "9110 15",
        b"HTTP/1.1 600 High\r\nContent-Length: 5\r\n\r\nhello", STAYS, Kept { status: 600, body_bytes: 5 }, READS, READS;
    "status 101 without a request for it", "9110 15.2.2",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", STAYS, Refused(M::SwitchedProtocols), REFUSES, READS;
    "interim replies before the reply", "9110 15.2",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        STAYS, FIVE, READS, READS;

    // Bodies that may not be.
    "204 with a length and no body", "6.3",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", STAYS, Kept { status: 204, body_bytes: 0 }, READS, READS;
    "204 with a body", "6.3",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", STAYS, Closed { status: 204, body_bytes: 0 }, READS, READS;
    "204 with `Transfer-Encoding: chunked` and no body", "6.3",
        b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", STAYS, Kept { status: 204, body_bytes: 0 }, READS, READS;
    "304 with a length and no body", "6.3",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", STAYS, Kept { status: 304, body_bytes: 0 }, READS, READS;

    // Lengths.
    "no length", "6.3",
        b"HTTP/1.1 200 OK\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, READS, READS;
    "two equal Content-Lengths", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, READS;
    "Content-Length: 5, 5", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", STAYS, FIVE, READS, READS;
    "Content-Length: 5, 6", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello", STAYS, Refused(M::ContentLengthsDiffer), READS, REFUSES;
    "two Content-Lengths that differ", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", STAYS, Refused(M::ContentLengthsDiffer),
        REFUSES, REFUSES;
    "Content-Length: +5", "9110 8.6",
        b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", STAYS, Refused(M::ContentLength), READS, REFUSES;
    "Content-Length: -5", "9110 8.6",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", STAYS, Refused(M::ContentLength), REFUSES, REFUSES;
    "an empty Content-Length", "9110 8.6",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nhello", STAYS, Refused(M::ContentLength), REFUSES, REFUSES;
    "a Content-Length of 2^64", "9110 8.6",
        b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nhello", STAYS, Refused(M::ContentLengthOverflow),
        REFUSES, REFUSES;
    "a Content-Length that is too long", "8",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", CLOSES, Cut, REFUSES, REFUSES;
    "a Content-Length that is too short", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, world", STAYS, FIVE_AND_CLOSED, READS, READS;

    // Transfer codings.
    "chunks", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS, FIVE, READS, READS;
    "chunks with extensions and trailers", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 ; a=\"b\";c\r\nhello\r\n0\r\nExpires: never\r\n\r\n",
        STAYS, FIVE, READS, READS;
    "TRANSFER-ENCODING: CHUNKED", "7",
        b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS, FIVE, READS, READS;
    "chunks and a length", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS, FIVE,
        READS, READS;
    "chunks and a faulty length", "6.3",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS, FIVE,
        REFUSES, READS;
    "Transfer-Encoding: gzip, chunked", "6.3",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS, FIVE, REFUSES, READS;
    "Transfer-Encoding: gzip", "6.3",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, REFUSES, READS;
    "Transfer-Encoding: chunked, gzip", "6.3",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, REFUSES, READS;
    "Transfer-Encoding: identity, and a length", "6.3",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nhello", CLOSES, FIVE_AND_CLOSED, READS, READS;
    "Transfer-Encoding: chunked;q=1", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1\r\n\r\n5\r\nhello\r\n0\r\n\r\n", STAYS,
        Refused(M::ChunkedParameters), REFUSES, REFUSES;
    "a chunk size of 20 digits that fits", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000005\r\nhello\r\n0\r\n\r\n", STAYS, FIVE,
        REFUSES, READS;
    "a chunk size of 2^64", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello\r\n0\r\n\r\n", STAYS,
        Refused(M::ChunkSizeOverflow), REFUSES, REFUSES;
    "a chunk size with 0x", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", STAYS, Refused(M::ChunkSize), REFUSES, REFUSES;
    "an empty chunk size", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", STAYS, Refused(M::ChunkSize), REFUSES, REFUSES;
    "a space after a chunk size", "7.1.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n", STAYS, Refused(M::ChunkSizeBlank), READS, READS;
    "chunk lines that end with LF", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n", STAYS, Refused(M::ChunkLineFeed), READS, REFUSES;
    "a chunk that is longer than its size", "7.1",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n", STAYS, Refused(M::ChunkEnd), REFUSES, REFUSES;
    "chunks without the last one", "8",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CLOSES, Cut, REFUSES, REFUSES;

    // Fields.
    "lines of the head that end with LF", "2.2",
        b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", STAYS, FIVE, READS, READS;
    "a bare CR in a field", "2.2",
        b"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::BareReturn), READS, REFUSES;
    "a folded field (obs-fold)", "5.2",
        b"HTTP/1.1 200 OK\r\nX-Long: one,\r\n two\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, REFUSES;
    "a folded Content-Length", "5.2",
        b"HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\nhello", STAYS, FIVE, REFUSES, REFUSES;
    "a space before a colon", "5.1",
        b"HTTP/1.1 200 OK\r\nAccess-Control-Allow-Credentials : true\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE, READS, REFUSES;
    "a space before the colon of Content-Length", "5.1",
        b"HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", STAYS, FIVE, REFUSES, REFUSES;
    "an empty field name", "5",
        b"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::EmptyFieldName), READS, REFUSES;
    "a field without a colon", "5",
        b"HTTP/1.1 200 OK\r\nnothing\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::NoColon), REFUSES, REFUSES;
    "a parenthesis in a field name", "5",
        b"HTTP/1.1 200 OK\r\nX(y): z\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::FieldName), READS, REFUSES;
    "whitespace before the first field", "2.2",
        b"HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::LeadingWhitespace), REFUSES, REFUSES;
    "a NUL in a field value", "9110 5.5",
        b"HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 5\r\n\r\nhello", STAYS, Refused(M::FieldControl), REFUSES, REFUSES;
    "97 fields", "9110 5.4",
        MANY_FIELDS, STAYS, Kept { status: 200, body_bytes: 5 }, READS, READS;
    "a head of 64 KiB", "9110 5.4",
        LONG_HEAD, STAYS, Refused(M::HeadTooLong), READS, READS;

    // Connections.
    "Connection: close", "9.6",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE_AND_CLOSED, READS, READS;
    "Connection: keep-alive, Close", "9.3",
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive, Close\r\nContent-Length: 5\r\n\r\nhello", STAYS, FIVE_AND_CLOSED, READS, READS;
    "a second reply that was not asked for", "9.2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", STAYS, FIVE_AND_CLOSED,
        READS, READS;
    "a second reply after `Connection: close`", "9.6",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", CLOSES,
        FIVE_AND_CLOSED, READS, READS;
    "no byte at all", "8",
        b"", CLOSES, Cut, REFUSES, REFUSES;
    "half a head", "8",
        b"HTTP/1.1 200 OK\r\nContent-Le", CLOSES, Cut, READS, REFUSES;
];

const MANY_FIELDS: &[u8] = {
    const FIELD: &[u8] = b"X: y\r\n";
    const BEGIN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n";
    const END: &[u8] = b"\r\nhello";
    const LENGTH: usize = BEGIN.len() + 96 * FIELD.len() + END.len();
    &join::<LENGTH>(BEGIN, FIELD, END)
};

const LONG_HEAD: &[u8] = {
    const BEGIN: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: ";
    const END: &[u8] = b"\r\n\r\nhello";
    &join::<{ 64 * 1024 }>(BEGIN, b"x", END)
};

/// `begin`, as much of `filler` as there is room for, `end`.
const fn join<const LENGTH: usize>(begin: &[u8], filler: &[u8], end: &[u8]) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        let end_at = LENGTH - end.len();
        bytes[at] = if at < begin.len() {
            begin[at]
        } else if at >= end_at {
            end[at - end_at]
        } else {
            filler[(at - begin.len()) % filler.len()]
        };
        at += 1;
    }
    bytes
}
