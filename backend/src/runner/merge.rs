//! Joins the two children's readings, tick by tick, into samples.

use std::collections::BTreeMap;

use heapgym_shared::sample::{LoadReading, Sample, TargetReading};

use super::timeline::Timeline;

/// Readings that wait for their other half. Holds at most [`PATIENCE`] ticks.
///
/// Each child tells its readings in the order of their ticks, so one that has told of a later tick skipped what it has
/// not told: nobody waits for that.
#[derive(Debug, Default)]
pub(super) struct Merger {
    waiting: BTreeMap<u64, Halves>,
    /// The latest tick that each child has told of.
    told: Told,
    next_seq: u64,
    last_tick: Option<u64>,
}

#[derive(Debug, Default)]
struct Halves {
    target: Option<TargetReading>,
    load: Option<LoadReading>,
}

#[derive(Debug, Default)]
struct Told {
    target: Option<u64>,
    load: Option<u64>,
}

/// Ticks that a half may be behind the other before a sample goes without it: a busy target may answer
/// late, and one that hangs must not hold the charts up.
const PATIENCE: usize = 5;

impl Merger {
    pub(super) fn target(&mut self, tick: u64, reading: TargetReading) {
        self.told.target = Some(tick);
        if let Some(halves) = self.halves(tick) {
            halves.target = Some(reading);
        }
    }

    pub(super) fn load(&mut self, tick: u64, reading: LoadReading) {
        self.told.load = Some(tick);
        if let Some(halves) = self.halves(tick) {
            halves.load = Some(reading);
        }
    }

    /// A half whose sample has gone out already comes too late; its counters are in the next one.
    fn halves(&mut self, tick: u64) -> Option<&mut Halves> {
        (self.last_tick < Some(tick)).then(|| self.waiting.entry(tick).or_default())
    }

    /// The next sample that is whole, will not be, or has waited long enough.
    pub(super) fn next(&mut self, timeline: &Timeline, interval_ns: u64) -> Option<Sample> {
        let first = Some(*self.waiting.first_key_value()?.0);
        let no_more = self.told.target >= first && self.told.load >= first;
        (no_more || self.waiting.len() > PATIENCE).then(|| self.take_first(timeline, interval_ns)).flatten()
    }

    /// What is left when both children are done.
    pub(super) fn flush(&mut self, timeline: &Timeline, interval_ns: u64) -> Option<Sample> {
        self.take_first(timeline, interval_ns)
    }

    /// A sample after the last that has readings of neither child, no earlier than `at_ns`: it tells only what
    /// happened.
    pub(super) fn afterword(&mut self, at_ns: u64, timeline: &Timeline, interval_ns: u64) -> Sample {
        let tick = at_ns.div_ceil(interval_ns).max(self.last_tick.map_or(0, |last| last + 1));
        self.sample(tick, Halves::default(), timeline, interval_ns)
    }

    fn take_first(&mut self, timeline: &Timeline, interval_ns: u64) -> Option<Sample> {
        let (tick, halves) = self.waiting.pop_first()?;
        Some(self.sample(tick, halves, timeline, interval_ns))
    }

    fn sample(&mut self, tick: u64, halves: Halves, timeline: &Timeline, interval_ns: u64) -> Sample {
        self.last_tick = Some(tick);
        let seq = self.next_seq;
        self.next_seq += 1;
        let elapsed_ns = tick * interval_ns;
        Sample {
            seq,
            elapsed_ns,
            phase: timeline.phase_at(elapsed_ns),
            target: halves.target,
            load: halves.load,
            events: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline() -> Timeline {
        let spec = serde_json::json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
        });
        Timeline::new(&heapgym_shared::RunSpec::parse(&spec, &Default::default()).unwrap())
    }

    fn ready(merger: &mut Merger) -> Vec<(u64, u64, bool, bool)> {
        let timeline = timeline();
        std::iter::from_fn(|| merger.next(&timeline, 100))
            .map(|sample| (sample.seq, sample.elapsed_ns, sample.target.is_some(), sample.load.is_some()))
            .collect()
    }

    #[test]
    fn halves_of_a_tick_become_one_sample() {
        let mut merger = Merger::default();
        merger.target(0, TargetReading::default());
        assert_eq!(ready(&mut merger), []);
        merger.load(0, LoadReading::default());
        assert_eq!(ready(&mut merger), [(0, 0, true, true)]);
    }

    #[test]
    fn a_child_that_hangs_does_not_hold_the_other_up() {
        let mut merger = Merger::default();
        for tick in 0..7 {
            merger.load(tick, LoadReading::default());
        }
        assert_eq!(ready(&mut merger), [(0, 0, false, true), (1, 100, false, true)]);
        merger.target(1, TargetReading::default());
        merger.target(2, TargetReading::default());
        assert_eq!(ready(&mut merger), [(2, 200, true, true)], "tick 1 had gone out");
    }

    #[test]
    fn a_tick_that_one_child_skipped_waits_only_until_its_next() {
        let mut merger = Merger::default();
        merger.load(0, LoadReading::default());
        merger.load(1, LoadReading::default());
        assert_eq!(ready(&mut merger), [], "the target may be late");
        merger.target(2, TargetReading::default());
        assert_eq!(ready(&mut merger), [(0, 0, false, true), (1, 100, false, true)]);
        merger.load(2, LoadReading::default());
        assert_eq!(ready(&mut merger), [(2, 200, true, true)]);
        merger.target(3, TargetReading::default());
        merger.load(5, LoadReading::default());
        assert_eq!(ready(&mut merger), [(3, 300, true, false)], "the other way round");
    }

    #[test]
    fn what_happens_after_the_last_sample_is_told_by_one_more() {
        let (mut merger, timeline) = (Merger::default(), timeline());
        let told = |sample: Sample| (sample.seq, sample.elapsed_ns, sample.target, sample.load);
        assert_eq!(told(merger.afterword(0, &timeline, 100)), (0, 0, None, None), "before any other");
        merger.load(3, LoadReading::default());
        assert_eq!(told(merger.flush(&timeline, 100).unwrap()), (1, 300, None, Some(LoadReading::default())));
        assert_eq!(
            told(merger.afterword(290, &timeline, 100)),
            (2, 400, None, None),
            "never twice at one instant"
        );
        assert_eq!(
            told(merger.afterword(610, &timeline, 100)),
            (3, 700, None, None),
            "never before what it tells"
        );
    }

    #[test]
    fn skipped_ticks_leave_no_hole_in_the_sequence() {
        let mut merger = Merger::default();
        for tick in [0, 4] {
            merger.load(tick, LoadReading::default());
            merger.target(tick, TargetReading::default());
        }
        assert_eq!(ready(&mut merger), [(0, 0, true, true), (1, 400, true, true)]);
    }
}
