//! Which request of one load thread is due: the schedule's cursor, its backlog and its counts.

use std::{collections::VecDeque, sync::Arc};

use heapgym_shared::{
    adjust::Adjustment,
    load::{Arrivals as Spacing, Schedule},
};

use super::plan::{Pace, Segment, Timeline};

mod closed;
mod open;

use closed::Slots;
use open::Stretches;

/// Which request of one load thread is due. Holds no clock and no request: a backlog is only an index
/// that lags behind the time.
#[derive(Debug)]
pub(super) struct Arrivals {
    course: Course,
    timeline: Timeline,
    /// When the load ends; earlier than planned once it is stopped.
    end_ns: u64,
    /// Index of the current segment in [`Segment::ALL`], or past them once the load is over.
    current: usize,
    ledgers: [Ledger; 2],
    /// Changes whose instant is yet to come, in their order.
    changes: VecDeque<Change>,
    paused: bool,
}

/// How requests come.
#[derive(Debug)]
enum Course {
    /// At the instants of a schedule.
    Open(Open),
    /// Whenever the last reply is in.
    Closed(Slots),
}

#[derive(Debug)]
struct Open {
    /// Of each segment; both the same once the rate was set by hand.
    schedules: Box<[Schedule; 2]>,
    /// The instant that the current schedule's times count from.
    zero_ns: u64,
    stretches: Stretches,
    /// The thread's share of the whole: every `share.1`th request from `share.0` on.
    share: (u64, u64),
    spacing: Spacing,
    seed: u64,
}

/// A change to the load, and when it is to be made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// The instant, the same for all threads.
    pub(super) at_ns: u64,
    /// What is to change.
    pub(super) adjustment: Adjustment,
}

/// What became of one segment's requests.
#[derive(Debug, Clone, Copy, Default)]
struct Ledger {
    started: u64,
    dropped: u64,
}

/// A request that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrival {
    /// The segment it belongs to.
    pub(super) segment: Segment,
    /// When it should start; for closed profiles, now.
    pub(super) intended_ns: u64,
}

impl Arrivals {
    /// The arrivals of thread `share.0` of `share.1`.
    pub(super) fn new(pace: &Pace, share: (u64, u64), timeline: Timeline) -> Self {
        let course = match pace {
            Pace::Open { schedules, spacing, seed } => {
                let zero_ns = timeline.warmup_ns;
                let mut stretches = Stretches::default();
                let stripe = schedules[Segment::Warmup.index()].stripe(share.0, share.1);
                stretches.restart(stripe, zero_ns, zero_ns);
                let schedules = schedules.clone();
                Course::Open(Open { schedules, zero_ns, stretches, share, spacing: *spacing, seed: *seed })
            }
            Pace::Closed { concurrency, iterations } => {
                Course::Closed(Slots::new(concurrency.clone(), share, iterations.as_ref().map(Arc::clone)))
            }
        };
        Self {
            course,
            timeline,
            end_ns: timeline.end_ns,
            current: 0,
            ledgers: Default::default(),
            changes: VecDeque::new(),
            paused: false,
        }
    }

    /// Ends the load at this instant, if it would not end earlier anyway.
    pub(super) fn end_at(&mut self, end_ns: u64) {
        self.end_ns = self.end_ns.min(end_ns);
    }

    /// When the load ends, as far as is known.
    pub(super) fn end_ns(&self) -> u64 {
        self.end_ns
    }

    /// The segment that lasts at this instant; `None` in the drain.
    ///
    /// A fixed number of requests is under load until the last of them has ended: there is no later instant to end it
    /// at.
    pub(super) fn segment_at(&self, now_ns: u64) -> Option<Segment> {
        let lasts = |segment: &Segment| {
            let (start, end) = self.timeline.bounds(*segment, self.end_ns);
            (start..end).contains(&now_ns)
        };
        Segment::ALL.into_iter().find(lasts).or(self.is_exhausted().then_some(Segment::Load))
    }

    /// Whether all of a fixed number of requests have started.
    pub(super) fn is_exhausted(&self) -> bool {
        matches!(&self.course, Course::Closed(slots) if slots.is_exhausted())
    }

    /// Whether both segments are over.
    pub(super) fn is_over(&self) -> bool {
        self.current == Segment::ALL.len()
    }

