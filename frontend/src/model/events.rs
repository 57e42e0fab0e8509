//! What happened in the runs in sight, in the order of their clocks.

use heapgym_shared::events::Happened;

use super::run::Run;

/// One thing that happened in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Monotonic time since the run began, in nanoseconds.
    pub elapsed_ns: u64,
    /// How the run is written.
    pub variant: String,
    /// What happened, in words.
    pub what: String,
}

/// Beginnings of phases, what was done to runs, and their ends, the earliest first.
pub fn events(runs: &[Run]) -> Vec<Event> {
    let mut events: Vec<_> = runs.iter().flat_map(of).collect();
    events.sort_by_key(|event| event.elapsed_ns);
    events
}

fn of(run: &Run) -> impl Iterator<Item = Event> {
    let event = |happened: Happened| Event {
        elapsed_ns: happened.elapsed_ns,
        variant: run.variant().to_owned(),
        what: happened.what,
    };
    heapgym_shared::events::events(run.samples(), run.outcome()).into_iter().map(event)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        Outcome,
        adjust::{Adjustment, EventKind, RunEvent},
        protocol::RunState,
        sample::Phase,
        soft_limit::{SoftLimitChange, SoftLimitLevel},
    };

    use super::*;
    use crate::model::run::tests::{adjusted, run, sample, spec};

    #[test]
    fn phases_and_the_end_are_listed_in_time() {
        let mut first = run();
        first.spec = Some(spec("naive"));
        let phase = |seq| if seq < 10 { Phase::Baseline } else { Phase::Warmup };
        first.take(0, (0..21).map(|seq| sample(seq, phase(seq))).collect());
        let mut second = first.clone();
        second.spec = Some(spec("pooled"));
        first.state = Some(RunState::Finished { outcome: Outcome::STOPPED });
        let listed: Vec<_> = events(&[first, second])
            .into_iter()
            .map(|event| (event.elapsed_ns / 100_000_000, event.variant, event.what))
            .collect();
        let begins = |at, variant: &str, phase: &str| (at, variant.to_owned(), format!("{phase} begins"));
        assert_eq!(
            listed[..4],
            [
                begins(0, "naive", "baseline"),
                begins(0, "pooled", "baseline"),
                begins(10, "naive", "warmup"),
                begins(10, "pooled", "warmup"),
            ]
        );
        assert_eq!(listed[4], (20, "naive".to_owned(), Outcome::STOPPED.sentence()));
        assert_eq!(listed.len(), 5);
    }

    #[test]
    fn what_was_done_is_listed_at_its_own_time() {
        let mut run = run();
        let mut samples: Vec<_> = (0..30).map(|seq| sample(seq, Phase::Load)).collect();
        let threshold = "rss max < 1MiB".to_owned();
        let failed = RunEvent { elapsed_ns: 2_250_000_000, what: EventKind::ThresholdFailed { threshold } };
        samples[20].events = vec![adjusted(19, Adjustment::SetConcurrency { concurrency: 5 })];
        samples[23].events = vec![failed];
        let change = SoftLimitChange {
            from: SoftLimitLevel::Below,
            level: SoftLimitLevel::Shed,
            usage_bytes: 92,
            usage_after_bytes: 92,
            freed_bytes: 0,
            limit_bytes: 100,
            untold: 0,
        };
        samples[25].events =
            vec![RunEvent { elapsed_ns: 2_450_000_000, what: EventKind::SoftLimit { change } }];
        run.take(0, samples);
        let listed: Vec<_> = events(&[run]).into_iter().map(|event| (event.elapsed_ns, event.what)).collect();
        assert_eq!(
            listed[1..],
            [
                (1_900_000_000, "concurrency set to 5".to_owned()),
                (2_250_000_000, "threshold failed: rss max < 1MiB".to_owned()),
                (2_450_000_000, "92 % of the soft limit: requests are shed".to_owned()),
            ]
        );
    }
}
