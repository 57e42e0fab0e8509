//! Thresholds: what must hold of a run. One grammar for command line, specification and report.
//!
//! `METRIC AGGREGATE OP VALUE [over WINDOW] [[PHASE]] [abort_on_fail [after DELAY]]`, as in
//! `response_time p(99) < 100ms over 10s [load] abort_on_fail`. Expressions are k6's; window and phase are not.
//!
//! Without a window a threshold is judged by one figure over its whole phase. With one it must hold at every
//! moment for what the last WINDOW brought; windows that begin before the phase does are not judged. The phase is
//! `load` unless another is named. Latencies and counters are of the phase's own requests, so that of `load`
//! includes the replies of its drain.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    field::{Reader, Rejection},
    sample::Phase,
    unit::Unit,
};

mod measure;
mod parse;
mod value;
mod verdict;

use measure::Course;
pub use measure::{Amount, Clock, Counter, Extent, Figure, Gauge, Measure, Statistic};
pub use verdict::{Passed, ThresholdResult};

/// Most thresholds of a run.
pub const MOST: usize = 16;

/// One thing that must hold of a run. Its text form is what [`Threshold::parse`] reads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// What it looks at.
    pub measure: Measure,
    /// How the figure must compare.
    pub comparison: Comparison,
    /// With what, in the base of the measure's unit.
    pub bound: f64,
    /// Length of the window, in milliseconds; `None` for the whole phase.
    pub window_ms: Option<u64>,
    /// Which phase it is about; `load` for figures of the finished report, where it says nothing.
    pub phase: Phase,
    /// Whether the run is stopped when it fails, and from when on: milliseconds after the phase began.
    pub abort_after_ms: Option<u64>,
}

/// How a figure must compare with the bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    Unequal,
}

impl Comparison {
    /// All of them; those of two characters first, so that a reader finds the longest.
    pub const ALL: [Self; 6] =
        [Self::AtLeast, Self::AtMost, Self::Equal, Self::Unequal, Self::Greater, Self::Less];

    /// As it is written.
    pub fn id(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "==",
            Self::Unequal => "!=",
        }
    }
}

impl Threshold {
    /// Reads one threshold. `field` is how an error names it.
    ///
    /// # Errors
    /// What was wrong at which word, and what is allowed there.
    pub fn parse(field: &str, text: &str) -> Result<Self, Rejection> {
        parse::threshold(text).map_err(|wrong| Rejection::new(field, wrong.reason, wrong.allowed))
    }

    /// Reads the list `thresholds` of a specification: strings, or k6's objects `{threshold, abort_on_fail,
    /// delay_abort_eval_ms}`.
    ///
    /// # Errors
    /// The first threshold that is refused, as `thresholds[i]`.
    pub fn read_all(reader: &mut Reader<'_>, sample_interval_ms: u64) -> Result<Vec<Self>, Rejection> {
        parse::list(reader, sample_interval_ms)
    }

    /// Whether the figure is as it must be.
    pub fn holds(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Greater => value > self.bound,
            Comparison::AtLeast => value >= self.bound,
            Comparison::Less => value < self.bound,
            Comparison::AtMost => value <= self.bound,
            Comparison::Equal => value == self.bound,
            Comparison::Unequal => value != self.bound,
        }
    }

    /// Whether it has failed in the middle of its phase: it does not hold, and what is still to come need not
    /// change that. A count that must become greater is not given up before its time.
    pub fn has_failed(&self, value: f64) -> bool {
        if self.holds(value) {
            return false;
        }
        if self.window_ms.is_some() {
            return true;
        }
        let may_yet_come = match self.comparison {
            Comparison::Greater | Comparison::AtLeast => self.measure.course() == Course::Grows,
            Comparison::Less | Comparison::AtMost => self.measure.course() == Course::Shrinks,
            Comparison::Equal => match self.measure.course() {
                Course::Grows => value < self.bound,
                Course::Shrinks => value > self.bound,
                Course::Either => false,
            },
            Comparison::Unequal => self.measure.course() != Course::Either,
        };
        !may_yet_come
    }

    /// The one of two figures that is nearer to failing, or further beyond.
    pub fn worse(&self, a: f64, b: f64) -> f64 {
        let distance = |value: f64| (value - self.bound).abs();
        match self.comparison {
            Comparison::Less | Comparison::AtMost => a.max(b),
            Comparison::Greater | Comparison::AtLeast => a.min(b),
            Comparison::Equal => {
                if distance(b) > distance(a) {
                    b
                } else {
                    a
                }
            }
            Comparison::Unequal => {
                if distance(b) < distance(a) {
                    b
                } else {
                    a
                }
            }
        }
    }

    /// Makes it stop the run as soon as it fails. A delay that it has stays, and one that is judged when the run is
    /// over is left as it is.
    pub fn abort_on_fail(&mut self) {
        if self.is_live() {
            self.abort_after_ms.get_or_insert(0);
        }
    }

    /// Whether it is judged while the run goes on, and so may stop it.
    pub fn is_live(&self) -> bool {
        !matches!(self.measure, Measure::Finished(_))
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = value::text(self.measure.unit(), self.bound);
        write!(f, "{} {} {bound}", self.measure, self.comparison.id())?;
        let duration = |ms: u64| value::text(Unit::Nanoseconds, ms as f64 * 1e6);
        if let Some(ms) = self.window_ms {
            write!(f, " over {}", duration(ms))?;
        }
        if self.phase != Phase::Load {
            write!(f, " [{}]", self.phase.id())?;
        }
        match self.abort_after_ms {
            None => Ok(()),
            Some(0) => f.write_str(" abort_on_fail"),
            Some(ms) => write!(f, " abort_on_fail after {}", duration(ms)),
        }
    }
}

impl FromStr for Threshold {
    type Err = Rejection;

    fn from_str(text: &str) -> Result<Self, Rejection> {
        Self::parse("threshold", text)
    }
}

impl Serialize for Threshold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Threshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
