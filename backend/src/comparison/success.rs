//! How many requests completed on each side, and what that forbids to say: the side that fails more never wins.

use heapgym_shared::{
    Report,
    comparison::{SIMILAR_SUCCESS, Verdict},
};

use super::Measure;

/// How the two sides compare in the share of their requests that completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Success {
    /// Both completed the same share, to within [`SIMILAR_SUCCESS`].
    Similar,
    /// A completed a smaller share than B.
    LessOfA,
    /// B completed a smaller share than A.
    LessOfB,
    /// Neither completed any.
    None,
}

impl Success {
    /// Over all pairs together.
    pub(super) fn of(pairs: &[(&Report, &Report)]) -> Self {
        let (a, b) = (share(pairs.iter().map(|(a, _)| *a)), share(pairs.iter().map(|(_, b)| *b)));
        match (a, b) {
            // Without requests there is nothing that could fail.
            (None, _) | (_, None) => Self::Similar,
            (Some(a), Some(b)) if a == 0.0 && b == 0.0 => Self::None,
            (Some(a), Some(b)) if a.min(b) >= a.max(b) * SIMILAR_SUCCESS => Self::Similar,
            (Some(a), Some(b)) if a < b => Self::LessOfA,
            _ => Self::LessOfB,
        }
    }

    /// Why this verdict on this measure cannot be told.
    pub(super) fn forbids(self, measure: &Measure, verdict: Verdict) -> Option<&'static str> {
        let (more, wins) = match self {
            Self::Similar => return None,
            Self::None => return (!measure.is_of_failures).then_some(NOTHING_COMPLETED),
            Self::LessOfA => ("more requests of A fail", verdict == Verdict::Regressed),
            Self::LessOfB => ("more requests of B fail", verdict == Verdict::Improved),
        };
        (!measure.is_of_failures && (measure.is_of_successes || wins)).then_some(more)
    }
}

/// Why there is no verdict when all requests of both sides failed.
pub(super) const NOTHING_COMPLETED: &str = "no request of A or B completed";

/// The share of the offered requests that completed; `None` without requests.
fn share<'a>(reports: impl Iterator<Item = &'a Report>) -> Option<f64> {
    let (completed, offered) = reports.fold((0, 0), |(completed, offered), report| {
        (completed + report.load.completed, offered + report.load.offered)
    });
    (offered > 0).then(|| completed as f64 / offered as f64)
}
