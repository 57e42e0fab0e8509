//! Why a request failed, and how many did for each reason.

use std::io;

use heapgym_shared::report::{FailureReason, Failures};
use nix::errno::Errno;

use super::reply::Malformed;

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// The target's host refused the connection.
    Refused,
    /// No connection could be made for another reason.
    Connect,
    /// heapgym itself may open no more files and sockets.
    NoFileDescriptor,
    /// This machine has no local port left for another connection to the target.
    NoLocalPort,
    /// The connection ended before the reply did.
    Closed,
    /// No full reply in time.
    Timeout,
    /// A status outside 200 to 399.
    Status,
    /// Still on its way when the graceful stop was over.
    Abandoned,
    /// A reply that cannot be read.
    Malformed(Malformed),
}

/// How many requests failed for each reason. Of fixed size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FailureCounts(Box<[u64; Failure::COUNT]>);

impl Failure {
    const WITHOUT_DETAIL: [Self; 8] = [
        Self::Refused,
        Self::Connect,
        Self::NoFileDescriptor,
        Self::NoLocalPort,
        Self::Closed,
        Self::Timeout,
        Self::Status,
        Self::Abandoned,
    ];
    const COUNT: usize = Self::WITHOUT_DETAIL.len() + Malformed::ALL.len();

    /// Why no connection could be made.
    pub(super) fn of_connecting(error: &io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EMFILE | Errno::ENFILE) => Self::NoFileDescriptor,
            Some(Errno::EADDRNOTAVAIL) => Self::NoLocalPort,
            Some(Errno::ECONNREFUSED) => Self::Refused,
            _ => Self::Connect,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        Self::WITHOUT_DETAIL.into_iter().chain(Malformed::ALL.into_iter().map(Self::Malformed))
    }

    /// Its place in [`Failure::all`].
    fn index(self) -> usize {
        match self {
            Self::Refused => 0,
            Self::Connect => 1,
            Self::NoFileDescriptor => 2,
            Self::NoLocalPort => 3,
            Self::Closed => 4,
            Self::Timeout => 5,
            Self::Status => 6,
            Self::Abandoned => 7,
            Self::Malformed(reason) => Self::WITHOUT_DETAIL.len() + reason as usize,
        }
    }

    /// The counter of its kind.
    pub(super) fn counter(self, failures: &mut Failures) -> &mut u64 {
        match self {
            Self::Refused | Self::Connect => &mut failures.connect,
            Self::NoFileDescriptor => &mut failures.no_file_descriptor,
            Self::NoLocalPort => &mut failures.no_local_port,
            Self::Closed => &mut failures.closed,
            Self::Timeout => &mut failures.timeout,
            Self::Status => &mut failures.status,
            Self::Abandoned => &mut failures.abandoned,
            Self::Malformed(_) => &mut failures.malformed,
        }
    }

    /// The name of its counter.
    fn kind(self) -> &'static str {
        match self {
            Self::Refused | Self::Connect => "connect",
            Self::NoFileDescriptor => "no_file_descriptor",
            Self::NoLocalPort => "no_local_port",
            Self::Closed => "closed",
            Self::Timeout => "timeout",
            Self::Status => "status",
            Self::Abandoned => "abandoned",
            Self::Malformed(_) => "malformed",
        }
    }

    /// What happened, in a few words.
    fn sentence(self) -> &'static str {
        match self {
            Self::Refused => "the connection was refused",
            Self::Connect => "no connection could be made",
            Self::NoFileDescriptor => {
                "heapgym may open no more sockets: raise `ulimit -n` or use fewer connections"
            }
            Self::NoLocalPort => {
                "this machine has no free local port: use fewer connections, or keep them open"
            }
            Self::Closed => "the connection ended before the reply did",
            Self::Timeout => "no full reply within the timeout",
            Self::Status => "the status is not 2xx or 3xx",
            Self::Abandoned => "still on its way when the graceful stop was over",
            Self::Malformed(reason) => reason.sentence(),
        }
    }
}

impl Default for FailureCounts {
    fn default() -> Self {
        Self(Box::new([0; Failure::COUNT]))
    }
}

impl FailureCounts {
    /// Counts one failed request.
    pub(super) fn count(&mut self, failure: Failure) {
        self.0[failure.index()] += 1;
    }

    /// Adds another thread's counts.
    pub(super) fn add(&mut self, other: &Self) {
        for (count, other) in self.0.iter_mut().zip(other.0.iter()) {
            *count += other;
        }
    }

    /// Each reason that occurred. A status is named by its code elsewhere, and left out here.
    pub(super) fn reasons(&self) -> impl Iterator<Item = FailureReason> {
        let counted =
            Failure::all().zip(*self.0).filter(|(failure, count)| *failure != Failure::Status && *count > 0);
        counted.map(|(failure, count)| FailureReason {
            kind: failure.kind().to_owned(),
            reason: failure.sentence().to_owned(),
            count,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_has_a_place_of_its_own_and_one_counter() {
        for (place, failure) in Failure::all().enumerate() {
            assert_eq!(failure.index(), place, "{failure:?}");
            let mut failures = Failures::default();
            *failure.counter(&mut failures) += 1;
            assert_eq!(failures.total(), 1, "{failure:?}");
            let kinds = serde_json::to_value(failures).unwrap();
            assert_eq!(kinds[failure.kind()], 1, "the kind is the name of the counter: {failure:?}");
        }
    }

    #[test]
    fn no_reason_is_too_long_for_a_frame() {
        for failure in Failure::all() {
            assert!(failure.sentence().len() <= 100, "{failure:?}");
        }
    }

    #[test]
    fn heapgyms_own_limits_are_not_the_targets_failures() {
        let of = |errno: Errno| Failure::of_connecting(&io::Error::from_raw_os_error(errno as i32));
        assert_eq!(of(Errno::EMFILE), Failure::NoFileDescriptor);
        assert_eq!(of(Errno::ENFILE), Failure::NoFileDescriptor);
        assert_eq!(of(Errno::EADDRNOTAVAIL), Failure::NoLocalPort);
        assert_eq!(of(Errno::ECONNREFUSED), Failure::Refused);
        assert_eq!(of(Errno::EHOSTUNREACH), Failure::Connect);
        assert_eq!(Failure::of_connecting(&io::Error::other("none")), Failure::Connect);
    }

    #[test]
    fn counts_of_threads_add_up_by_reason() {
        let (mut one, mut other) = (FailureCounts::default(), FailureCounts::default());
        let bad_chunk = Failure::Malformed(Malformed::ChunkSize);
        [bad_chunk, Failure::Status, Failure::Refused].into_iter().for_each(|failure| one.count(failure));
        other.count(bad_chunk);
        one.add(&other);
        let told: Vec<_> = one.reasons().map(|reason| reason.to_string()).collect();
        let expect =
            ["connect: 1 (the connection was refused)", "malformed: 2 (a chunk size is not hexadecimal)"];
        assert_eq!(told, expect);
    }
}
