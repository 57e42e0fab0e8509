//! What a soft memory limit did to a run.

use serde::{Deserialize, Serialize};

use crate::{
    adjust::EventKind,
    sample::Sample,
    soft_limit::{SoftLimitLevel, SoftLimitReading},
};

/// What a soft memory limit did to a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftLimitSummary {
    /// The last reading: counters of the whole run, warm-up included, and what was in effect at its end.
    pub last: SoftLimitReading,
    /// The highest level that was reached.
    pub highest: SoftLimitLevel,
    /// Levels that were entered or left, and pools that were emptied.
    pub changes: u64,
    /// Most requests that were admitted at once in any sample.
    pub admitted_peak: u64,
}

impl SoftLimitSummary {
    /// Takes in the next sample.
    pub fn observe(&mut self, sample: &Sample) {
        for event in &sample.events {
            if let EventKind::SoftLimit { change } = event.what {
                self.changes += 1 + change.untold;
                self.highest = self.highest.max(change.level);
            }
        }
        if let Some(target) = &sample.target {
            self.last = target.soft_limit;
            self.admitted_peak = self.admitted_peak.max(self.last.admitted);
        }
    }

    /// The summary; `None` where nobody ever looked at memory, which is where there was no limit.
    pub fn finish(self) -> Option<Self> {
        (self.last.looks > 0).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        adjust::RunEvent,
        sample::{Phase, TargetReading},
        soft_limit::SoftLimitChange,
    };

    fn sample(admitted: u64, changed: Option<(SoftLimitLevel, SoftLimitLevel)>) -> Sample {
        let soft_limit = SoftLimitReading { admitted, looks: 1, ..Default::default() };
        let told = changed.map(|(from, level)| {
            let change = SoftLimitChange {
                from,
                level,
                usage_bytes: 1,
                usage_after_bytes: 1,
                freed_bytes: 0,
                limit_bytes: 1,
                untold: 1,
            };
            RunEvent { elapsed_ns: 1, what: EventKind::SoftLimit { change } }
        });
        Sample {
            seq: 0,
            elapsed_ns: 1,
            phase: Phase::Load,
            target: Some(TargetReading { soft_limit, ..Default::default() }),
            load: None,
            events: told.into_iter().collect(),
        }
    }

    #[test]
    fn it_keeps_the_highest_level_and_the_last_reading() {
        use SoftLimitLevel::{Below, Shed};
        let mut summary = SoftLimitSummary::default();
        assert_eq!(summary.finish(), None);
        summary.observe(&sample(9, Some((Below, Shed))));
        summary.observe(&sample(4, Some((Shed, Below))));
        assert_eq!((summary.highest, summary.changes, summary.admitted_peak), (Shed, 4, 9));
        assert_eq!(summary.finish().unwrap().last.admitted, 4);
    }
}
