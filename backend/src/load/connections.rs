//! The connections of one load thread: starts requests on them and records how they end.

use std::{collections::VecDeque, net::SocketAddr};

use heapgym_probe::clock;
use mio::{Registry, Token};

use super::{
    arrivals::{Arrival, Arrivals},
    connection::{Connection, Progress, Readiness, Request},
    failure::{Failure, FailureCounts},
    plan::Segment,
    queues::{InFlight, Retries},
    request::EncodedRequest,
    statuses::{Statuses, is_success},
    window::{Counters, Window},
};

/// A request that starts later than this after its intended instant is counted as late.
const LATE_NS: u64 = 1_000_000;
/// Size of the buffer that all connections of a thread read into. Bodies are not kept.
const READ_BUFFER_BYTES: usize = 64 * 1024;

/// What is the same for all requests of a load.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// Where to connect to.
    pub(super) address: SocketAddr,
    /// Every request.
    pub(super) request: EncodedRequest,
    /// How long one request may take.
    pub(super) timeout_ns: u64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
enum End {
    /// With a whole reply whose status means success.
    Completed { body_bytes: u64 },
    /// In any other way.
    Failed(Failure),
}

/// The connections of one load thread. Memory grows with their number, never with that of requests.
#[derive(Debug)]
pub(super) struct Connections {
    target: Target,
    registry: Registry,
    arrivals: Arrivals,
    /// Most connections.
    limit: usize,
    /// Most requests on their way; less than `limit` while a closed profile is below its peak.
    allowed: usize,
    slots: Vec<Connection>,
    /// Slots without a request, the last used on top: it is the likeliest to be open still.
    free: Vec<u32>,
    in_flight: InFlight,
    retries: Retries,
    unfinished: VecDeque<Token>,
    buffer: Box<[u8]>,
    counters: [Counters; 2],
    /// Of the load phase, as the next one.
    statuses: Statuses,
    failures: FailureCounts,
    window: Box<Window>,
    last_end_ns: u64,
}

impl Connections {
    /// No connections yet; at most `limit`.
    pub(super) fn new(
        target: Target,
        registry: Registry,
        arrivals: Arrivals,
        limit: usize,
        window: Box<Window>,
    ) -> Self {
        Self {
            target,
            registry,
            arrivals,
            limit,
            allowed: limit,
            slots: Vec::with_capacity(limit),
            free: Vec::with_capacity(limit),
            in_flight: InFlight::default(),
            retries: Retries::default(),
            unfinished: VecDeque::new(),
            buffer: vec![0; READ_BUFFER_BYTES].into_boxed_slice(),
            counters: Default::default(),
            statuses: Statuses::default(),
            failures: FailureCounts::default(),
            window,
            last_end_ns: 0,
        }
    }

    /// What is due.
    pub(super) fn arrivals(&mut self) -> &mut Arrivals {
        &mut self.arrivals
    }

    /// Whether a request could start now.
    pub(super) fn available(&self) -> bool {
        self.in_flight.len() < self.allowed && (!self.free.is_empty() || self.slots.len() < self.limit)
    }

    /// Lets so many requests be on their way from now on. Those that are too many are waited for.
    pub(super) fn allow(&mut self, allowed: usize) {
        self.allowed = allowed;
        self.limit = self.limit.max(allowed);
    }

    /// Whether all connections carry a request: none is merely waiting to be tried again.
    pub(super) fn all_busy(&self) -> bool {
        self.in_flight.len() == self.limit
    }

    /// Requests on their way.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// When the last request ended; 0 before.
    pub(super) fn last_end_ns(&self) -> u64 {
        self.last_end_ns
    }

    /// Whether some connection has more to read at once.
    pub(super) fn has_unfinished(&self) -> bool {
        !self.unfinished.is_empty()
    }

