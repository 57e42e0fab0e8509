//! Asks the load threads for their windows at each tick, and notices when the load is over.

use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering, mpsc},
    time::Duration,
};

use anyhow::Context;
use heapgym_probe::{clock, process};

use super::{
    event::Event,
    event_loop::{Ending, Ends, Mailbox, Message},
    plan::Timeline,
    tally::{Course, Tally},
    watch::Watch,
    window::Window,
};

/// How long a sample waits for the load threads at most. What they tell later is in the next sample.
const ANSWER_WITHIN_NS: u64 = 10_000_000;

/// The main thread of a load.
#[derive(Debug)]
pub(super) struct Coordinator<S> {
    timeline: Timeline,
    interval_ns: u64,
    threads: Vec<LoadThread>,
    messages: mpsc::Receiver<Message>,
    ends: Ends,
    tally: Tally,
    watch: Watch,
    usage: process::Reader,
    saturated: bool,
    in_flight_at_end: u64,
    drained_ns: u64,
    /// Whether all of a fixed number of requests have started.
    exhausted: bool,
    sink: S,
}

/// One load thread, seen from outside.
#[derive(Debug)]
pub(super) struct LoadThread {
    mailbox: Arc<Mailbox>,
    spare: mpsc::SyncSender<Box<Window>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has an empty window to give its current one away for.
    Ready,
    /// It owes its window.
    Asked,
    /// It has ended.
    Ended,
}

impl LoadThread {
    /// A thread that holds one empty window, and gets it back through `spare` each time.
    pub(super) fn new(mailbox: Arc<Mailbox>, spare: mpsc::SyncSender<Box<Window>>) -> Self {
        Self { mailbox, spare, state: State::Ready }
    }
}

impl<S: FnMut(Event) -> ControlFlow<()>> Coordinator<S> {
    /// A coordinator of threads that have not begun.
    ///
    /// # Errors
    /// Never, with the bounds of the histograms.
    pub(super) fn new(
        timeline: Timeline,
        interval_ns: u64,
        watch: Watch,
        threads: Vec<LoadThread>,
        messages: mpsc::Receiver<Message>,
        ends: Ends,
        sink: S,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            timeline,
            interval_ns,
            tally: Tally::new(threads.len())?,
            watch,
            threads,
            messages,
            ends,
            usage: process::Reader::new(),
            saturated: false,
            in_flight_at_end: 0,
            drained_ns: 0,
            exhausted: false,
            sink,
        })
    }

    /// Samples until the sink breaks.
    ///
    /// # Errors
    /// When a load thread could not go on.
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        let mut tick = 0;
        loop {
            let due_ns = self.timeline.origin_ns + tick * self.interval_ns;
            while let Some(message) = self.receive(due_ns) {
                if self.accept(message)?.is_break() {
                    return Ok(());
                }
            }
            if self.sample(tick)?.is_break() {
                return Ok(());
            }
            // Late by more than an interval: the ticks between are left out, and seen to be missing.
            let elapsed_ns = clock::monotonic_ns().saturating_sub(self.timeline.origin_ns);
            tick = (tick + 1).max(elapsed_ns / self.interval_ns);
        }
    }

    /// The next message, if one comes in time.
    fn receive(&self, until_ns: u64) -> Option<Message> {
        let wait = Duration::from_nanos(until_ns.saturating_sub(clock::monotonic_ns()));
        self.messages.recv_timeout(wait).ok()
    }

    fn sample(&mut self, tick: u64) -> anyhow::Result<ControlFlow<()>> {
        let taken_ns = clock::monotonic_ns();
        for thread in self.threads.iter_mut().filter(|thread| thread.state == State::Ready) {
            thread.mailbox.ask().context("failed to wake a load thread")?;
            thread.state = State::Asked;
        }
        let patience_ns = taken_ns + ANSWER_WITHIN_NS.min(self.interval_ns / 2);
        while self.threads.iter().any(|thread| thread.state == State::Asked) {
            let Some(message) = self.receive(patience_ns) else { break };
            if self.accept(message)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let elapsed_ns = taken_ns.saturating_sub(self.timeline.origin_ns);
        let reading = Box::new(self.tally.take_reading(elapsed_ns, self.usage.read()));
        let figures = self.watch.figures(self.tally.known(taken_ns));
        Ok((self.sink)(Event::Sample { tick, reading, figures }))
    }

    fn accept(&mut self, message: Message) -> anyhow::Result<ControlFlow<()>> {
        match message {
            Message::Window { thread, mut window } => {
                self.tally.add(thread, &window);
                self.watch.add(&window.latencies);
                window.reset();
                let thread = &mut self.threads[thread];
                thread.state = State::Ready;
                // A thread that has ended meanwhile needs no window.
                let _ = thread.spare.try_send(window);
            }
            Message::Ended { thread, ending } => {
                let Ending { window, statuses, failures, in_flight_at_end, drained_ns, exhausted } =
                    ending.context("a load thread failed")?;
                self.tally.add(thread, &window);
                self.watch.add(&window.latencies);
                self.tally.add_counts(&statuses, &failures);
                self.in_flight_at_end += in_flight_at_end;
                self.drained_ns = self.drained_ns.max(drained_ns);
                self.exhausted |= exhausted;
                self.threads[thread].state = State::Ended;
                if self.threads.iter().all(|thread| thread.state == State::Ended) {
                    return self.finish();
                }
            }
            Message::Saturated => {
                self.saturated = true;
                self.wake_all();
            }
            Message::Stop => self.end_load(clock::monotonic_ns()),
            Message::GiveUp => {
                self.ends.given_up.store(true, Ordering::Relaxed);
                self.end_load(clock::monotonic_ns());
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn finish(&mut self) -> anyhow::Result<ControlFlow<()>> {
        if self.exhausted {
            // The load of a fixed number of requests ends with its last reply.
            self.ends.end_ns.store(self.drained_ns, Ordering::Relaxed);
        }
        let course = Course {
            origin_ns: self.timeline.origin_ns,
            load_ns: self.timeline.load_ns,
            end_ns: self.ends.end_ns.load(Ordering::Relaxed),
            drained_ns: self.drained_ns,
        };
        let figures = self.watch.last_figures(self.tally.known(self.drained_ns));
        let mut done = self.tally.done(course, self.saturated.then_some(self.in_flight_at_end))?;
        done.load.figures = figures;
        Ok((self.sink)(Event::Done(Box::new(done))))
    }
}

impl<S> Coordinator<S> {
    /// Starts no more requests after this instant.
    fn end_load(&self, end_ns: u64) {
        self.ends.end_ns.fetch_min(end_ns, Ordering::Relaxed);
        self.wake_all();
    }

    fn wake_all(&self) {
        for thread in &self.threads {
            // A thread that cannot be woken looks for itself when its next request is due.
            let _ = thread.mailbox.wake();
        }
    }
}

impl<S> Drop for Coordinator<S> {
    /// Ends the load long ago, so that threads which still run neither start nor wait for anything.
    fn drop(&mut self) {
        self.end_load(0);
    }
}
