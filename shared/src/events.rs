//! What happened in a run and when, in words: phases, what was done to it, and its end.

use crate::{Outcome, Sample};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// Monotonic time since the run began, in nanoseconds.
    pub elapsed_ns: u64,
    /// What happened, in words.
    pub what: String,
}

/// Beginnings of phases, what was done to the run, and its end if it has ended, the earliest first.
pub fn events(samples: &[Sample], outcome: Option<&Outcome>) -> Vec<Happened> {
    let begins = samples.chunk_by(|a, b| a.phase == b.phase).filter_map(|phase| phase.first());
    let begins = begins
        .map(|first| Happened { elapsed_ns: first.elapsed_ns, what: format!("{} begins", first.phase.id()) });
    let done = samples.iter().flat_map(|sample| &sample.events);
    let done = done.map(|done| Happened { elapsed_ns: done.elapsed_ns, what: done.what.describe() });
    let mut events: Vec<Happened> = begins.chain(done).collect();
    events.sort_by_key(|event| event.elapsed_ns);
    let end = samples.last().map_or(0, |sample| sample.elapsed_ns);
    events.extend(outcome.map(|outcome| Happened { elapsed_ns: end, what: outcome.sentence() }));
    events
}
