//! How a run ended. An outcome is a result to show, not an error.

use serde::{Deserialize, Serialize};

use crate::unit::Unit;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// All phases ran to their end.
    Completed,
    /// Somebody stopped it, or one of its thresholds did.
    Stopped {
        /// The threshold that failed and says `abort_on_fail`; `None` when somebody stopped it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<String>,
    },
    /// The target passed its memory limit.
    OutOfMemory {
        /// The limit, in bytes.
        limit_bytes: u64,
        /// The most resident memory that was seen, in bytes.
        reached_bytes: u64,
        /// What held the limit.
        guard: GuardKind,
    },
    /// The run took longer than its wall clock limit.
    TimedOut {
        /// The limit, in milliseconds.
        limit_ms: u64,
    },
    /// A child ended by itself.
    Crashed {
        /// Which child.
        process: Child,
        /// How the system describes its end, such as `signal: 9 (SIGKILL)`.
        status: String,
        /// The last line it wrote to its standard error, if any.
        last_words: Option<String>,
    },
    /// The load generator could not offer what was asked, and `on_saturation` was `abort`.
    Saturated {
        /// Requests in flight when it gave up.
        in_flight: u64,
    },
    /// heapgym itself failed, or was ended while the run went on.
    Lost {
        /// What happened.
        reason: String,
    },
}

/// One of the children of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Child {
    /// The measured process.
    Target,
    /// The load generator.
    Load,
    /// The service that the target calls.
    Downstream,
}

/// What holds the memory limit of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardKind {
    /// The kernel, through a cgroup v2 of the run's own.
    Cgroup,
    /// heapgym reads the target's resident memory and kills it; a resource limit stands behind.
    Watchdog,
    /// The kernel, because the container that heapgym runs in, or the machine, had no memory left.
    Container,
    /// The target itself, which gave memory back and shed load, and passed its soft limit all the same.
    SoftLimit,
    /// A resource limit on the target's memory: what heapgym was started with, or all there is on a system without
    /// readings for a watchdog.
    Rlimit,
}

impl Child {
    /// Who it is, within a sentence.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Target => "the target",
            Self::Load => "the load generator",
            Self::Downstream => "the downstream service",
        }
    }
}

impl GuardKind {
    /// What it is, for the report.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Cgroup => "cgroup v2 memory.max",
            Self::Watchdog => "RSS watchdog with a resource limit behind it",
            Self::Container => "the kernel, for the memory of the container or machine",
            Self::SoftLimit => "its own soft limit",
            Self::Rlimit => "resource limit",
        }
    }
}

/// The ids of all outcomes, the best first.
pub const OUTCOMES: [&str; 7] =
    ["completed", "stopped", "out_of_memory", "timed_out", "crashed", "saturated", "lost"];

impl Outcome {
    /// Somebody stopped it.
    pub const STOPPED: Self = Self::Stopped { threshold: None };

    /// The outcome's id, as in JSON.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Stopped { .. } => "stopped",
            Self::OutOfMemory { .. } => "out_of_memory",
            Self::TimedOut { .. } => "timed_out",
            Self::Crashed { .. } => "crashed",
            Self::Saturated { .. } => "saturated",
            Self::Lost { .. } => "lost",
        }
    }

    /// Whether the outcome says something about the target. Otherwise heapgym itself failed, or somebody stopped the
    /// run.
    pub fn is_of_target(&self) -> bool {
        match self {
            Self::Completed
            | Self::Stopped { threshold: Some(_) }
            | Self::OutOfMemory { .. }
            | Self::TimedOut { .. }
            | Self::Crashed { process: Child::Target, .. }
            | Self::Saturated { .. } => true,
            Self::Stopped { threshold: None }
            | Self::Crashed { process: Child::Load | Child::Downstream, .. }
            | Self::Lost { .. } => false,
        }
    }

    /// The outcome in a sentence for a person.
    pub fn sentence(&self) -> String {
        let bytes = |bytes: u64| Unit::Bytes.format(bytes as f64);
        match self {
            Self::Completed => "Completed: all phases ran to their end.".to_owned(),
            Self::Stopped { threshold: None } => {
                "Stopped on request; the samples up to then are kept.".to_owned()
            }
            Self::Stopped { threshold: Some(threshold) } => {
                format!("Stopped: the threshold `{threshold}` failed; the samples up to then are kept.")
            }
            Self::OutOfMemory { limit_bytes, reached_bytes, guard } => format!(
                "Out of memory: the target reached {} with a limit of {} and was ended ({}). The samples up to then \
                 are kept.",
                bytes(*reached_bytes),
                bytes(*limit_bytes),
                guard.describe(),
            ),
            Self::TimedOut { limit_ms } => format!(
                "Timed out: the run was not done after its wall clock limit of {}.",
                Unit::Milliseconds.format(*limit_ms as f64)
            ),
            Self::Crashed { process, status, last_words } => {
                let who = process.describe();
                let words =
                    last_words.as_ref().map(|words| format!(" Its last words: {words}")).unwrap_or_default();
                format!("Crashed: {who} ended by itself ({status}).{words}")
            }
            Self::Saturated { in_flight } => {
                let were = if *in_flight == 1 { "request was" } else { "requests were" };
                format!(
                    "Saturated: {} {were} in flight and no connection was free, so the next request could not start in \
                     time, and on_saturation is abort.",
                    Unit::Count.format(*in_flight as f64)
                )
            }
            Self::Lost { reason } => format!("Lost: {reason}."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_is_the_tag_on_the_wire() {
        for outcome in [
            Outcome::Completed,
            Outcome::STOPPED,
            Outcome::TimedOut { limit_ms: 1 },
            Outcome::Crashed { process: Child::Load, status: "exit 1".into(), last_words: None },
            Outcome::Lost { reason: "x".into() },
        ] {
            assert_eq!(serde_json::to_value(&outcome).unwrap()["kind"], outcome.id());
        }
    }

    #[test]
    fn a_stop_says_nothing_of_thresholds_unless_one_did_it() {
        let written = |outcome: &Outcome| serde_json::to_string(outcome).unwrap();
        assert_eq!(written(&Outcome::STOPPED), r#"{"kind":"stopped"}"#);
        assert_eq!(serde_json::from_str::<Outcome>(r#"{"kind":"stopped"}"#).unwrap(), Outcome::STOPPED);
        let aborted = Outcome::Stopped { threshold: Some("rss max < 1MiB".to_owned()) };
        assert_eq!(serde_json::from_str::<Outcome>(&written(&aborted)).unwrap(), aborted);
        assert!(aborted.sentence().contains("`rss max < 1MiB`"));
    }

    #[test]
    fn a_saturated_run_counts_its_requests_in_plain_english() {
        let sentence = |in_flight| Outcome::Saturated { in_flight }.sentence();
        assert_eq!(
            sentence(1),
            "Saturated: 1 request was in flight and no connection was free, so the next request could not start in \
             time, and on_saturation is abort."
        );
        assert!(
            sentence(1_000).starts_with("Saturated: 1,000 requests were in flight"),
            "{}",
            sentence(1_000)
        );
    }
}
