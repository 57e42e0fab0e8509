//! Failed requests: by kind, and by reason.

use std::{cmp::Reverse, fmt};

use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// Failed requests by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failures {
    /// No connection could be made.
    pub connect: u64,
    /// The connection ended before the reply did.
    pub closed: u64,
    /// No full reply within `timeout_ms`.
    pub timeout: u64,
    /// A status outside 200 to 399.
    pub status: u64,
    /// A reply that RFC 9112 does not let a client read.
    pub malformed: u64,
    /// On their way when the graceful stop was over.
    pub abandoned: u64,
    /// heapgym itself could open no more sockets; the target is not to blame.
    #[serde(default)]
    pub no_file_descriptor: u64,
    /// The machine had no local port left for another connection; the target is not to blame.
    #[serde(default)]
    pub no_local_port: u64,
}

impl Failures {
    /// All kinds together.
    pub fn total(&self) -> u64 {
        let Self {
            connect,
            closed,
            timeout,
            status,
            malformed,
            abandoned,
            no_file_descriptor,
            no_local_port,
        } = self;
        connect + closed + timeout + status + malformed + abandoned + no_file_descriptor + no_local_port
    }

    /// Adds other failures.
    pub fn add(&mut self, other: &Self) {
        self.connect += other.connect;
        self.closed += other.closed;
        self.timeout += other.timeout;
        self.status += other.status;
        self.malformed += other.malformed;
        self.abandoned += other.abandoned;
        self.no_file_descriptor += other.no_file_descriptor;
        self.no_local_port += other.no_local_port;
    }
}

/// One reason why requests failed. Its text form is `status 403: 16,362` or
/// `malformed: 3 (a chunk size is not hexadecimal)`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureReason {
    /// The field of [`Failures`] that counts it; `other` for the rest of a list that was cut.
    pub kind: String,
    /// What happened, in a few words; for `status` the code.
    pub reason: String,
    /// How many requests failed so.
    pub count: u64,
}

impl FailureReason {
    /// Sorts reasons by their counts, the greatest first, and joins those beyond `most` into one.
    pub fn top(mut reasons: Vec<Self>, most: usize) -> Vec<Self> {
        reasons.sort_by_key(|reason| Reverse(reason.count));
        if reasons.len() > most {
            let rest = reasons.split_off(most.saturating_sub(1));
            let count = rest.iter().map(|reason| reason.count).sum();
            let reason = format!("{} further reasons", rest.len());
            reasons.push(Self { kind: "other".to_owned(), reason, count });
        }
        reasons
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, reason, count } = self;
        let count = Unit::Count.format(*count as f64);
        if kind == "status" {
            write!(f, "status {reason}: {count}")
        } else {
            write!(f, "{kind}: {count} ({reason})")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(kind: &str, reason: &str, count: u64) -> FailureReason {
        FailureReason { kind: kind.to_owned(), reason: reason.to_owned(), count }
    }

    #[test]
    fn the_most_frequent_reasons_come_first_and_none_is_lost() {
        let reasons = vec![
            reason("a", "x", 1),
            reason("b", "y", 7),
            reason("status", "403", 16_362),
            reason("c", "z", 2),
        ];
        let all: Vec<_> = FailureReason::top(reasons.clone(), 9).iter().map(ToString::to_string).collect();
        assert_eq!(all, ["status 403: 16,362", "b: 7 (y)", "c: 2 (z)", "a: 1 (x)"]);
        let cut: Vec<_> = FailureReason::top(reasons, 2).iter().map(ToString::to_string).collect();
        assert_eq!(cut, ["status 403: 16,362", "other: 10 (3 further reasons)"]);
    }
}
