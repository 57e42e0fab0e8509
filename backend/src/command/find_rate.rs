//! `heapgym run --find-rate`: the highest steady rate at which thresholds hold, and the runs that found it.

use std::fmt::Write;

use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec,
    load::{self, LoadProfile},
    threshold::{MOST, Passed, Threshold, ThresholdResult},
    unit::Unit,
};
use serde::Serialize;
use tokio::sync::mpsc;

use super::{exit::ExitStatus, print, progress::Progress};
use crate::runner::{Control, Runner, Search, control};

/// Where a search begins that is given no rate, in requests per second.
const FIRST_RATE: f64 = 10.0;
/// A rate is only held when this share of it was really sent: a queue that grows is not a rate.
const SENT_SHARE: f64 = 0.99;
/// What the threshold's field is called where it is refused.
const FIELD: &str = "find_rate";

/// What a search found. `--json` writes exactly this.
#[derive(Debug, Serialize)]
pub(super) struct Found {
    schema: u32,
    /// What had to hold.
    thresholds: Vec<Threshold>,
    /// The highest rate that held; none when none did.
    held_rate_per_s: Option<f64>,
    /// The lowest rate that did not; none when all did.
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
    held: bool,
    /// Requests really sent, per second.
    sent_per_s: f64,
    outcome: Outcome,
    thresholds: Vec<ThresholdResult>,
    response_time_p99_ns: u64,
    rss_peak_bytes: u64,
}

impl Found {
    /// Ok when some rate held, a regression when none did.
    pub(super) fn exit_status(&self) -> ExitStatus {
        match self.held_rate_per_s {
            _ if self.stopped => ExitStatus::Stopped,
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

/// Searches until the highest rate is known to 5 %, or the signal to stop comes.
pub(super) async fn search(runner: &Runner, spec: &RunSpec, mut signal: mpsc::Receiver<()>) -> Found {
    let mut spec = spec.clone();
    let first = match spec.load.profile {
        LoadProfile::ConstantArrivalRate { rate, .. } => rate,
        _ => FIRST_RATE,
    };
    let mut search = Search::new(first, (load::RATE.min, load::RATE.max));
    let mut steps: Vec<Step> = Vec::new();
    let mut stopped = false;
    while let Some(rate) = search.next().filter(|_| !stopped) {
        set_rate(&mut spec, rate);
        print::remark(&format!("step {}: {}", steps.len() + 1, Unit::PerSecond.format(rate)));
        let mut progress = Progress::new(&spec);
        let (control, controlled) = control();
        let report = {
            let run = runner.run(&spec, controlled, |sample| progress.tell(sample));
            tokio::pin!(run);
            loop {
                tokio::select! {
                    report = &mut run => break report,
                    Some(()) = signal.recv(), if !stopped => stopped = stop(&control),
                }
            }
        };
        progress.end();
        let step = Step::of(rate, report);
        print::remark(&step.line());
        // A run that was stopped by hand says nothing of its rate.
        if !stopped {
            search.record(rate, step.held);
        }
        steps.push(step);
    }
    Found {
        schema: 1,
        thresholds: spec.thresholds,
        held_rate_per_s: search.held(),
        failed_rate_per_s: search.failed(),
        stopped,
        steps,
    }
}

fn stop(control: &Control) -> bool {
    control.stop();
    true
}

fn set_rate(spec: &mut RunSpec, rate: f64) {
    let duration_ms = spec.load.profile.duration_ms();
    spec.load.profile = LoadProfile::ConstantArrivalRate { rate, time_unit_ms: 1_000, duration_ms };
}

impl Step {
    fn of(rate: f64, report: Report) -> Self {
        let load = &report.load;
        let sent = load.started as f64 >= load.offered as f64 * SENT_SHARE;
        let completed = report.outcome == Outcome::Completed;
        let held = completed && sent && report.thresholds.iter().all(|result| result.passed == Passed::Yes);
        Self {
            rate_per_s: rate,
            held,
            sent_per_s: load.rate_per_s,
            response_time_p99_ns: report.response_time_ns.p99,
            rss_peak_bytes: report.memory.rss_peak_bytes,
            thresholds: report.thresholds,
            outcome: report.outcome,
        }
    }

    fn line(&self) -> String {
        let figures =
            self.thresholds.iter().map(|result| format!("{}: {}", result.threshold, result.figure()));
        format!(
            "{:>10}  {:<6}  {:>10} sent  {:<13}  {}",
            Unit::PerSecond.format(self.rate_per_s),
            if self.held { "held" } else { "failed" },
            Unit::PerSecond.format(self.sent_per_s),
            self.outcome.id(),
            figures.collect::<Vec<_>>().join(", "),
        )
    }
}

/// What was found, for a person.
pub(super) fn text(found: &Found) -> String {
    let rate = |rate: f64| Unit::PerSecond.format(rate);
    let mut text = match (found.held_rate_per_s, found.failed_rate_per_s) {
        (Some(held), Some(failed)) => format!("Holds at {}, and not at {}.", rate(held), rate(failed)),
        (Some(held), None) => format!("Holds at {}, the highest that was tried.", rate(held)),
        (None, Some(failed)) => format!("Does not hold, not even at {}.", rate(failed)),
        (None, None) => "Stopped before anything was found.".to_owned(),
    };
    text.push('\n');
    for step in &found.steps {
        let _ = write!(text, "\n{}", step.line()); // writing to a String does not fail
    }
    text
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

    #[test]
    fn a_misspelt_threshold_is_refused_by_name() {
        let refused = prepare(&mut spec(), &["rss biggest < 1MiB".to_owned()]).unwrap_err();
        assert_eq!(refused.field, FIELD);
        let many = vec!["rss max < 1MiB".to_owned(); MOST + 1];
        assert_eq!(prepare(&mut spec(), &many).unwrap_err().field, FIELD);
    }
}
