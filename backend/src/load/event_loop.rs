//! One load thread: waits for instants and replies, and hands over what it counted.

use std::{
    io::{self, ErrorKind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc,
    },
    time::Duration,
};

use heapgym_probe::clock;
use heapgym_shared::load::OnSaturation;
use mio::{Events, Poll, Token, Waker};

use super::{
    alarm::Alarm,
    arrivals::{Arrivals, Change},
    connections::{Connections, Target},
    failure::FailureCounts,
    statuses::Statuses,
    window::Window,
};

const WAKER: Token = Token(usize::MAX);
const ALARM: Token = Token(usize::MAX - 1);
/// Events taken at once: few, so that instants are kept while replies pour in.
const EVENTS: usize = 256;
/// For so long after the last event a thread with a CPU of its own polls without sleep: to be woken
/// costs the target's CPU more than looking again costs this one.
const SPIN_NS: u64 = 20_000;
/// From one such look to the next: each takes the queue of events away from the CPU that fills it, which
/// costs the target 3 % of its throughput when done without a pause. Latencies are coarser by as much.
const LOOK_NS: u64 = 3_000;

/// What the coordinator and one load thread share.
#[derive(Debug)]
pub(super) struct Mailbox {
    /// Set when a window is wanted; the thread clears it.
    wanted: AtomicBool,
    waker: Waker,
}

/// What a load thread tells the coordinator.
#[derive(Debug)]
pub(super) enum Message {
    /// What it counted, as it was asked for.
    Window {
        /// Which thread.
        thread: usize,
        /// Goes back to the thread once it has been read.
        window: Box<Window>,
    },
    /// It had to end the load, for all: no connection was left for a request.
    Saturated,
    /// It has no more to do.
    Ended {
        /// Which thread.
        thread: usize,
        /// How it ended, or why it could not go on.
        ending: io::Result<Ending>,
    },
    /// Sent by the listener: the load is to end now.
    Stop,
    /// Starts no more requests, and waits for none.
    GiveUp,
}

/// What ends the load for all threads.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    /// When no more requests start.
    pub(super) end_ns: Arc<AtomicU64>,
    /// Whether those on their way are not waited for.
    pub(super) given_up: Arc<AtomicBool>,
}

/// The last word of a load thread.
#[derive(Debug)]
pub(super) struct Ending {
    /// What it counted since its last window.
    pub(super) window: Box<Window>,
    /// Replies of the load phase by status.
    pub(super) statuses: Statuses,
    /// Failed requests of the load phase by reason.
    pub(super) failures: FailureCounts,
    /// Requests that were on their way when the load ended.
    pub(super) in_flight_at_end: u64,
    /// When its last request ended, but not before the load did.
    pub(super) drained_ns: u64,
    /// Whether all of a fixed number of requests have started, on whichever thread.
    pub(super) exhausted: bool,
}

/// What a load thread is given to work with.
#[derive(Debug)]
pub(super) struct Orders {
    /// Which thread it is.
    pub(super) thread: usize,
    /// What to ask whom.
    pub(super) target: Target,
    /// When.
    pub(super) arrivals: Arrivals,
    /// Most connections.
    pub(super) limit: usize,
    /// What to do when they do not suffice.
    pub(super) on_saturation: OnSaturation,
    /// The longest drain.
    pub(super) graceful_ns: u64,
    /// Whether it has a CPU of its own, which it may keep busy.
    pub(super) own_processor: bool,
    /// What ends the load, for all threads; any of them may bring its end forward.
    pub(super) ends: Ends,
    /// Empty windows: always one while one is wanted.
    pub(super) spares: mpsc::Receiver<Box<Window>>,
    /// Changes to the load, each followed by a wake-up.
    pub(super) changes: mpsc::Receiver<Change>,
    /// To the coordinator.
    pub(super) messages: mpsc::SyncSender<Message>,
}

