//! `heapgym run --find-rate`: the highest steady rate at which thresholds hold, and the runs that found it.

use std::fmt::Write;

use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec,
    load::{self, LoadProfile},
    threshold::{MOST, Passed, Threshold, ThresholdResult},
    unit::Unit,
};
use serde::Serialize;

use super::{exit::ExitStatus, print, stopping::Stopping};
use crate::runner::{Runner, Search};

/// Where a search begins that is given no rate, in requests per second.
const FIRST_RATE: f64 = 10.0;
/// A rate is only held when this share of it was really sent: a queue that grows is not a rate.
const SENT_SHARE: f64 = 0.99;
/// A rate is only held when no larger share of its requests failed, from 0 to 1: a refusal is no reply.
const FAILED_SHARE: f64 = 0.01;
/// What the threshold's field is called where it is refused.
const FIELD: &str = "find_rate";

/// What a search found. `--json` writes exactly this.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    schema: u32,
    /// What had to hold.
    thresholds: Vec<Threshold>,
    /// The largest share of its requests that may fail at a rate that holds, from 0 to 1.
    failed_share_allowed: f64,
    /// Why the search cannot tell whether any rate holds; `None` when it can.
    cannot_tell: Option<String>,
    /// The highest rate that held; `None` when none did.
    held_rate_per_s: Option<f64>,
    /// The lowest rate that did not; `None` when all did.
    failed_rate_per_s: Option<f64>,
    /// Whether the search was stopped before it was over.
    stopped: bool,
    /// The runs, in their order.
    steps: Vec<Step>,
}

/// One run of a search.
#[derive(Debug, Serialize)]
struct Step {
    rate_per_s: f64,
    /// Whether the rate held; `None` when the run does not say, because it was stopped or heapgym itself failed.
    held: Option<bool>,
    /// Why it did not hold; `None` otherwise.
    reason: Option<String>,
    /// Requests really sent, per second of the load phase.
    sent_per_s: f64,
    /// Requests completed within the load phase, per second of it.
    completed_per_s: f64,
    /// The share of the requests that failed, from 0 to 1; `None` when none ended.
    failed_share: Option<f64>,
    outcome: Outcome,
    thresholds: Vec<ThresholdResult>,
    /// Over the requests that completed; `None` when none did.
    response_time_p99_ns: Option<u64>,
    rss_peak_bytes: u64,
    /// Requests that completed.
    completed: u64,
}

impl Found {
    /// Ok when some rate held, a regression when none did.
    pub(super) fn exit_status(&self) -> ExitStatus {
        match self.held_rate_per_s {
            _ if self.stopped => ExitStatus::Stopped,
            _ if self.cannot_tell.is_some() => ExitStatus::NoAnswer,
            Some(_) => ExitStatus::Ok,
            None => ExitStatus::Regressed,
        }
    }
}

/// Adds the thresholds to search by, and makes the profile a steady rate.
///
/// # Errors
/// When a threshold is misspelt, or there are too many.
pub(super) fn prepare(spec: &mut RunSpec, expressions: &[String]) -> Result<(), Rejection> {
    for expression in expressions {
        spec.thresholds.push(Threshold::parse(FIELD, expression)?);
    }
    if spec.thresholds.len() > MOST {
        let reason = format!("makes {} thresholds", spec.thresholds.len());
        return Err(Rejection::new(FIELD, reason, format!("at most {MOST}")));
    }
    let first = match spec.load.profile {
        LoadProfile::ConstantArrivalRate { rate, time_unit_ms, .. } => rate * 1e3 / time_unit_ms as f64,
        _ => FIRST_RATE,
    };
    set_rate(spec, first);
    Ok(())
}

/// Searches until the highest rate is known to 5 %, or a signal asks to stop.
pub(super) async fn search(runner: &Runner, spec: &RunSpec, stopping: &mut Stopping) -> Found {
    let mut spec = spec.clone();
    let first = match spec.load.profile {
        LoadProfile::ConstantArrivalRate { rate, .. } => rate,
        _ => FIRST_RATE,
    };
    let mut search = Search::new(first, (load::RATE.min, load::RATE.max));
    let mut steps: Vec<Step> = Vec::new();
    let mut failed = None;
    while let Some(rate) = search.next().filter(|_| !stopping.is_asked() && failed.is_none()) {
        set_rate(&mut spec, rate);
        print::remark(&format!("step {}: {}", steps.len() + 1, Unit::PerSecond.format(rate)));
        let (report, _) = stopping.run(runner, &spec, |_| {}).await;
        let step = Step::of(rate, report);
        print::remark(&step.line());
        match step.held {
            Some(held) => search.record(rate, held),
            None if stopping.is_asked() => {}
            None => failed = Some(format!("the search ended early: {}", step.outcome.sentence())),
        }
        steps.push(step);
    }
    let nothing = !stopping.is_asked() && steps.iter().all(|step| step.completed == 0);
    Found {
        schema: 3,
        cannot_tell: failed.or_else(|| nothing.then(|| "no request completed at any rate".to_owned())),
        failed_share_allowed: FAILED_SHARE,
        thresholds: spec.thresholds,
        held_rate_per_s: search.held(),
        failed_rate_per_s: search.failed(),
        stopped: stopping.is_asked(),
        steps,
    }
}

