//! Waits of exact length: tokio's timer counts whole milliseconds and rounds up twice.

use std::{
    cmp::Ordering,
    collections::BinaryHeap,
    io,
    pin::Pin,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

/// Waits that need no allocation each: more than this many at once grow the list, once.
const WAITS: usize = 4096;

/// One thread that wakes tasks when their time has come.
#[derive(Debug)]
pub(super) struct Alarm {
    waits: Arc<Waits>,
}

#[derive(Debug, Default)]
struct Waits {
    schedule: Mutex<Schedule>,
    earlier: Condvar,
}

#[derive(Debug, Default)]
struct Schedule {
    /// The earliest on top. A task that went away stays until its time and is woken in vain.
    entries: BinaryHeap<Entry>,
    /// Set when nobody can wait any more.
    over: bool,
}

#[derive(Debug)]
struct Entry {
    at: Instant,
    waker: Waker,
}

/// A wait that has not ended.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    waits: &'a Waits,
    until: Instant,
}

impl Alarm {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn start() -> io::Result<Self> {
        let waits = Arc::<Waits>::default();
        waits.lock().entries.reserve(WAITS);
        let theirs = Arc::clone(&waits);
        thread::Builder::new().name("alarm".to_owned()).spawn(move || theirs.ring())?;
        Ok(Self { waits })
    }

    /// Waits this long, late only by as much as the kernel takes to wake a thread.
    pub(super) fn wait(&self, duration: Duration) -> Wait<'_> {
        Wait { waits: &self.waits, until: Instant::now() + duration }
    }
}

impl Future for Wait<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.until {
            return Poll::Ready(());
        }
        let mut schedule = self.waits.lock();
        let first = schedule.entries.peek().is_none_or(|entry| self.until < entry.at);
        schedule.entries.push(Entry { at: self.until, waker: context.waker().clone() });
        drop(schedule);
        if first {
            self.waits.earlier.notify_one();
        }
        Poll::Pending
    }
}

impl Waits {
    /// A panic elsewhere leaves the schedule whole.
    fn lock(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The thread's body.
    fn ring(&self) {
        let mut schedule = self.lock();
        while !schedule.over {
            let now = Instant::now();
            schedule = match schedule.entries.peek().map(|entry| entry.at) {
                None => self.earlier.wait(schedule).unwrap_or_else(PoisonError::into_inner),
                Some(at) if at > now => {
                    self.earlier.wait_timeout(schedule, at - now).unwrap_or_else(PoisonError::into_inner).0
                }
                Some(_) => {
                    let entry = schedule.entries.pop();
                    drop(schedule); // the task it wakes may want to wait again at once
                    entry.into_iter().for_each(|entry| entry.waker.wake());
                    self.lock()
                }
            };
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.waits.lock().over = true;
        self.waits.earlier.notify_one();
    }
}

/// Ordered by time, the earliest as the greatest: the heap's top is its greatest.
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.cmp(&self.at)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Entry {}
