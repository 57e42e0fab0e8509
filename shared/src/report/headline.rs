//! The first line of a report: how the run ended, and how many of its requests failed.

use super::{LoadSummary, Report};
use crate::{load::LoadProfile, outcome::Outcome, unit::Unit};

impl Report {
    /// Whether no request completed, although the load profile asks for some.
    pub fn nothing_completed(&self) -> bool {
        self.load.nothing_completed(&self.spec.load.profile)
    }

    /// The first line: how the run ended, and which share of its requests failed, if any did.
    pub fn headline(&self) -> String {
        let failed = self.load.failed_words();
        match (&self.outcome, failed) {
            (Outcome::Completed, _) if self.nothing_completed() => {
                format!("Nothing completed: {}.", self.load.why_nothing_completed())
            }
            (Outcome::Completed, Some(failed)) => format!("Completed, but {failed}."),
            (outcome, Some(failed)) => format!("{} Before that, {failed}.", outcome.sentence()),
            (outcome, None) => outcome.sentence(),
        }
    }
}

impl LoadSummary {
    /// Whether no request completed, although this profile asks for some.
    pub fn nothing_completed(&self, profile: &LoadProfile) -> bool {
        self.completed == 0 && !matches!(profile, LoadProfile::Pause { .. })
    }

    /// Why no request completed, where none did, within a sentence.
    pub fn why_nothing_completed(&self) -> String {
        match self.failed {
            0 => "no request was sent".to_owned(),
            failed => format!("{0} of {0} requests failed", Unit::Count.format(failed as f64)),
        }
    }

    /// The share of the requests that failed, from 0 to 1, of those that ended; `None` when none ended.
    pub fn failed_share(&self) -> Option<f64> {
        let ended = self.completed + self.failed;
        (ended > 0).then(|| self.failed as f64 / ended as f64)
    }

    /// How many requests failed, within a sentence; `None` when none did.
    pub fn failed_words(&self) -> Option<String> {
        let count = |requests: u64| Unit::Count.format(requests as f64);
        let (failed, ended) = (self.failed, self.completed + self.failed);
        (failed > 0).then(|| {
            format!("{} of requests failed: {} of {}", self.failed_percent(), count(failed), count(ended))
        })
    }

    /// The share of the requests that failed, in percent. It reads as none or all only where it is; `-` when none
    /// ended.
    pub fn failed_percent(&self) -> String {
        match self.failed_share() {
            Some(share) if self.failed > 0 && share < 1e-3 => "less than 0.1 %".to_owned(),
            Some(share) if self.completed > 0 && share > 0.999 => "more than 99.9 %".to_owned(),
            share => Unit::Percent.format(share.map_or(f64::NAN, |share| share * 100.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_that_failed_reads_as_none_or_all_only_where_it_is() {
        let words =
            |completed, failed| LoadSummary { completed, failed, ..Default::default() }.failed_words();
        assert_eq!(words(0, 0), None);
        assert_eq!(words(1_000, 0), None);
        assert_eq!(words(500, 500).unwrap(), "50 % of requests failed: 500 of 1,000");
        assert_eq!(words(10, 990).unwrap(), "99 % of requests failed: 990 of 1,000");
        assert_eq!(words(0, 1_000).unwrap(), "100 % of requests failed: 1,000 of 1,000");
        assert_eq!(words(1, 999_999).unwrap(), "more than 99.9 % of requests failed: 999,999 of 1,000,000");
        assert_eq!(words(999_999, 1).unwrap(), "less than 0.1 % of requests failed: 1 of 1,000,000");
        assert_eq!(LoadSummary::default().failed_percent(), "-");
    }

    #[test]
    fn a_load_in_which_nothing_completed_says_why_without_a_colon() {
        let why = |failed| LoadSummary { failed, ..Default::default() }.why_nothing_completed();
        assert_eq!(why(0), "no request was sent");
        assert_eq!(why(1_000), "1,000 of 1,000 requests failed");
    }

    #[test]
    fn a_load_without_a_completed_request_is_no_success_unless_none_was_asked_for() {
        let rate = LoadProfile::ConstantArrivalRate { rate: 0.1, time_unit_ms: 1_000, duration_ms: 1_000 };
        let pause = LoadProfile::Pause { duration_ms: 1_000 };
        let failed = LoadSummary { failed: 7, ..Default::default() };
        assert!(failed.nothing_completed(&rate) && LoadSummary::default().nothing_completed(&rate));
        assert!(!LoadSummary::default().nothing_completed(&pause));
        assert!(!LoadSummary { completed: 1, ..failed }.nothing_completed(&rate));
    }
}
