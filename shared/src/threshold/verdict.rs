//! What became of a threshold: its part of the report.

use serde::{Deserialize, Serialize};

use super::Threshold;
use crate::unit::Unit;

/// What became of one threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ThresholdResult {
    /// The threshold, as it is written.
    pub threshold: Threshold,
    /// The figure it was judged by, in the base of `unit`; with a window, that of the worst window. `None` when
    /// there was none.
    pub value: Option<f64>,
    /// What the figure is counted in.
    pub unit: Unit,
    /// Whether it held.
    pub passed: Passed,
    /// Why it could not be evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it failed, on the run's clock: the first window that failed, or the instant from which on it
    /// did not hold until the end. `None` when it held, or could only be judged at the end.
    pub first_failed_ns: Option<u64>,
    /// Whether it stopped the run.
    pub aborted: bool,
}

/// Whether a threshold held. In JSON `true`, `false` or `"not_evaluated"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub enum Passed {
    /// It held.
    Yes,
    /// It did not.
    No,
    /// There was nothing to judge it by.
    NotEvaluated,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Wire {
    Known(bool),
    Word(Word),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    NotEvaluated,
}

impl From<Wire> for Passed {
    fn from(wire: Wire) -> Self {
        match wire {
            Wire::Known(true) => Self::Yes,
            Wire::Known(false) => Self::No,
            Wire::Word(Word::NotEvaluated) => Self::NotEvaluated,
        }
    }
}

impl From<Passed> for Wire {
    fn from(passed: Passed) -> Self {
        match passed {
            Passed::Yes => Self::Known(true),
            Passed::No => Self::Known(false),
            Passed::NotEvaluated => Self::Word(Word::NotEvaluated),
        }
    }
}

impl Passed {
    /// The mark it has in tables: `ok`, `FAIL` or `?`.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Yes => "ok",
            Self::No => "FAIL",
            Self::NotEvaluated => "?",
        }
    }
}

impl ThresholdResult {
    /// The figure as a person reads it; `-` when there is none.
    pub fn figure(&self) -> String {
        self.unit.format(self.value.unwrap_or(f64::NAN))
    }

    /// What happened, in a few words: the figure, why there is none, since when it failed.
    pub fn sentence(&self) -> String {
        let mut text = match &self.reason {
            Some(reason) => format!("not evaluated: {reason}"),
            None => self.figure(),
        };
        if let Some(ns) = self.first_failed_ns {
            text.push_str(&format!(", failed since {}", Unit::Nanoseconds.format(ns as f64)));
        }
        if self.aborted {
            text.push_str(", stopped the run");
        }
        text
    }
}
