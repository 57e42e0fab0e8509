//! Which request of one load thread is due: the schedule's cursor, its backlog and its counts.

use super::{
    plan::{Pace, Segment, Timeline},
    schedule::Stripe,
};

/// Which request of one load thread is due. Holds no clock and no request: a backlog is only an index
/// that lags behind the time.
#[derive(Debug)]
pub(super) struct Arrivals {
    /// The thread's part of the schedule; none for closed profiles.
    stripe: Option<Stripe>,
    timeline: Timeline,
    /// When the load ends; earlier than planned once it is stopped.
    end_ns: u64,
    /// Index of the current segment in [`Segment::ALL`], or past them once the load is over.
    current: usize,
    ledgers: [Ledger; 2],
}

/// What became of one segment's requests.
#[derive(Debug, Clone, Copy, Default)]
struct Ledger {
    started: u64,
    dropped: u64,
}

impl Ledger {
    /// The next request's index.
    fn handled(self) -> u64 {
        self.started + self.dropped
    }
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
    /// The arrivals of thread `first` of `step`.
    pub(super) fn new(pace: &Pace, (first, step): (u64, u64), timeline: Timeline) -> Self {
        let stripe = match pace {
            Pace::Open(schedule) => Some(Stripe::new(schedule.clone(), first, step)),
            Pace::Closed => None,
        };
        Self { stripe, timeline, end_ns: timeline.end_ns, current: 0, ledgers: Default::default() }
    }

    /// Ends the load at this instant, if it would not end earlier anyway.
    pub(super) fn end_at(&mut self, end_ns: u64) {
        self.end_ns = self.end_ns.min(end_ns);
    }

    /// When the load ends, as far as is known.
    pub(super) fn end_ns(&self) -> u64 {
        self.end_ns
    }

    /// Whether both segments are over.
    pub(super) fn is_over(&self) -> bool {
        self.current == Segment::ALL.len()
    }

    /// Takes the next request that is due, to be started now.
    pub(super) fn next(&mut self, now_ns: u64) -> Option<Arrival> {
        let (segment, _, end) = self.current()?;
        let due = self.next_due()?;
        let intended_ns = if self.stripe.is_some() { due } else { due.max(now_ns) };
        if intended_ns > now_ns || intended_ns >= end {
            return None;
        }
        self.ledgers[segment.index()].started += 1;
        Some(Arrival { segment, intended_ns })
    }

    /// When the next request of the current segment is due; none once the load is over.
    pub(super) fn next_due(&self) -> Option<u64> {
        let (segment, start, _) = self.current()?;
        Some(match &self.stripe {
            Some(stripe) => start + stripe.instant(self.ledgers[segment.index()].handled()),
            None => start,
        })
    }

    /// Whether a request of a schedule is due that has not been taken.
    pub(super) fn has_backlog(&self, now_ns: u64) -> bool {
        let end = self.segment_end().unwrap_or(0);
        self.stripe.is_some() && self.next_due().is_some_and(|due| due <= now_ns && due < end)
    }

    /// When the current segment ends; none once the load is over.
    pub(super) fn segment_end(&self) -> Option<u64> {
        self.current().map(|(_, _, end)| end)
    }

    /// Drops what is due by now.
    pub(super) fn drop_due(&mut self, now_ns: u64) {
        if let Some((segment, start, end)) = self.current() {
            let due = self.due_by(start, (now_ns + 1).min(end));
            let ledger = &mut self.ledgers[segment.index()];
            ledger.dropped += due.saturating_sub(ledger.handled());
        }
    }

    /// Leaves the current segment once it is over, and drops its backlog. True when it did.
    pub(super) fn turn(&mut self, now_ns: u64) -> bool {
        let Some((_, _, end)) = self.current().filter(|(_, _, end)| now_ns >= *end) else { return false };
        self.drop_due(end);
        self.current += 1;
        true
    }

    /// The `offered`, `started` and `dropped` of a segment by now.
    pub(super) fn counts(&self, segment: Segment, now_ns: u64) -> (u64, u64, u64) {
        let ledger = self.ledgers[segment.index()];
        let due = match self.current() {
            Some((current, start, end)) if current == segment => self.due_by(start, (now_ns + 1).min(end)),
            // What is over has been handled whole; what has not begun has offered nothing.
            _ => 0,
        };
        // A stop may end the load before the last request that was started.
        (due.max(ledger.handled()), ledger.started, ledger.dropped)
    }

    fn current(&self) -> Option<(Segment, u64, u64)> {
        let segment = *Segment::ALL.get(self.current)?;
        let (start, end) = self.timeline.bounds(segment, self.end_ns);
        Some((segment, start, end))
    }

