//! The runs of a comparison: which of them count, and what is said of the others.

use std::cmp::Ordering;

use heapgym_shared::{Outcome, Report, RunSpec, comparison::Verdict};

/// One run of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// What was run.
    pub spec: RunSpec,
    /// How it ended.
    pub outcome: Outcome,
    /// Its report; `None` for a run that was lost or stopped before it had one.
    pub report: Option<Report>,
}

/// Two runs with the same arrivals.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// Its place among the pairs of the comparison, from 1.
    pub number: u32,
    /// The run of side A.
    pub a: Run,
    /// The run of side B.
    pub b: Run,
}

/// The pairs of a comparison, sorted by what they can tell.
#[derive(Debug)]
pub(super) struct Sorted<'a> {
    /// Pairs whose runs both say something about their side, whether or not they completed.
    pub(super) counted: Vec<&'a Pair>,
    /// The reports of those whose runs both completed: a run that ended early has other figures for that reason alone.
    pub(super) completed: Vec<(&'a Report, &'a Report)>,
    /// The runs for which a pair does not count, each in a sentence.
    pub(super) left_out: Vec<String>,
}

impl From<Report> for Run {
    fn from(report: Report) -> Self {
        Self { spec: report.spec.clone(), outcome: report.outcome.clone(), report: Some(report) }
    }
}

impl Run {
    fn completed(&self) -> bool {
        self.outcome == Outcome::Completed
    }

    fn completed_report(&self) -> Option<&Report> {
        self.report.as_ref().filter(|_| self.completed())
    }
}

impl Pair {
    fn sides(&self) -> [(&'static str, &Run); 2] {
        [("A", &self.a), ("B", &self.b)]
    }

    /// A sentence for each run that `of` names.
    fn sentences(&self, of: impl Fn(&Run) -> bool) -> impl Iterator<Item = String> {
        let named = self.sides().into_iter().filter(move |(_, run)| of(run));
        named.map(|(side, run)| format!("{side} of pair {}: {}", self.number, run.outcome.sentence()))
    }
}

impl<'a> Sorted<'a> {
    pub(super) fn new(pairs: &'a [Pair]) -> Self {
        let counts = |pair: &&Pair| pair.sides().iter().all(|(_, run)| run.outcome.is_of_target());
        let (counted, others): (Vec<&Pair>, Vec<&Pair>) = pairs.iter().partition(counts);
        let completed = counted.iter().filter_map(|pair| {
            let reports = (pair.a.completed_report(), pair.b.completed_report());
            reports.0.zip(reports.1)
        });
        let left_out = others.iter().flat_map(|pair| pair.sentences(|run| !run.outcome.is_of_target()));
        Self { completed: completed.collect(), left_out: left_out.collect(), counted }
    }

    /// The runs that count and did not complete, each in a sentence.
    pub(super) fn endings(&self) -> Vec<String> {
        self.counted.iter().flat_map(|pair| pair.sentences(|run| !run.completed())).collect()
    }

    /// Which side has more runs that completed; `None` when both have the same number.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        match self.completed_runs(|pair| &pair.a).cmp(&self.completed_runs(|pair| &pair.b)) {
            Ordering::Less => Some(Verdict::Improved),
            Ordering::Equal => None,
            Ordering::Greater => Some(Verdict::Regressed),
        }
    }

    /// Why there is nothing to compare, if so.
    pub(super) fn nothing(&self) -> Option<&'static str> {
        if self.counted.is_empty() {
            Some("no pair is left: in each, heapgym itself failed or a run was stopped")
        } else if !self.completed.is_empty() {
            None
        } else if self.completed_runs(|pair| &pair.a) == 0 && self.completed_runs(|pair| &pair.b) == 0 {
            Some("no run of A or B completed")
        } else {
            Some("no pair completed on both sides")
        }
    }

    fn completed_runs(&self, side: fn(&Pair) -> &Run) -> usize {
        self.counted.iter().filter(|pair| side(pair).completed()).count()
    }
}