/// One load thread.
#[derive(Debug)]
pub(super) struct EventLoop {
    thread: usize,
    poll: Poll,
    alarm: Alarm,
    mailbox: Arc<Mailbox>,
    connections: Connections,
    on_saturation: OnSaturation,
    graceful_ns: u64,
    own_processor: bool,
    /// When something last happened on a connection.
    last_event_ns: u64,
    ends: Ends,
    /// Whether the load is to be aborted if the replies that are waiting to be read change nothing.
    suspected: bool,
    in_flight_at_end: u64,
    spares: mpsc::Receiver<Box<Window>>,
    changes: mpsc::Receiver<Change>,
    messages: mpsc::SyncSender<Message>,
}

impl Mailbox {
    /// Asks the thread for its window.
    pub(super) fn ask(&self) -> io::Result<()> {
        self.wanted.store(true, Ordering::Release);
        self.wake()
    }

    /// Makes the thread look at what has changed.
    pub(super) fn wake(&self) -> io::Result<()> {
        self.waker.wake()
    }
}

impl EventLoop {
    /// A load thread's state, to be run on a thread of its own.
    ///
    /// # Errors
    /// When the kernel gives no poll, waker or timer.
    pub(super) fn new(orders: Orders, window: Box<Window>) -> io::Result<(Self, Arc<Mailbox>)> {
        let Orders { thread, target, arrivals, limit, on_saturation, .. } = orders;
        let Orders { graceful_ns, own_processor, ends, spares, changes, messages, .. } = orders;
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let alarm = Alarm::new(poll.registry(), ALARM)?;
        let mailbox = Arc::new(Mailbox { wanted: AtomicBool::new(false), waker });
        let connections = Connections::new(target, poll.registry().try_clone()?, arrivals, limit, window);
        let event_loop = Self {
            thread,
            poll,
            alarm,
            mailbox: mailbox.clone(),
            connections,
            on_saturation,
            graceful_ns,
            own_processor,
            last_event_ns: 0,
            ends,
            suspected: false,
            in_flight_at_end: 0,
            spares,
            changes,
            messages,
        };
        Ok((event_loop, mailbox))
    }