    /// Whether requests come at the instants of a schedule.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.course, Course::Open(_))
    }

    /// Takes the next request that is due, to be started now.
    pub(super) fn next(&mut self, now_ns: u64) -> Option<Arrival> {
        let (segment, start, end) = self.current()?;
        let known_until = self.known_until(end);
        let intended_ns = match &mut self.course {
            Course::Open(open) => {
                let due = open.stretches.next_due().filter(|due| *due <= now_ns && *due < known_until)?;
                open.stretches.take();
                due
            }
            Course::Closed(slots) => {
                if self.paused || now_ns < start || now_ns >= end {
                    return None;
                }
                // The warm-up takes nothing off a fixed number of requests.
                if segment == Segment::Load && !slots.take() {
                    self.end_at(now_ns);
                    return None;
                }
                now_ns
            }
        };
        self.ledgers[segment.index()].started += 1;
        Some(Arrival { segment, intended_ns })
    }

    /// When the next request of the current segment is due; `None` when there is none.
    pub(super) fn next_due(&self) -> Option<u64> {
        let (_, start, _) = self.current()?;
        match &self.course {
            Course::Open(open) => open.stretches.next_due(),
            Course::Closed(_) => (!self.paused).then_some(start),
        }
    }

    /// Whether a request of a schedule is due that has not been taken.
    pub(super) fn has_backlog(&self, now_ns: u64) -> bool {
        let known_until = self.known_until(self.segment_end().unwrap_or(0));
        self.is_open() && self.next_due().is_some_and(|due| due <= now_ns && due < known_until)
    }

    /// How many requests of a closed profile may be on their way now; `None` for open ones, which only the
    /// number of connections bounds.
    pub(super) fn allowed(&self, now_ns: u64) -> Option<usize> {
        match &self.course {
            Course::Closed(slots) => Some(slots.allowed(self.elapsed_ns(now_ns))),
            Course::Open(_) => None,
        }
    }

    /// When something changes that is no request: the segment ends, a change is due, or the number of
    /// requests that may be on their way is another one. `None` once the load is over.
    pub(super) fn next_change(&self, now_ns: u64) -> Option<u64> {
        let end = self.segment_end()?;
        let change = self.changes.front().map(|change| change.at_ns);
        let slots = match &self.course {
            Course::Closed(slots) => slots.next_change(self.elapsed_ns(now_ns)),
            Course::Open(_) => None,
        };
        let slots = slots.map(|elapsed_ns| self.timeline.load_ns.saturating_add(elapsed_ns));
        Some([change, slots].into_iter().flatten().fold(end, u64::min))
    }

    /// Drops what is due by now.
    pub(super) fn drop_due(&mut self, now_ns: u64) {
        if let Some((segment, _, end)) = self.current() {
            let before_ns = (now_ns + 1).min(self.known_until(end));
            if let Course::Open(open) = &mut self.course {
                self.ledgers[segment.index()].dropped += open.stretches.drop_due(before_ns);
            }
        }
    }

    /// Takes note of a change; [`Arrivals::turn`] makes it.
    pub(super) fn change(&mut self, change: Change) {
        self.changes.push_back(change);
    }

    /// Makes the change that is due, or leaves the current segment once it is over and drops its backlog.
    /// True when it did either.
    pub(super) fn turn(&mut self, now_ns: u64) -> bool {
        let Some((segment, start, end)) = self.current() else { return false };
        if let Some(change) = self.changes.front().copied().filter(|change| change.at_ns <= now_ns.min(end)) {
            self.changes.pop_front();
            self.make(change.adjustment, segment, change.at_ns.max(start));
            return true;
        }
        if now_ns < end {
            return false;
        }
        self.drop_due(end);
        self.current += 1;
        if let Some((segment, start, _)) = self.current()
            && let Course::Open(open) = &mut self.course
        {
            open.enter(segment, start, self.paused);
        }
        true
    }

    /// The `offered`, `started` and `dropped` of a segment by now.
    pub(super) fn counts(&mut self, segment: Segment, now_ns: u64) -> (u64, u64, u64) {
        let Ledger { started, dropped } = self.ledgers[segment.index()];
        let before_ns = (now_ns + 1).min(self.known_until(self.segment_end().unwrap_or(0)));
        let waiting = match (self.current(), &mut self.course) {
            (Some((current, ..)), Course::Open(open)) if current == segment => {
                open.stretches.backlog(before_ns)
            }
            // What is over has been handled whole; what has not begun has offered nothing.
            _ => 0,
        };
        (started + dropped + waiting, started, dropped)
    }

    /// When the current segment ends; `None` once the load is over.
    pub(super) fn segment_end(&self) -> Option<u64> {
        self.current().map(|(_, _, end)| end)
    }

    fn make(&mut self, adjustment: Adjustment, segment: Segment, at_ns: u64) {
        let was_paused = self.paused;
        match adjustment {
            Adjustment::Pause => self.paused = true,
            Adjustment::Resume => self.paused = false,
            _ => {}
        }
        match (&mut self.course, adjustment) {
            (Course::Open(open), Adjustment::SetRate { rate }) => {
                open.stretches.cut(at_ns);
                let schedule = Schedule::constant(rate, open.spacing, open.seed);
                *open.schedules = [schedule.clone(), schedule];
                open.zero_ns = at_ns;
            }
            (Course::Open(open), Adjustment::Pause) => open.stretches.cut(at_ns),
            (Course::Open(_), Adjustment::Resume) if was_paused => {}
            (Course::Closed(slots), Adjustment::SetConcurrency { concurrency }) => slots.fix(concurrency),
            _ => return,
        }
        if let Course::Open(open) = &mut self.course
            && !self.paused
        {
            let (stripe, zero_ns) = (open.stripe(segment), open.zero_ns);
            self.ledgers[segment.index()].dropped += open.stretches.go_on(stripe, zero_ns, at_ns);
        }
    }

    /// From then on requests may be due at other instants than they are now.
    fn known_until(&self, segment_end_ns: u64) -> u64 {
        self.changes.front().map_or(segment_end_ns, |change| change.at_ns.min(segment_end_ns))
    }

    /// Since the load phase began; the warm-up is like its first instant.
    fn elapsed_ns(&self, now_ns: u64) -> u64 {
        now_ns.saturating_sub(self.timeline.load_ns)
    }

    fn current(&self) -> Option<(Segment, u64, u64)> {
        let segment = *Segment::ALL.get(self.current)?;
        let (start, end) = self.timeline.bounds(segment, self.end_ns);
        Some((segment, start, end))
    }
}

impl Open {
    fn stripe(&self, segment: Segment) -> heapgym_shared::load::Stripe {
        self.schedules[segment.index()].stripe(self.share.0, self.share.1)
    }

    /// Begins a segment with its own schedule.
    fn enter(&mut self, segment: Segment, start_ns: u64, paused: bool) {
        self.zero_ns = start_ns;
        let stripe = self.stripe(segment);
        self.stretches.restart(stripe, start_ns, start_ns);
        if paused {
            self.stretches.cut(start_ns);
        }
    }
}

#[cfg(test)]
mod tests;
