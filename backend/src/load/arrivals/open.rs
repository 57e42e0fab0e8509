//! An open profile's requests on one load thread: stretches of schedule, one after the other.

use std::collections::VecDeque;

use heapgym_shared::load::Stripe;

/// Most stretches with requests that still wait. Beyond it the oldest ones' requests are dropped.
const MAX_STRETCHES: usize = 64;

/// The stretches whose requests have not all been taken. A backlog is only an index that lags behind.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    queue: VecDeque<Stretch>,
}

/// A part of a schedule.
#[derive(Debug)]
struct Stretch {
    stripe: Stripe,
    /// The instant that the schedule's times count from.
    zero_ns: u64,
    /// Where it ends.
    end_ns: u64,
    /// The stripe's next request.
    next: u64,
    /// When that is due; `None` when there is none.
    due_ns: Option<u64>,
}

impl Stretch {
    fn new(mut stripe: Stripe, zero_ns: u64, from_ns: u64) -> Self {
        let next = stripe.offered_by(from_ns.saturating_sub(zero_ns));
        let mut stretch = Self { stripe, zero_ns, end_ns: u64::MAX, next, due_ns: None };
        stretch.find_due();
        stretch
    }

    fn find_due(&mut self) {
        let due_ns = self.stripe.instant(self.next).map(|elapsed_ns| self.zero_ns.saturating_add(elapsed_ns));
        self.due_ns = due_ns.filter(|due_ns| *due_ns < self.end_ns);
    }

    fn end_at(&mut self, end_ns: u64) {
        self.end_ns = self.end_ns.min(end_ns);
        self.due_ns = self.due_ns.filter(|due_ns| *due_ns < self.end_ns);
    }

    /// Requests due before `before_ns` that were not taken.
    fn backlog(&mut self, before_ns: u64) -> u64 {
        let elapsed_ns = before_ns.min(self.end_ns).saturating_sub(self.zero_ns);
        self.stripe.offered_by(elapsed_ns).saturating_sub(self.next)
    }
}

impl Stretches {
    /// Forgets all stretches and goes on with `stripe`, whose times count from `zero_ns`, from `from_ns` on.
    pub(super) fn restart(&mut self, stripe: Stripe, zero_ns: u64, from_ns: u64) {
        self.queue.clear();
        self.queue.push_back(Stretch::new(stripe, zero_ns, from_ns));
    }

    /// Ends the last stretch at `at_ns`; what was due before stays due.
    pub(super) fn cut(&mut self, at_ns: u64) {
        if let Some(last) = self.queue.back_mut() {
            last.end_at(at_ns);
        }
        self.leave_finished();
    }

    /// Goes on with `stripe` after [`Stretches::cut`], as [`Stretches::restart`] does. Gives the number of
    /// requests that had to be dropped, since too many changes were made with requests waiting.
    pub(super) fn go_on(&mut self, stripe: Stripe, zero_ns: u64, from_ns: u64) -> u64 {
        self.queue.push_back(Stretch::new(stripe, zero_ns, from_ns));
        self.leave_finished();
        if self.queue.len() <= MAX_STRETCHES {
            return 0;
        }
        self.queue.pop_front().map_or(0, |mut oldest| oldest.backlog(u64::MAX))
    }

    /// When the next request is due; `None` when there is none.
    pub(super) fn next_due(&self) -> Option<u64> {
        self.queue.front().and_then(|stretch| stretch.due_ns)
    }

    /// Takes the request that is due next.
    pub(super) fn take(&mut self) {
        if let Some(stretch) = self.queue.front_mut() {
            stretch.next += 1;
            stretch.find_due();
        }
        self.leave_finished();
    }

    /// Requests due before `before_ns` that were not taken.
    pub(super) fn backlog(&mut self, before_ns: u64) -> u64 {
        self.queue.iter_mut().map(|stretch| stretch.backlog(before_ns)).sum()
    }

    /// Leaves out what is due before `before_ns`, and says how many that were.
    pub(super) fn drop_due(&mut self, before_ns: u64) -> u64 {
        let mut dropped = 0;
        for stretch in &mut self.queue {
            let backlog = stretch.backlog(before_ns);
            if backlog > 0 {
                dropped += backlog;
                stretch.next += backlog;
                stretch.find_due();
            }
        }
        self.leave_finished();
        dropped
    }

    /// The last stretch stays, so that there always is one to cut.
    fn leave_finished(&mut self) {
        while self.queue.len() > 1 && self.queue.front().is_some_and(|stretch| stretch.due_ns.is_none()) {
            self.queue.pop_front();
        }
    }
}
