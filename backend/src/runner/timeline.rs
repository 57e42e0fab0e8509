//! Which phase an instant of a run belongs to.

use heapgym_shared::{sample::Phase, spec::RunSpec};

/// The phases' bounds on the run's clock. The last two depend on the load generator's last reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Timeline {
    warmup_ns: u64,
    load_ns: u64,
    load_end_ns: u64,
    drained_ns: Option<u64>,
}

impl Timeline {
    pub(super) fn new(spec: &RunSpec) -> Self {
        let warmup_ns = spec.phases.baseline_ms * 1_000_000;
        let load_ns = warmup_ns + spec.phases.warmup_ms * 1_000_000;
        let load_end_ns = load_ns + spec.load.profile.duration_ms() * 1_000_000;
        Self { warmup_ns, load_ns, load_end_ns, drained_ns: None }
    }

    /// When the load phase begins and ends, as far as it is known.
    pub(super) fn load_phase(&self) -> (u64, u64) {
        (self.load_ns, self.load_end_ns)
    }

    /// The load ended at this instant, maybe before its time.
    pub(super) fn load_ended(&mut self, at_ns: u64) {
        self.load_end_ns = self.load_end_ns.min(at_ns);
    }

    /// The last reply came at this instant, and the run goes on: one that is stopped has no recovery.
    pub(super) fn recovers(&mut self, drained_ns: u64) {
        self.drained_ns = Some(drained_ns);
    }

    pub(super) fn phase_at(&self, elapsed_ns: u64) -> Phase {
        match elapsed_ns {
            ns if self.drained_ns.is_some_and(|drained| ns >= drained) => Phase::Recovery,
            ns if ns >= self.load_end_ns => Phase::Drain,
            ns if ns >= self.load_ns => Phase::Load,
            ns if ns >= self.warmup_ns => Phase::Warmup,
            _ => Phase::Baseline,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn timeline() -> Timeline {
        Timeline { warmup_ns: SECOND, load_ns: 2 * SECOND, load_end_ns: 10 * SECOND, drained_ns: None }
    }

    #[test]
    fn phases_follow_each_other() {
        let mut timeline = timeline();
        let at = |timeline: &Timeline, seconds: u64| timeline.phase_at(seconds * SECOND);
        assert_eq!(
            [0, 1, 2, 9].map(|s| at(&timeline, s)),
            [Phase::Baseline, Phase::Warmup, Phase::Load, Phase::Load]
        );
        assert_eq!(at(&timeline, 11), Phase::Drain, "until the load generator says otherwise");
        timeline.load_ended(10 * SECOND);
        timeline.recovers(11 * SECOND);
        assert_eq!([10, 11].map(|s| at(&timeline, s)), [Phase::Drain, Phase::Recovery]);
    }

    #[test]
    fn a_stop_ends_the_load_early() {
        let mut timeline = timeline();
        timeline.load_ended(4 * SECOND);
        assert_eq!(
            [3, 4, 5].map(|s| timeline.phase_at(s * SECOND)),
            [Phase::Load, Phase::Drain, Phase::Drain],
            "a run that is stopped has no recovery"
        );
    }
}