    /// Generates load until it is over and drained.
    ///
    /// # Errors
    /// When the kernel refuses to poll.
    pub(super) fn run(mut self) -> io::Result<Ending> {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let now_ns = clock::monotonic_ns();
            if !events.is_empty() {
                self.last_event_ns = now_ns;
            }
            self.connections.arrivals().end_at(self.ends.end_ns.load(Ordering::Relaxed));
            self.connections.expire(now_ns);
            self.keep_pace(now_ns);
            // A tick is often the very instant of a new phase: its first requests are on their way before they are
            // counted.
            self.answer(now_ns);
            if self.is_drained(now_ns) {
                return self.ending();
            }
            let timeout = self.poll_timeout()?;
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    WAKER => {
                        self.changes.try_iter().for_each(|change| self.connections.arrivals().change(change))
                    }
                    ALARM => {}
                    token => self.connections.on_event(token, event.into()),
                }
            }
            self.connections.resume_unfinished();
        }
    }

    /// Hands over what was counted if it is wanted.
    fn answer(&mut self, now_ns: u64) {
        if self.mailbox.wanted.load(Ordering::Relaxed)
            && self.mailbox.wanted.swap(false, Ordering::Acquire)
            && let Ok(spare) = self.spares.try_recv()
        {
            let window = self.connections.hand_over(spare, now_ns);
            // Nobody listens any more when the coordinator has given up.
            let _ = self.messages.send(Message::Window { thread: self.thread, window });
        }
    }

    /// Starts what is due, and moves on to the next phase in time.
    fn keep_pace(&mut self, now_ns: u64) {
        let suspected = std::mem::take(&mut self.suspected);
        loop {
            if let Some(allowed) = self.connections.arrivals().allowed(now_ns) {
                self.connections.allow(allowed);
            }
            self.connections.start_due(now_ns);
            if !self.connections.available() && self.connections.arrivals().has_backlog(now_ns) {
                self.saturated(suspected, now_ns);
            }
            if !self.connections.arrivals().turn(now_ns) {
                break;
            }
            if self.connections.arrivals().is_over() {
                // Whatever ended it, such as the last of a fixed number of requests, ends it for all.
                self.ends.end_ns.fetch_min(self.connections.arrivals().end_ns(), Ordering::Relaxed);
                self.in_flight_at_end = self.connections.in_flight() as u64;
            }
        }
    }

    /// A request is due, and no connection is left for it.
    fn saturated(&mut self, suspected: bool, now_ns: u64) {
        match self.on_saturation {
            OnSaturation::Queue => {} // the schedule's index stays behind: that is the queue
            OnSaturation::Drop => self.connections.arrivals().drop_due(now_ns),
            // A target that refuses connections is not saturated: its requests fail as `connect`.
            OnSaturation::Abort if !self.connections.all_busy() => {}
            OnSaturation::Abort if suspected => {
                self.ends.end_ns.fetch_min(now_ns, Ordering::Relaxed);
                self.connections.arrivals().end_at(now_ns);
                let _ = self.messages.send(Message::Saturated);
            }
            OnSaturation::Abort => self.suspected = true,
        }
    }

    /// Whether the load is over and no request is left, or none is waited for any longer.
    fn is_drained(&mut self, now_ns: u64) -> bool {
        if !self.connections.arrivals().is_over() {
            return false;
        }
        if now_ns >= self.give_up_ns() || self.ends.given_up.load(Ordering::Relaxed) {
            self.connections.abandon(now_ns);
        }
        self.connections.in_flight() == 0
    }

    fn give_up_ns(&mut self) -> u64 {
        self.connections.arrivals().end_ns().saturating_add(self.graceful_ns)
    }

    /// How long to sleep at most.
    fn poll_timeout(&mut self) -> io::Result<Option<Duration>> {
        if self.connections.has_unfinished() {
            return Ok(Some(Duration::ZERO));
        }
        let now_ns = clock::monotonic_ns();
        // A queue waits for replies, not for instants; dropping and aborting need to be in time.
        let watches = self.connections.available()
            || match self.on_saturation {
                OnSaturation::Queue => false,
                OnSaturation::Drop => true,
                OnSaturation::Abort => self.connections.all_busy(),
            };
        let deadline = self.connections.next_deadline();
        let give_up_ns = self.give_up_ns();
        let arrivals = self.connections.arrivals();
        let due = arrivals.next_due().filter(|_| watches);
        let turn = arrivals.next_change(now_ns).unwrap_or(give_up_ns);
        let wake_ns = [deadline, due].into_iter().flatten().fold(turn, u64::min);
        if self.own_processor && self.connections.in_flight() > 0 && now_ns < self.last_event_ns + SPIN_NS {
            stay_awake_until(wake_ns.min(now_ns + LOOK_NS));
            return Ok(Some(Duration::ZERO));
        }
        self.alarm.timeout(now_ns, wake_ns)
    }

    fn ending(mut self) -> io::Result<Ending> {
        let drained_ns = self.connections.last_end_ns().max(self.connections.arrivals().end_ns());
        let empty = Window::new().map_err(io::Error::other)?;
        let window = self.connections.hand_over(Box::new(empty), drained_ns);
        let exhausted = self.connections.arrivals().is_exhausted();
        let (statuses, failures) = self.connections.into_counts();
        let in_flight_at_end = self.in_flight_at_end;
        Ok(Ending { window, statuses, failures, in_flight_at_end, drained_ns, exhausted })
    }
}

fn stay_awake_until(instant_ns: u64) {
    while clock::monotonic_ns() < instant_ns {
        std::hint::spin_loop();
    }
}
