//! Where phases begin, and which of their names have room.

use super::{Columns, plot::TimeAxis};
use crate::sample::Phase;

/// The beginning of a phase in a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PhaseMark {
    pub(super) phase: Phase,
    /// Where it begins, in CSS pixels.
    pub(super) x: f64,
    /// Whether its name has room before the next mark.
    pub(super) named: bool,
}

/// The phases of the runs. Where they differ, the first one that reached a phase tells when it begins.
pub(super) fn marks(runs: &[Columns], axis: &TimeAxis, name_width: impl Fn(&str) -> f64) -> Vec<PhaseMark> {
    let mut marks: Vec<PhaseMark> = Vec::new();
    for phase in Phase::ALL {
        let begin = runs.iter().find_map(|run| run.phases().iter().find(|(known, _)| *known == phase));
        marks.extend(begin.map(|(phase, begin)| PhaseMark {
            phase: *phase,
            x: axis.x(*begin),
            named: false,
        }));
    }
    marks.sort_by(|left, right| left.x.total_cmp(&right.x));
    // Of the phases that began before what is in sight, or with it, the last one goes on in it.
    let before = marks.iter().filter(|mark| mark.x <= axis.left).count();
    marks.drain(..before.saturating_sub(1));
    marks.retain(|mark| mark.x <= axis.right);
    if let Some(first) = marks.first_mut() {
        first.x = first.x.max(axis.left);
    }
    for index in 0..marks.len() {
        let end = marks.get(index + 1).map_or(axis.right, |next| next.x);
        marks[index].named = name_width(marks[index].phase.id()) <= end - marks[index].x;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chart::{ValueScale, memory},
        sample::Sample,
    };

    const AXIS: TimeAxis = TimeAxis { begin_ns: 0, end_ns: 100, left: 0.0, right: 100.0, clock: None };

    fn sample(elapsed_ns: u64, phase: Phase) -> Sample {
        Sample { seq: 0, elapsed_ns, phase, target: None, load: None, events: Vec::new() }
    }

    fn found(runs: &[&[Sample]]) -> Vec<(Phase, f64, bool)> {
        found_in(&AXIS, runs)
    }

    fn found_in(axis: &TimeAxis, runs: &[&[Sample]]) -> Vec<(Phase, f64, bool)> {
        let columns = |samples: &&[Sample]| Columns::of(&memory::CHART, ValueScale::Linear, samples);
        let runs: Vec<_> = runs.iter().map(columns).collect();
        let marks = marks(&runs, axis, |name| name.len() as f64 * 2.0);
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
    fn of_a_part_of_the_run_the_phase_it_begins_in_is_named() {
        let samples = [sample(0, Phase::Baseline), sample(20, Phase::Load), sample(60, Phase::Recovery)];
        let part = |begin_ns, end_ns| found_in(&TimeAxis { begin_ns, end_ns, ..AXIS }, &[&samples]);
        assert_eq!(part(30, 50), [(Phase::Load, 0.0, true)]);
        assert_eq!(part(20, 70), [(Phase::Load, 0.0, true), (Phase::Recovery, 80.0, true)]);
        assert_eq!(part(70, 90), [(Phase::Recovery, 0.0, true)]);
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