fn set_rate(spec: &mut RunSpec, rate: f64) {
    let duration_ms = spec.load.profile.duration_ms();
    spec.load.profile = LoadProfile::ConstantArrivalRate { rate, time_unit_ms: 1_000, duration_ms };
}

impl Step {
    fn of(rate: f64, report: Report) -> Self {
        // A run that was stopped by hand, or that heapgym itself failed, says nothing of its rate.
        let says = report.outcome.is_of_target();
        let reason = why_not(&report).filter(|_| says);
        let load = &report.load;
        Self {
            rate_per_s: rate,
            held: says.then_some(reason.is_none()),
            reason,
            sent_per_s: load.rate_per_s,
            completed_per_s: load.throughput_per_s,
            failed_share: load.failed_share(),
            response_time_p99_ns: (load.completed > 0).then_some(report.response_time_ns.p99),
            rss_peak_bytes: report.memory.rss_peak_bytes,
            completed: load.completed,
            thresholds: report.thresholds,
            outcome: report.outcome,
        }
    }

    fn line(&self) -> String {
        let figures =
            self.thresholds.iter().map(|result| format!("{}: {}", result.threshold, result.figure()));
        let reason = self.reason.iter().map(|reason| format!("because {reason}"));
        format!(
            "{:>10}  {:<8}  {:>10} sent  {:>10} completed  {}",
            Unit::PerSecond.format(self.rate_per_s),
            match self.held {
                Some(true) => "held",
                Some(false) => "not held",
                None => self.outcome.id(),
            },
            Unit::PerSecond.format(self.sent_per_s),
            Unit::PerSecond.format(self.completed_per_s),
            figures.chain(reason).collect::<Vec<_>>().join(", "),
        )
    }
}

/// Why a rate did not hold in this run, in half a sentence; `None` when it did.
fn why_not(report: &Report) -> Option<String> {
    let load = &report.load;
    if report.outcome != Outcome::Completed {
        return Some(format!("the run ended {}", report.outcome.id().replace('_', " ")));
    }
    if load.completed == 0 {
        return Some(load.failed_words().unwrap_or_else(|| "no request was sent".to_owned()));
    }
    if load.failed_share() > Some(FAILED_SHARE) {
        return load.failed_words();
    }
    if (load.started as f64) < load.offered as f64 * SENT_SHARE {
        let share = Unit::Percent.format(load.started as f64 * 100.0 / load.offered as f64);
        return Some(format!("only {share} of the requests were sent"));
    }
    let failed = report.thresholds.iter().find(|result| result.passed != Passed::Yes)?;
    Some(format!("`{}` did not hold: {}", failed.threshold, failed.sentence()))
}

/// What was found, for a person.
pub(super) fn text(found: &Found) -> String {
    let mut text = found.headline();
    text.push('\n');
    for step in &found.steps {
        let _ = write!(text, "\n{}", step.line()); // writing to a String does not fail
    }
    let _ = write!(
        text,
        "\n\nA rate holds when its run completes, at least {} of its requests are sent, at most {} of them fail, and all \
         thresholds hold.",
        Unit::Percent.format(SENT_SHARE * 100.0),
        Unit::Percent.format(FAILED_SHARE * 100.0)
    );
    text
}