    fn due_by(&self, start_ns: u64, before_ns: u64) -> u64 {
        let elapsed = before_ns.saturating_sub(start_ns);
        self.stripe.as_ref().map_or(0, |stripe| stripe.offered_by(elapsed))
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::load::LoadProfile;

    use super::*;
    use crate::load::schedule::Schedule;

    const MS: u64 = 1_000_000;

    /// Ten requests a second, from 1 s: a second of warm-up, then two seconds of load.
    fn arrivals(open: bool) -> Arrivals {
        let profile = LoadProfile::ConstantArrivalRate { rate: 10.0, duration_ms: 0 };
        let pace = if open { Pace::Open(Schedule::of(&profile).unwrap()) } else { Pace::Closed };
        let (warmup_ns, load_ns, end_ns) = (1_000 * MS, 2_000 * MS, 4_000 * MS);
        let timeline = Timeline { origin_ns: 0, warmup_ns, load_ns, end_ns, graceful_ns: 0 };
        Arrivals::new(&pace, (0, 1), timeline)
    }

    fn take(arrivals: &mut Arrivals, now: u64) -> Vec<u64> {
        std::iter::from_fn(|| arrivals.next(now)).map(|arrival| arrival.intended_ns / MS).collect()
    }

    #[test]
    fn requests_are_due_at_their_instants_and_keep_them_when_late() {
        let mut arrivals = arrivals(true);
        assert!(take(&mut arrivals, 999 * MS).is_empty());
        assert_eq!(arrivals.next_due(), Some(1_000 * MS));
        assert_eq!(take(&mut arrivals, 1_000 * MS), [1_000]);
        assert_eq!(take(&mut arrivals, 1_250 * MS), [1_100, 1_200]);
        assert_eq!(arrivals.next_due(), Some(1_300 * MS));
    }

    #[test]
    fn the_backlog_of_the_warmup_is_dropped_and_the_load_begins_anew() {
        let mut arrivals = arrivals(true);
        take(&mut arrivals, 1_450 * MS);
        assert!(!arrivals.turn(1_999 * MS));
        assert!(arrivals.turn(2_050 * MS));
        assert_eq!(arrivals.counts(Segment::Warmup, 2_050 * MS), (10, 5, 5));
        assert_eq!(take(&mut arrivals, 2_050 * MS), [2_000]);
    }

    #[test]
    fn what_was_due_in_time_may_start_just_after_the_end() {
        let mut arrivals = arrivals(true);
        assert_eq!(take(&mut arrivals, 2_000 * MS).len(), 10);
        assert!(arrivals.turn(2_000 * MS));
        assert_eq!(arrivals.counts(Segment::Warmup, 2_000 * MS), (10, 10, 0));
    }

    #[test]
    fn offered_is_always_at_least_started_and_dropped_and_in_the_end_exactly_that() {
        let mut arrivals = arrivals(true);
        for now in (900..4_200).step_by(70).map(|ms| ms * MS) {
            if now % 3 == 0 {
                arrivals.next(now);
            }
            if now > 2_900 * MS && now < 3_300 * MS {
                arrivals.drop_due(now);
            }
            while arrivals.turn(now) {}
            for segment in Segment::ALL {
                let (offered, started, dropped) = arrivals.counts(segment, now);
                assert!(offered >= started + dropped, "at {now}");
            }
        }
        assert!(arrivals.is_over());
        let (offered, started, dropped) = arrivals.counts(Segment::Load, 5_000 * MS);
        assert_eq!((offered, started + dropped), (20, 20));
    }

    #[test]
    fn a_stop_ends_the_load_at_once_and_before_the_start_leaves_it_empty() {
        let mut stopped = arrivals(true);
        while stopped.turn(2_000 * MS) {}
        take(&mut stopped, 2_150 * MS);
        stopped.end_at(2_150 * MS);
        assert!(stopped.turn(2_151 * MS) && stopped.is_over());
        assert_eq!(stopped.counts(Segment::Load, 3_000 * MS), (2, 2, 0));

        let mut never = arrivals(true);
        never.end_at(500 * MS);
        assert!(take(&mut never, 600 * MS).is_empty());
        assert!(never.turn(600 * MS) && never.turn(600 * MS) && never.is_over());
        assert_eq!(never.counts(Segment::Load, 3_000 * MS), (0, 0, 0));
    }

    #[test]
    fn closed_requests_are_due_whenever_asked_for() {
        let mut arrivals = arrivals(false);
        assert_eq!(arrivals.next(999 * MS), None);
        let arrival = arrivals.next(1_234 * MS).unwrap();
        assert_eq!((arrival.segment, arrival.intended_ns), (Segment::Warmup, 1_234 * MS));
        assert_eq!(arrivals.next(2_000 * MS), None);
        assert!(arrivals.turn(2_000 * MS));
        assert_eq!(arrivals.next(2_000 * MS).unwrap().segment, Segment::Load);
        assert_eq!(arrivals.counts(Segment::Load, 2_000 * MS), (1, 1, 0));
    }
}
