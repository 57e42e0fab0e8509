//! The exit codes of all commands, in one table.

use std::process::ExitCode;

use heapgym_shared::{
    Outcome, Rejection, Report,
    comparison::Verdict,
    threshold::{Passed, ThresholdResult},
};

/// How a command ends, as a shell or CI sees it. Every command uses these codes; README.md shows the same table.
///
/// A run is judged in this order: its outcome, a threshold that failed, no answer, ok. So a run of which nothing
/// completed exits with 99 only when a threshold says so, and otherwise with 1. Failed requests alone do not change the
/// exit code while at least one request completed: how many may fail is for a threshold to say.
///
/// A command that has no load to stop, or has written the files of its results, ends by a signal itself. A shell shows
/// that as 128 + its number, which is the exit code of process 1 of a container (`signals.rs`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// 0: the command did what it was asked, and nothing it judged is worse than allowed. A server ended on a signal.
    Ok,
    /// 1: there is no answer. A run crashed, timed out or was lost; no request completed; a comparison or a threshold
    /// cannot be told; a file could not be read or written; a port or a folder is in use; or a variant of `bench`
    /// failed.
    NoAnswer,
    /// 2: a flag, a field or a file was refused.
    BadUsage,
    /// 99: a threshold failed, a comparison found a regression, a search found no rate that holds, or a calibration is
    /// out of its bounds.
    Regressed,
    /// 101: the target exceeded its memory limit.
    OutOfMemory,
    /// 102: the load generator could not offer the load.
    Saturated,
    /// 130: somebody stopped it.
    Stopped,
}

impl ExitStatus {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::NoAnswer => 1,
            Self::BadUsage => 2,
            Self::Regressed => 99,
            Self::OutOfMemory => 101,
            Self::Saturated => 102,
            Self::Stopped => 130,
        }
    }

    /// For a finished run: by its outcome, then by its thresholds and requests.
    pub fn of_run(report: &Report) -> Self {
        match Self::of_outcome(&report.outcome) {
            Self::Ok => Self::of_load(report.nothing_completed(), &report.thresholds),
            other => other,
        }
    }

    /// For a load that ran to its end.
    pub fn of_load(nothing_completed: bool, thresholds: &[ThresholdResult]) -> Self {
        let any = |passed: Passed| thresholds.iter().any(|result| result.passed == passed);
        if any(Passed::No) {
            Self::Regressed
        } else if nothing_completed || any(Passed::NotEvaluated) {
            Self::NoAnswer
        } else {
            Self::Ok
        }
    }

    /// For the way a run ended, whatever it measured.
    pub fn of_outcome(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Completed => Self::Ok,
            Outcome::Stopped { threshold: Some(_) } => Self::Regressed,
            Outcome::Stopped { threshold: None } => Self::Stopped,
            Outcome::OutOfMemory { .. } => Self::OutOfMemory,
            Outcome::Saturated { .. } => Self::Saturated,
            Outcome::TimedOut { .. } | Outcome::Crashed { .. } | Outcome::Lost { .. } => Self::NoAnswer,
        }
    }

    /// For a comparison: anything that got worse is a regression, also beside something that got better.
    pub fn of_comparison(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Improved | Verdict::Unchanged => Self::Ok,
            Verdict::Regressed | Verdict::Mixed => Self::Regressed,
            Verdict::CannotTell => Self::NoAnswer,
        }
    }

    /// For a command that could not go on.
    pub fn of_error(error: &anyhow::Error) -> Self {
        if error.is::<Rejection>() { Self::BadUsage } else { Self::NoAnswer }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        status.code().into()
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::outcome::{Child, GuardKind};

    use super::*;

    #[test]
    fn each_outcome_has_the_documented_code() {
        let code = |outcome: Outcome| ExitStatus::of_outcome(&outcome).code();
        assert_eq!(code(Outcome::Completed), 0);
        assert_eq!(code(Outcome::TimedOut { limit_ms: 1 }), 1);
        assert_eq!(code(Outcome::Lost { reason: "x".to_owned() }), 1);
        let status = "exit status: 3".to_owned();
        assert_eq!(code(Outcome::Crashed { process: Child::Target, status, last_words: None }), 1);
        assert_eq!(code(Outcome::Stopped { threshold: Some("failed count == 0".to_owned()) }), 99);
        let guard = GuardKind::Watchdog;
        assert_eq!(code(Outcome::OutOfMemory { limit_bytes: 1, reached_bytes: 2, guard }), 101);
        assert_eq!(code(Outcome::Saturated { in_flight: 1 }), 102);
        assert_eq!(code(Outcome::STOPPED), 130);
    }

    #[test]
    fn a_load_without_an_answer_is_not_ok() {
        let threshold = |passed| ThresholdResult {
            threshold: "response_time p(99) < 50ms".parse().unwrap(),
            value: None,
            unit: heapgym_shared::unit::Unit::Nanoseconds,
            passed,
            reason: None,
            first_failed_ns: None,
            aborted: false,
        };
        let [yes, no, unknown] = [Passed::Yes, Passed::No, Passed::NotEvaluated].map(threshold);
        assert_eq!(ExitStatus::of_load(false, &[]), ExitStatus::Ok);
        assert_eq!(ExitStatus::of_load(false, std::slice::from_ref(&yes)), ExitStatus::Ok);
        assert_eq!(ExitStatus::of_load(true, &[]), ExitStatus::NoAnswer);
        assert_eq!(ExitStatus::of_load(true, std::slice::from_ref(&yes)), ExitStatus::NoAnswer);
        assert_eq!(ExitStatus::of_load(false, &[yes, unknown.clone()]), ExitStatus::NoAnswer);
        assert_eq!(ExitStatus::of_load(true, &[unknown, no]), ExitStatus::Regressed);
    }
}
