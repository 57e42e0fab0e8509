//! A question that may have to wait, asked on a thread of its own by somebody who cannot.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{clock, counting};

/// A thread that answers when it is asked. Dropping it waits for what it is at.
#[derive(Debug)]
pub(crate) struct Aside<T> {
    shared: Arc<Shared<T>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared<T> {
    state: Mutex<State<T>>,
    /// Somebody asks, or wants the thread to end.
    asked: Condvar,
    answered: Condvar,
}

#[derive(Debug)]
struct State<T> {
    asked: bool,
    ended: bool,
    answer: Option<T>,
    cost: Cost,
}

/// What the thread cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// Its CPU time.
    pub(crate) cpu_ns: u64,
    /// Its allocations after its first answer.
    pub(crate) allocations: u64,
}

impl<T: Send + 'static> Aside<T> {
    /// Starts the thread; `ready` runs on it before anything else. It allocates nothing if `answer` does not.
    ///
    /// # Errors
    /// When the system refuses the thread.
    pub(crate) fn spawn(
        name: &str,
        ready: impl FnOnce() + Send + 'static,
        answer: impl FnMut() -> Option<T> + Send + 'static,
    ) -> std::io::Result<Self> {
        let state = State { asked: false, ended: false, answer: None, cost: Cost::default() };
        let shared =
            Arc::new(Shared { state: Mutex::new(state), asked: Condvar::new(), answered: Condvar::new() });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            ready();
            own.answer_until_ended(answer);
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// The answer, if it comes within `patience`; and what the thread has cost by then.
    ///
    /// An answer that came too late for the one who asked is forgotten. One that somebody asked for earlier, and that
    /// comes only now, is as new as any.
    pub(crate) fn ask(&self, patience: Duration) -> (Option<T>, Cost) {
        let mut state = self.shared.lock();
        (state.asked, state.answer) = (true, None);
        self.shared.asked.notify_one();
        let waited = self.shared.answered.wait_timeout_while(state, patience, |state| state.asked);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        (state.answer.take(), state.cost)
    }
}

impl<T> Drop for Aside<T> {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        self.shared.asked.notify_one();
        if let Some(thread) = self.thread.take() {
            // One that panicked answers nobody any more.
            let _ = thread.join();
        }
    }
}

impl<T> Shared<T> {
    fn answer_until_ended(&self, mut answer: impl FnMut() -> Option<T>) {
        let (cpu_at_start, mut allocations_at_start) = (clock::thread_cpu_ns(), None);
        loop {
            let waited = self.asked.wait_while(self.lock(), |state| !state.asked && !state.ended);
            if waited.unwrap_or_else(PoisonError::into_inner).ended {
                return;
            }
            let answer = answer();
            let allocations = counting::of_this_thread().allocations;
            // What the first answer sets up (thread-local state, lazy buffers) is not steady state.
            let at_start = *allocations_at_start.get_or_insert(allocations);
            let cost =
                Cost { cpu_ns: clock::thread_cpu_ns() - cpu_at_start, allocations: allocations - at_start };
            let mut state = self.lock();
            (state.asked, state.answer, state.cost) = (false, answer, cost);
            drop(state);
            self.answered.notify_one();
        }
    }

    /// Nothing that holds it panics.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// Answers with what it is given, as soon as it is given something.
    fn given() -> (Aside<u32>, mpsc::Sender<u32>) {
        let (give, gift) = mpsc::channel();
        (Aside::spawn("aside", || {}, move || gift.recv().ok()).unwrap(), give)
    }

    #[test]
    fn an_answer_in_time_is_handed_over() {
        let (aside, give) = given();
        give.send(1).unwrap();
        give.send(2).unwrap();
        assert_eq!((aside.ask(LONG).0, aside.ask(LONG).0), (Some(1), Some(2)));
        drop(give);
        assert_eq!(aside.ask(LONG).0, None, "it has none");
    }

    #[test]
    fn who_asks_waits_no_longer_than_it_has_patience() {
        let (aside, give) = given();
        assert_eq!(aside.ask(Duration::from_millis(1)).0, None);
        assert_eq!(aside.ask(Duration::from_millis(1)).0, None, "it is at the first question still");
        give.send(1).unwrap();
        assert_eq!(aside.ask(LONG).0, Some(1), "and answers it now");
    }

    #[test]
    fn what_came_too_late_is_forgotten() {
        let (aside, give) = given();
        assert_eq!(aside.ask(Duration::from_millis(1)).0, None);
        give.send(1).unwrap();
        drop(aside.shared.answered.wait_while(aside.shared.lock(), |state| state.asked).unwrap());
        give.send(2).unwrap();
        assert_eq!(aside.ask(LONG).0, Some(2));
    }
}
