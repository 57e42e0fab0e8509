//! Runs to start one after the other: one for Run, two for "naive, then pooled".

use std::{collections::VecDeque, mem};

use heapgym_shared::{Outcome, protocol::RunId};
use serde_json::Value;

/// Where the page is with the runs it was asked to start.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Sequence {
    /// Nothing to start.
    #[default]
    Idle,
    /// A start was sent and not answered yet.
    Asked {
        /// Whether it is the first of its sequence, which replaces what was shown.
        first: bool,
        /// What is started after it.
        rest: VecDeque<Value>,
    },
    /// A run of the sequence is on.
    Following {
        /// The run.
        run: RunId,
        /// What is started after it.
        rest: VecDeque<Value>,
    },
}

impl Sequence {
    /// Begins with the first of `specs`; answers with the one to start.
    pub fn begin(&mut self, specs: Vec<Value>) -> Option<Value> {
        let mut rest = VecDeque::from(specs);
        let spec = rest.pop_front()?;
        *self = Self::Asked { first: true, rest };
        Some(spec)
    }

    /// The server accepted a start; answers whether it was the first of the sequence.
    pub fn accepted(&mut self, run: RunId) -> bool {
        match mem::take(self) {
            Self::Asked { first, rest } => {
                *self = Self::Following { run, rest };
                first
            }
            // Other pages' runs are not announced here: this is one of ours, whatever came between.
            Self::Idle | Self::Following { .. } => {
                *self = Self::Following { run, rest: VecDeque::new() };
                true
            }
        }
    }

    /// A run has ended; answers with what to start next.
    ///
    /// Running out of memory or crashing is a result, and the next run is the one to compare it with.
    /// A person's stop ends the whole sequence, and so does a failure of heapgym itself.
    pub fn finished(&mut self, ended: &RunId, outcome: &Outcome) -> Option<Value> {
        let rest = match self {
            Self::Following { run, rest } if run == ended => mem::take(rest),
            Self::Idle | Self::Asked { .. } | Self::Following { .. } => return None,
        };
        *self = Self::Idle;
        if matches!(outcome, Outcome::Stopped { threshold: None } | Outcome::Lost { .. }) {
            return None;
        }
        let mut rest = rest;
        let next = rest.pop_front()?;
        *self = Self::Asked { first: false, rest };
        Some(next)
    }

    /// The start that was sent did not lead to a run: refused, or the connection broke before the answer.
    pub fn failed(&mut self) {
        if self.is_asked() {
            *self = Self::Idle;
        }
    }

    /// Whether a start waits for its answer.
    pub fn is_asked(&self) -> bool {
        matches!(self, Self::Asked { .. })
    }

    /// How many runs are still to be started.
    pub fn waiting(&self) -> usize {
        match self {
            Self::Idle => 0,
            Self::Asked { rest, .. } | Self::Following { rest, .. } => rest.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(text: &str) -> RunId {
        RunId(text.to_owned())
    }

    fn pair() -> Sequence {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.begin(vec![json!("naive"), json!("pooled")]), Some(json!("naive")));
        sequence
    }

    #[test]
    fn the_second_starts_when_the_first_has_ended() {
        let mut sequence = pair();
        assert!(sequence.accepted(id("a")), "the first replaces what was shown");
        assert_eq!(sequence.finished(&id("other"), &Outcome::Completed), None);
        assert_eq!(sequence.finished(&id("a"), &Outcome::Completed), Some(json!("pooled")));
        assert_eq!(sequence.finished(&id("a"), &Outcome::Completed), None, "said twice, started once");
        assert!(!sequence.accepted(id("b")), "the second is added");
        assert_eq!(sequence.finished(&id("b"), &Outcome::Completed), None);
        assert_eq!(sequence, Sequence::Idle);
    }

    #[test]
    fn out_of_memory_goes_on_and_a_stop_does_not() {
        let killed = Outcome::OutOfMemory {
            limit_bytes: 1,
            reached_bytes: 2,
            guard: heapgym_shared::outcome::GuardKind::Watchdog,
        };
        for (outcome, goes_on) in [(killed, true), (Outcome::STOPPED, false)] {
            let mut sequence = pair();
            sequence.accepted(id("a"));
            assert_eq!(sequence.finished(&id("a"), &outcome).is_some(), goes_on, "{outcome:?}");
            assert_eq!(sequence.is_asked(), goes_on);
        }
    }

    #[test]
    fn a_refusal_ends_the_sequence() {
        let mut sequence = pair();
        assert_eq!(sequence.waiting(), 1);
        sequence.failed();
        assert_eq!(sequence, Sequence::Idle);
    }
}