impl Found {
    /// The first line: the rates, and why the lowest that did not hold did not.
    fn headline(&self) -> String {
        let rate = |rate: f64| Unit::PerSecond.format(rate);
        let step = |rate: f64, held: bool| {
            self.steps.iter().rfind(|step| step.rate_per_s == rate && step.held == Some(held))
        };
        let why_not = self.failed_rate_per_s.and_then(|failed| step(failed, false)?.reason.clone());
        let because = why_not.as_ref().map(|reason| format!(", because {reason}")).unwrap_or_default();
        let failing = |held: f64| match step(held, true).and_then(|step| step.failed_share) {
            Some(share) if share > 0.0 => {
                format!(" ({} of requests failed)", Unit::Percent.format(share * 100.0))
            }
            _ => String::new(),
        };
        let found = match (self.held_rate_per_s, self.failed_rate_per_s) {
            (Some(held), Some(failed)) => {
                format!("Holds at {}{}, and not at {}{}.", rate(held), failing(held), rate(failed), because)
            }
            (Some(held), None) if self.stopped || self.cannot_tell.is_some() => {
                format!("Holds at {}{}.", rate(held), failing(held))
            }
            (Some(held), None) => {
                format!("Holds at {}{}, the highest that was tried.", rate(held), failing(held))
            }
            (None, Some(failed)) => format!("Does not hold, not even at {}{because}.", rate(failed)),
            (None, None) => "Nothing was found.".to_owned(),
        };
        let found = found + &self.stopped_words();
        match &self.cannot_tell {
            Some(reason) if self.held_rate_per_s.is_none() => {
                let why_not = why_not.map(|reason| format!("; {reason}")).unwrap_or_default();
                format!("Cannot tell: {}{why_not}.", reason.trim_end_matches('.'))
            }
            Some(reason) => format!("{found} Cannot tell more: {reason}"),
            None => found,
        }
    }

    /// Where the search was stopped, as a further sentence; empty for one that came to its end.
    fn stopped_words(&self) -> String {
        match self.steps.last() {
            _ if !self.stopped => String::new(),
            Some(step) if step.held.is_none() => {
                format!(" Stopped while trying {}.", Unit::PerSecond.format(step.rate_per_s))
            }
            _ => " Stopped before it was over.".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> RunSpec {
        let spec = serde_json::json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1, "duration_ms": 3_000}},
        });
        RunSpec::parse(&spec, &Default::default()).unwrap()
    }

    #[test]
    fn the_search_keeps_everything_but_the_profile() {
        let mut prepared = spec();
        prepare(&mut prepared, &["rss max < 512MiB".to_owned()]).unwrap();
        let profile =
            LoadProfile::ConstantArrivalRate { rate: 10.0, time_unit_ms: 1_000, duration_ms: 3_000 };
        assert_eq!(prepared.load.profile, profile);
        assert_eq!(prepared.thresholds.len(), 1);
        assert_eq!(prepared.phases, spec().phases);
    }

    fn step(rate_per_s: f64, held: Option<bool>, outcome: Outcome) -> Step {
        Step {
            rate_per_s,
            held,
            reason: (held == Some(false)).then(|| "no request was sent".to_owned()),
            sent_per_s: rate_per_s,
            completed_per_s: rate_per_s,
            failed_share: Some(0.0),
            outcome,
            thresholds: Vec::new(),
            response_time_p99_ns: None,
            rss_peak_bytes: 0,
            completed: 1,
        }
    }

    fn found(rates: [Option<f64>; 2], stopped: bool, steps: Vec<Step>) -> Found {
        let [held_rate_per_s, failed_rate_per_s] = rates;
        Found {
            schema: 3,
            thresholds: Vec::new(),
            failed_share_allowed: FAILED_SHARE,
            cannot_tell: None,
            held_rate_per_s,
            failed_rate_per_s,
            stopped,
            steps,
        }
    }

    #[test]
    fn a_rate_that_was_being_tried_when_the_search_was_stopped_has_no_verdict() {
        let held = || step(10.0, Some(true), Outcome::Completed);
        let failed = || step(40.0, Some(false), Outcome::Completed);
        let stopped = || step(20.0, None, Outcome::STOPPED);
        let search = found([Some(10.0), None], true, vec![held(), stopped()]);
        assert_eq!(search.headline(), "Holds at 10/s. Stopped while trying 20/s.");
        let row = stopped().line();
        assert!(row.contains("  stopped  ") && !row.contains("held") && !row.contains("because"), "{row}");

        let search = found([Some(10.0), Some(40.0)], true, vec![held(), failed(), stopped()]);
        let headline =
            "Holds at 10/s, and not at 40/s, because no request was sent. Stopped while trying 20/s.";
        assert_eq!(search.headline(), headline);
        let search = found([None, None], true, vec![stopped()]);
        assert_eq!(search.headline(), "Nothing was found. Stopped while trying 20/s.");
        let search = found([Some(10.0), None], true, vec![held()]);
        assert_eq!(search.headline(), "Holds at 10/s. Stopped before it was over.");
        let search = found([Some(10.0), None], false, vec![held()]);
        assert_eq!(search.headline(), "Holds at 10/s, the highest that was tried.");
    }

    #[test]
    fn a_misspelt_threshold_is_refused_by_name() {
        let refused = prepare(&mut spec(), &["rss biggest < 1MiB".to_owned()]).unwrap_err();
        assert_eq!(refused.field, FIELD);
        let many = vec!["rss max < 1MiB".to_owned(); MOST + 1];
        assert_eq!(prepare(&mut spec(), &many).unwrap_err().field, FIELD);
    }
}
