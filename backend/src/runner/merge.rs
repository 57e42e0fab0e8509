//! Joins the two children's readings, tick by tick, into samples.

use std::collections::BTreeMap;

use heapgym_shared::sample::{LoadReading, Sample, TargetReading};

use super::timeline::Timeline;

/// Readings that wait for their other half. Holds at most [`PATIENCE`] ticks.
///
/// Each child tells its readings in the order of their ticks, so one that has told of a later tick skipped what it has not
/// told: nobody waits for that.
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

    fn take_first(&mut self, timeline: &Timeline, interval_ns: u64) -> Option<Sample> {
        let (tick, halves) = self.waiting.pop_first()?;
        self.last_tick = Some(tick);
        let seq = self.next_seq;
        self.next_seq += 1;
        let elapsed_ns = tick * interval_ns;
        Some(Sample {
            seq,
            elapsed_ns,
            phase: timeline.phase_at(elapsed_ns),
            target: halves.target,
            load: halves.load,
            events: Vec::new(),
        })
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
    fn skipped_ticks_leave_no_hole_in_the_sequence() {
        let mut merger = Merger::default();
        for tick in [0, 4] {
            merger.load(tick, LoadReading::default());
            merger.target(tick, TargetReading::default());
        }
        assert_eq!(ready(&mut merger), [(0, 0, true, true), (1, 400, true, true)]);
    }
}
