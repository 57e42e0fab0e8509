//! How often a run may be changed by hand: a few times per second, and not for ever.

use std::time::{Duration, Instant};

use heapgym_shared::Rejection;

use crate::limits::{CHANGES_PER_SECOND, MAX_CHANGES};

/// The changes that a run has room for. A second's worth may come at once.
#[derive(Debug)]
pub(super) struct Pace {
    /// Changes that may come now, at the instant `at`; at most [`CHANGES_PER_SECOND`].
    ready: f64,
    at: Instant,
    /// Changes that were made.
    made: u32,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { ready: f64::from(CHANGES_PER_SECOND), at: now, made: 0 }
    }

    /// Takes the room of one change.
    ///
    /// # Errors
    /// When changes come too fast, or the run has had all that it may have.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Rejection> {
        if self.made >= MAX_CHANGES {
            let reason = "is one too many: this run has had all its live changes";
            return Err(Rejection::new(
                "change",
                reason,
                format!("at most {MAX_CHANGES} live changes of a run"),
            ));
        }
        let since = now.saturating_duration_since(self.at);
        let per_second = f64::from(CHANGES_PER_SECOND);
        self.ready = (self.ready + since.as_secs_f64() * per_second).min(per_second);
        self.at = now;
        if self.ready < 1.0 {
            let wait = Duration::from_secs(1) / CHANGES_PER_SECOND;
            let allowed = format!(
                "at most {CHANGES_PER_SECOND} live changes of a run per second; try again in {} ms",
                wait.as_millis()
            );
            return Err(Rejection::new("change", "comes too soon after others", allowed));
        }
        self.ready -= 1.0;
        self.made += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_changes_may_come_at_once_and_no_more() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        for _ in 0..CHANGES_PER_SECOND {
            pace.take(begin).unwrap();
        }
        let refused = pace.take(begin).unwrap_err();
        assert_eq!(refused.field, "change");
        assert!(refused.allowed.contains("at most 10 live changes of a run per second"), "{refused}");
        let later = begin + Duration::from_millis(100);
        pace.take(later).unwrap();
        pace.take(later).unwrap_err();
        // Long silence saves up no more than a second's worth.
        let much_later = begin + Duration::from_secs(60);
        let made = (0..100).filter(|_| pace.take(much_later).is_ok()).count();
        assert_eq!(made, CHANGES_PER_SECOND as usize);
    }

    #[test]
    fn a_run_has_a_total_of_changes_however_slowly_they_come() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let made =
            (0..10_000).filter(|second| pace.take(begin + Duration::from_secs(*second)).is_ok()).count();
        assert_eq!(made, MAX_CHANGES as usize);
        let refused = pace.take(begin + Duration::from_secs(20_000)).unwrap_err();
        assert!(refused.allowed.contains("at most 1000 live changes"), "{refused}");
    }
}
