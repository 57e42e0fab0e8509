//! Where phases begin, and which of their names have room.

use super::{Trace, plot::TimeAxis};
use crate::{order::sorted_by, sample::Phase};

/// The beginning of a phase in a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PhaseMark {
    pub(super) phase: Phase,
    /// Where it begins, in CSS pixels.
    pub(super) x: f64,
    /// Whether its name has room before the next mark.
    pub(super) named: bool,
}

/// The phases of the traces. Where traces differ, the first one that reached a phase tells when it begins.
pub(super) fn marks(
    traces: &[Trace<'_>],
    axis: &TimeAxis,
    name_width: impl Fn(&str) -> f64,
) -> Vec<PhaseMark> {
    let begun = |phase| Some((phase, traces.iter().find_map(|trace| begin_of(phase, trace))?));
    let begun = sorted_by(Phase::ALL.into_iter().filter_map(begun).collect(), |(_, begin)| *begin);
    let mark = |(phase, begin)| PhaseMark { phase, x: axis.x(begin), named: false };
    let mut marks: Vec<PhaseMark> = begun.into_iter().map(mark).collect();
    for index in 0..marks.len() {
        let end = marks.get(index + 1).map_or(axis.right, |next| next.x);
        marks[index].named = name_width(marks[index].phase.id()) <= end - marks[index].x;
    }
    marks
}

fn begin_of(phase: Phase, trace: &Trace<'_>) -> Option<u64> {
    let index = trace.samples.iter().position(|sample| sample.phase == phase)?;
    // The first phase began with the run, not with its first sample.
    Some(if index == 0 { 0 } else { trace.samples[index].elapsed_ns })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    const AXIS: TimeAxis = TimeAxis { end_ns: 100, left: 0.0, right: 100.0 };

    fn sample(elapsed_ns: u64, phase: Phase) -> Sample {
        Sample { seq: 0, elapsed_ns, phase, target: None, load: None, events: Vec::new() }
    }

    fn found(traces: &[&[Sample]]) -> Vec<(Phase, f64, bool)> {
        let traces: Vec<_> = traces.iter().map(|samples| Trace { variant: "naive", samples }).collect();
        let marks = marks(&traces, &AXIS, |name| name.len() as f64 * 2.0);
        marks.into_iter().map(|mark| (mark.phase, mark.x, mark.named)).collect()
    }

    #[test]
    fn a_name_needs_the_room_of_its_phase() {
        let samples = [
            sample(1, Phase::Baseline),
            sample(2, Phase::Baseline),
            sample(20, Phase::Load),
            sample(60, Phase::Drain),
            sample(65, Phase::Recovery),
        ];
        let expect = [
            (Phase::Baseline, 0.0, true),
            (Phase::Load, 20.0, true),
            (Phase::Drain, 60.0, false),
            (Phase::Recovery, 65.0, true),
        ];
        assert_eq!(found(&[&samples]), expect);
    }

    #[test]
    fn a_run_that_died_early_leaves_later_phases_to_the_other() {
        let died = [sample(0, Phase::Baseline), sample(10, Phase::Load)];
        let whole = [sample(0, Phase::Baseline), sample(12, Phase::Load), sample(70, Phase::Recovery)];
        let expect =
            [(Phase::Baseline, 0.0, false), (Phase::Load, 10.0, true), (Phase::Recovery, 70.0, true)];
        assert_eq!(found(&[&died, &whole]), expect);
        assert_eq!(found(&[]), []);
    }
}
