//! One load thread run on the test's own thread, where its allocations can be counted: memory stays flat.

use heapgym_probe::counting::{self, Counts};

use super::*;
use crate::load::event_loop::{Ending, Ends};

const EXTENSION: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;";
const TRAILER: &[u8] = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";

/// What one load thread did, and what it allocated for that.
#[derive(Debug)]
pub(super) struct Alone {
    pub(super) ending: Ending,
    /// Cumulative, so never less than what was in use at once.
    pub(super) allocated: Counts,
}

impl Alone {
    /// The requests of both segments that ended.
    pub(super) fn ended(&self) -> u64 {
        let [warmup, load] = &self.ending.window.counters;
        warmup.completed + warmup.failures.total() + load.completed + load.failures.total()
    }
}

/// Runs the whole of a plan on this thread, which nobody asks for windows.
pub(super) fn alone(plan: &Plan) -> Alone {
    let timeline = plan.timeline(clock::monotonic_ns());
    let (_spare, spares) = mpsc::sync_channel(1);
    let (_change, changes) = mpsc::sync_channel(1);
    let (messages, _coordinator) = mpsc::sync_channel(4);
    let orders = Orders {
        thread: 0,
        target: Target {
            address: plan.address,
            request: plan.request.clone(),
            timeout_ns: plan.timeout_ns(),
        },
        arrivals: Arrivals::new(&plan.pace().unwrap(), (0, 1), timeline),
        limit: plan.load.max_in_flight as usize,
        on_saturation: plan.on_saturation(),
        graceful_ns: timeline.graceful_ns,
        own_processor: false,
        ends: Ends { end_ns: Arc::new(AtomicU64::new(timeline.end_ns)), given_up: Arc::default() },
        spares,
        changes,
        messages,
    };
    let (event_loop, _mailbox) = EventLoop::new(orders, Box::new(Window::new().unwrap())).unwrap();
    let before = counting::of_this_thread();
    let ending = event_loop.run().unwrap();
    let after = counting::of_this_thread();
    let allocated =
        Counts { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes };
    Alone { ending, allocated }
}

fn iterations(server: &Server, iterations: u64) -> Plan {
    bare_plan(server, LoadProfile::FixedIterations { iterations, concurrency: 4, max_duration_ms: 60_000 })
}

#[test]
fn a_request_allocates_nothing() {
    let server = Server::start(Answer::Chunked(100));
    let (few, many) = (alone(&iterations(&server, 100)), alone(&iterations(&server, 5_000)));
    assert_eq!((few.ended(), many.ended()), (100, 5_000));
    assert_eq!(few.allocated, many.allocated);
}

/// A head in pieces is put together in a buffer of its connection, which is kept.
#[test]
fn heads_in_pieces_allocate_once_for_each_connection() {
    let server = Server::start(Answer::Drip(Duration::from_micros(20)));
    let (few, many) = (alone(&iterations(&server, 40)), alone(&iterations(&server, 400)));
    assert_eq!((few.ended(), many.ended()), (40, 400));
    // Where the kernel joins bytes, a buffer grows in other steps.
    assert!(many.allocated.allocations <= few.allocated.allocations + 4 * 4, "{few:?} {many:?}");
    assert!(many.allocated.bytes <= few.allocated.bytes + 4 * 256, "{few:?} {many:?}");
}

/// What a server that never ends its head, its body or its framing makes a load thread hold.
#[test]
fn no_server_makes_a_connection_hold_more_than_its_head() {
    let behaved = Server::start(Answer::Length(2));
    let usual = alone(&iterations(&behaved, 100)).allocated.bytes;
    let filler = &[b'x'; 4_096];
    let endless = [
        ("a long header", Answer::Head(64 * 1024)),
        ("many headers", Answer::Headers(2_000)),
        ("an endless header", Answer::Endless(b"HTTP/1.1 200 OK\r\nX: ", filler)),
        ("endless headers", Answer::Endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: again\r\n")),
        ("endless interim replies", Answer::Endless(b"", b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n")),
        ("an endless body", Answer::Endless(b"HTTP/1.1 200 OK\r\n\r\n", filler)),
        ("an endless extension", Answer::Endless(EXTENSION, filler)),
        ("endless trailers", Answer::Endless(TRAILER, b"X: y\r\n")),
    ];
    for (name, answer) in endless {
        let server = Server::start(answer);
        let mut plan = bare_plan(&server, concurrency(4));
        plan.load.timeout_ms = 50;
        let alone = alone(&plan);
        assert!(alone.ended() > 4 * 2, "{name}");
        // A buffer that doubles up to 32 KiB asks for twice that in all.
        let most = usual + 4 * 2 * 32 * 1024;
        assert!(alone.allocated.bytes <= most, "{name}: {} of {most}", alone.allocated.bytes);
    }
}