    /// When the next request times out or the next connection may be tried again.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        let oldest = self.in_flight.oldest().and_then(|slot| self.slots[slot as usize].request());
        let timeout = oldest.map(|request| request.started_ns + self.target.timeout_ns);
        [timeout, self.retries.next_ns()].into_iter().flatten().min()
    }

    /// Ends requests that took too long, and frees connections that waited long enough.
    pub(super) fn expire(&mut self, now_ns: u64) {
        while let Some(slot) = self.in_flight.oldest() {
            let request = self.slots[slot as usize].request();
            if request.is_none_or(|request| request.started_ns + self.target.timeout_ns > now_ns) {
                break;
            }
            self.fail(slot, Failure::Timeout, now_ns);
        }
        while let Some(slot) = self.retries.pop_due(now_ns) {
            self.free.push(slot);
        }
    }

    /// Starts what is due, as far as there are connections.
    pub(super) fn start_due(&mut self, now_ns: u64) {
        while self.available() {
            let Some(arrival) = self.arrivals.next(now_ns) else { break };
            let slot = self.free.pop().unwrap_or_else(|| {
                self.slots.push(Connection::new());
                self.slots.len() as u32 - 1
            });
            self.start(slot, arrival, now_ns);
        }
    }

    /// Fails all requests on their way.
    pub(super) fn abandon(&mut self, now_ns: u64) {
        while let Some(slot) = self.in_flight.oldest() {
            self.fail(slot, Failure::Abandoned, now_ns);
        }
    }

    /// Reads on where other connections were given their turn.
    pub(super) fn resume_unfinished(&mut self) {
        for _ in 0..self.unfinished.len() {
            if let Some(token) = self.unfinished.pop_front() {
                self.on_event(token, Readiness::UNFINISHED);
            }
        }
    }

    /// Does what an event allows.
    pub(super) fn on_event(&mut self, token: Token, readiness: Readiness) {
        let slot = token.0 as u32;
        let Some(connection) = self.slots.get(slot as usize) else { return };
        if connection.token(slot) != token {
            return; // of a socket that was closed while the event was on its way
        }
        let mut progress = self.advance(slot, readiness);
        if progress == Progress::Connected {
            let now_ns = clock::monotonic_ns();
            if self.send(slot, now_ns) {
                progress = self.advance(slot, readiness);
            } else {
                progress = Progress::Failed(Failure::Closed);
            }
        }
        match progress {
            Progress::Waiting | Progress::Connected | Progress::Closed => {}
            Progress::Unfinished => self.unfinished.push_back(token),
            Progress::Replied => self.replied(slot, clock::monotonic_ns()),
            Progress::Failed(failure) => self.fail(slot, failure, clock::monotonic_ns()),
        }
    }

    /// Hands over what was counted, in exchange for an empty window.
    pub(super) fn hand_over(&mut self, empty: Box<Window>, now_ns: u64) -> Box<Window> {
        for segment in Segment::ALL {
            let counters = &mut self.counters[segment.index()];
            (counters.offered, counters.started, counters.dropped) = self.arrivals.counts(segment, now_ns);
        }
        self.window.counters = self.counters;
        std::mem::replace(&mut self.window, empty)
    }

    /// The load phase's replies by status, and its failed requests by reason.
    pub(super) fn into_counts(self) -> (Statuses, FailureCounts) {
        (self.statuses, self.failures)
    }

    fn advance(&mut self, slot: u32, readiness: Readiness) -> Progress {
        let connection = &mut self.slots[slot as usize];
        let before = connection.reply().body_bytes();
        let progress = connection.advance(readiness, &self.target.request.bytes, &mut self.buffer);
        if let Some(request) = connection.request() {
            let received = connection.reply().body_bytes() - before;
            self.counters[request.segment.index()].body_bytes += received;
        }
        progress
    }

    fn start(&mut self, slot: u32, arrival: Arrival, now_ns: u64) {
        let Arrival { segment, intended_ns } = arrival;
        let connection = &mut self.slots[slot as usize];
        connection.begin(Request { segment, intended_ns, started_ns: now_ns, sent_ns: None });
        self.in_flight.push(slot);
        if self.arrivals.is_open() {
            let late_ns = now_ns.saturating_sub(intended_ns);
            self.counters[segment.index()].late += u64::from(late_ns > LATE_NS);
            self.window.of(segment).record_lateness(late_ns);
        }
        if connection.is_open() && self.send(slot, now_ns) {
            return;
        }
        // Never opened, or closed by the other side while idle: no request is lost by opening it again.
        self.open(slot, now_ns);
    }

    /// Opens a connection for the request that it has been given.
    fn open(&mut self, slot: u32, now_ns: u64) {
        let connection = &mut self.slots[slot as usize];
        if let Err(error) = connection.open(self.target.address, &self.registry, slot) {
            self.end_failed(slot, Failure::of_connecting(&error), now_ns);
        }
    }

    fn send(&mut self, slot: u32, now_ns: u64) -> bool {
        self.slots[slot as usize].send(&self.target.request.bytes, now_ns).is_ok()
    }

    fn replied(&mut self, slot: u32, now_ns: u64) {
        let connection = &self.slots[slot as usize];
        let (status, body_bytes) = (connection.reply().status(), connection.reply().body_bytes());
        if connection.request().is_some_and(|request| request.segment == Segment::Load) {
            self.statuses.count(status);
        }
        let end =
            if is_success(status) { End::Completed { body_bytes } } else { End::Failed(Failure::Status) };
        self.end(slot, end, now_ns);
        self.release(slot, now_ns);
    }

    /// Ends a request that failed, or sends it once more on a new connection where RFC 9112, section 9.3.1 allows that.
    /// On a connection that is new nothing is sent again, so each request has two attempts at most.
    fn fail(&mut self, slot: u32, failure: Failure, now_ns: u64) {
        let connection = &self.slots[slot as usize];
        let may_resend = failure == Failure::Closed && self.target.request.is_safe;
        match connection.request() {
            Some(request) if may_resend && connection.ended_before_reply() => {
                self.counters[request.segment.index()].resent += 1;
                self.open(slot, now_ns);
            }
            _ => self.end_failed(slot, failure, now_ns),
        }
    }

    fn end_failed(&mut self, slot: u32, failure: Failure, now_ns: u64) {
        self.end(slot, End::Failed(failure), now_ns);
        let connection = &mut self.slots[slot as usize];
        connection.close();
        match failure {
            // Trying again at once would only hammer a target that is not serving at all.
            Failure::Timeout | Failure::Status | Failure::Abandoned => self.release(slot, now_ns),
            _ if connection.replies() > 0 => self.release(slot, now_ns),
            _ => self.retries.push(slot, now_ns),
        }
    }

    /// Takes the request off its connection and counts how it ended. Only a completed request has a latency: a fast
    /// failure must not make the target look fast.
    fn end(&mut self, slot: u32, end: End, now_ns: u64) {
        let Some(request) = self.slots[slot as usize].finish() else { return };
        self.in_flight.remove(slot);
        self.last_end_ns = now_ns;
        let counters = &mut self.counters[request.segment.index()];
        match end {
            End::Completed { body_bytes } => {
                counters.completed += 1;
                counters.completed_body_bytes += body_bytes;
                let sent_ns = request.sent_ns.unwrap_or(request.started_ns);
                let since = |start_ns: u64| now_ns.saturating_sub(start_ns);
                self.window.of(request.segment).record(since(request.intended_ns), since(sent_ns));
                if let Some(segment) = self.arrivals.segment_at(now_ns) {
                    self.counters[segment.index()].completions += 1;
                }
            }
            End::Failed(failure) => {
                *failure.counter(&mut counters.failures) += 1;
                if request.segment == Segment::Load {
                    self.failures.count(failure);
                }
            }
        }
    }

    /// A connection is free: the next request starts on it at once if one is due.
    fn release(&mut self, slot: u32, now_ns: u64) {
        let arrival = if self.in_flight.len() < self.allowed { self.arrivals.next(now_ns) } else { None };
        match arrival {
            Some(arrival) => self.start(slot, arrival, now_ns),
            None => self.free.push(slot),
        }
    }
}
