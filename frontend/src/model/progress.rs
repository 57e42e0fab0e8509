//! How far a run is: its phases with what is planned and what has passed.

use heapgym_shared::{sample::Phase, spec::RunSpec, unit::Unit};

use super::run::Run;

/// One phase of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Stretch {
    /// The phase.
    pub phase: Phase,
    /// Its share of the bar, in milliseconds.
    pub weight_ms: u64,
    /// How much of it has passed, 0 to 1.
    pub passed: f64,
}

/// The phases of a run in their order; empty before its specification is known.
pub fn stretches(run: &Run) -> Vec<Stretch> {
    let Some(spec) = &run.spec else { return Vec::new() };
    let current = run.samples().last().map(|sample| sample.phase);
    let stretch = |phase: Phase| {
        let planned_ms = planned_ms(spec, phase);
        let passed = match current {
            Some(current) if phase < current => 1.0,
            Some(current) if phase == current => {
                (passed_ms(run, phase) as f64 / planned_ms.max(1) as f64).min(1.0)
            }
            Some(_) | None => 0.0,
        };
        // The drain mostly ends at once, however long it may take.
        let weight_ms = if phase == Phase::Drain { planned_ms.min(500) } else { planned_ms };
        Stretch { phase, weight_ms, passed }
    };
    Phase::ALL.into_iter().map(stretch).collect()
}

/// The current phase in words, such as `load: 3.2 s of 10 s, about 9 s left`; `None` before the first sample.
pub fn sentence(run: &Run) -> Option<String> {
    let phase = run.samples().last()?.phase;
    let spec = run.spec.as_ref()?;
    let planned = Unit::Milliseconds.format(planned_ms(spec, phase) as f64);
    let at_most = if phase == Phase::Drain { "at most " } else { "" };
    let passed = passed_ms(run, phase) as f64 / 1e3;
    Some(format!("{}: {passed:.1} s of {at_most}{planned}, {}", phase.id(), left(run)))
}

/// How long the whole run still takes, to the second.
fn left(run: &Run) -> String {
    let left_ms: f64 =
        stretches(run).iter().map(|stretch| stretch.weight_ms as f64 * (1.0 - stretch.passed)).sum();
    match (left_ms / 1e3).round() {
        0.0 => "about done".to_owned(),
        seconds => format!("about {} left", Unit::Milliseconds.format(seconds * 1e3)),
    }
}

fn planned_ms(spec: &RunSpec, phase: Phase) -> u64 {
    match phase {
        Phase::Baseline => spec.phases.baseline_ms,
        Phase::Warmup => spec.phases.warmup_ms,
        Phase::Load => spec.load.profile.duration_ms(),
        Phase::Drain => spec.phases.graceful_stop_ms,
        Phase::Recovery => spec.phases.recovery_ms,
    }
}

/// Time from the first to the last sample of a phase.
fn passed_ms(run: &Run, phase: Phase) -> u64 {
    let samples = run.samples();
    let begin = samples.partition_point(|sample| sample.phase < phase);
    let end = samples.partition_point(|sample| sample.phase <= phase);
    match &samples[begin..end] {
        [first, .., last] => last.elapsed_ns.saturating_sub(first.elapsed_ns) / 1_000_000,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::run::tests::{run, sample, spec};

    #[test]
    fn phases_fill_one_after_the_other() {
        let mut run = run();
        assert_eq!((stretches(&run), sentence(&run)), (vec![], None));
        run.spec = Some(spec("naive"));
        let phase = |seq| match seq {
            0..10 => Phase::Baseline,
            10..20 => Phase::Warmup,
            _ => Phase::Load,
        };
        run.take(0, (0..46).map(|seq| sample(seq, phase(seq))).collect());
        let passed: Vec<_> = stretches(&run).iter().map(|stretch| stretch.passed).collect();
        assert_eq!(passed, [1.0, 1.0, 0.25, 0.0, 0.0]);
        assert_eq!(sentence(&run).unwrap(), "load: 2.5 s of 10 s, about 10 s left");
    }

    #[test]
    fn a_drain_says_that_its_plan_is_a_bound() {
        let mut run = run();
        run.spec = Some(spec("naive"));
        run.take(0, (0..3).map(|seq| sample(seq, Phase::Drain)).collect());
        assert_eq!(sentence(&run).unwrap(), "drain: 0.2 s of at most 5 s, about 2 s left");
        assert_eq!(stretches(&run)[3].weight_ms, 500);
    }
}
