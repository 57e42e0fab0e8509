//! Sweeps of the allocator that gave much memory back at once, as events of the run.

use heapgym_shared::{
    Sample,
    adjust::{EventKind, RunEvent},
};

/// Less than this between two samples is everyday decay: it is in the metrics, and no event.
const BIG_BYTES: u64 = 4 << 20;
/// A sweep goes on while big steps follow each other within this: only its first one is an event, or the line of each
/// sample under load would cover the charts.
const QUIET_NS: u64 = 1_000_000_000;

/// Watches for sweeps.
#[derive(Debug, Default)]
pub(super) struct Purges {
    purged_bytes: Option<u64>,
    /// When the last big step was, or something was done to the target that tells what it gave back.
    last_big_ns: Option<u64>,
}

impl Purges {
    /// The event of a sweep that begins with this sample.
    pub(super) fn observe(&mut self, sample: &Sample) -> Option<RunEvent> {
        let asked = |event: &RunEvent| match &event.what {
            EventKind::Adjusted { effect, .. } => effect.is_some(),
            what => matches!(what, EventKind::SoftLimit { .. }),
        };
        if let Some(event) = sample.events.iter().rev().find(|event| asked(event)) {
            self.last_big_ns = self.last_big_ns.max(Some(event.elapsed_ns));
        }
        let now_bytes = sample.target.as_ref()?.allocator.as_ref()?.purged_bytes;
        let bytes = now_bytes.saturating_sub(self.purged_bytes.replace(now_bytes)?);
        (bytes >= BIG_BYTES).then_some(())?;
        let elapsed_ns = sample.elapsed_ns;
        let before_ns = self.last_big_ns.replace(elapsed_ns);
        let goes_on = before_ns.is_some_and(|before| elapsed_ns.saturating_sub(before) <= QUIET_NS);
        (!goes_on).then_some(RunEvent { elapsed_ns, what: EventKind::Purged { bytes } })
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        adjust::{Adjustment, Effect},
        sample::{AllocatorReading, Phase, TargetReading},
    };

    use super::*;

    /// A sample at a tenth of a second, when so many bytes have been purged so far.
    fn sample(tenth: u64, purged_bytes: u64, events: Vec<RunEvent>) -> Sample {
        let allocator = Some(AllocatorReading { purged_bytes, ..Default::default() });
        Sample {
            seq: tenth,
            elapsed_ns: tenth * 100_000_000,
            phase: Phase::Load,
            target: Some(TargetReading { allocator, ..Default::default() }),
            load: None,
            events,
        }
    }

    /// The tenths of a second at which sweeps begin, when so many bytes are purged in each.
    fn begin(purged: &[u64]) -> Vec<(u64, u64)> {
        let mut purges = Purges::default();
        let mut total = 0;
        let mut begins = Vec::new();
        for (tenth, bytes) in (0..).zip(purged) {
            total += bytes;
            let told = purges.observe(&sample(tenth, total, Vec::new()));
            if let Some(RunEvent { what: EventKind::Purged { bytes }, .. }) = told {
                begins.push((tenth, bytes));
            }
        }
        begins
    }

    #[test]
    fn what_was_asked_for_is_told_once() {
        let purge = RunEvent {
            elapsed_ns: 90_000_000,
            what: EventKind::Adjusted {
                change: Adjustment::Purge,
                effect: Some(Effect::Made { before_bytes: 9 << 20, after_bytes: 0, took_ns: 1 }),
            },
        };
        let mut purges = Purges::default();
        assert_eq!(purges.observe(&sample(0, 0, Vec::new())), None);
        assert_eq!(purges.observe(&sample(1, 9 << 20, vec![purge])), None, "its effect is told already");
        assert!(purges.observe(&sample(30, 18 << 20, Vec::new())).is_some());
    }

    #[test]
    fn only_the_beginning_of_a_big_sweep_is_told() {
        const BIG: u64 = 5 << 20;
        assert_eq!(begin(&[BIG, 0, 1000, BIG, BIG, 0, BIG]), [(3, BIG)], "what was before the run is none");
        assert_eq!(begin(&[0; 20]), []);
        let mut two = vec![0; 30];
        (two[2], two[25]) = (BIG, BIG + 1);
        assert_eq!(begin(&two), [(2, BIG), (25, BIG + 1)]);
    }
}
