//! Reads what the server wrote, in little code: the page carries this instead of serde's derived readers.
//!
//! Those are compiled anew for every type and every place that a value may stand in, which came to a third of the
//! page. Here the text becomes one tree of values, and each type takes its fields out of that by name. Untrusted text
//! is read elsewhere, by [`Reader`](crate::field::Reader): here nobody is told what was wrong.

use serde_json::{Map, Value};

/// A type that can be read from JSON as serde writes it.
pub trait FromJson: Sized {
    /// The value; `None` where something else stands.
    fn from_json(value: &Value) -> Option<Self>;

    /// What a field is that was left out; `None` where it must not be.
    fn left_out() -> Option<Self> {
        None
    }
}

/// Reads a message of the server.
///
/// # Errors
/// `None` when the text is not such a message: the server is of another version.
pub fn read<T: FromJson>(text: &str) -> Option<T> {
    T::from_json(&serde_json::from_str(text).ok()?)
}

/// The field of this name.
pub fn field<T: FromJson>(object: &Map<String, Value>, name: &str) -> Option<T> {
    object.get(name).map_or_else(T::left_out, T::from_json)
}

/// Says how a type is read: the fields of a structure, the words of an enum, or its words and fields by tag.
macro_rules! from_json {
    ($name:ident { $($field:ident),* $(,)? }) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let object = value.as_object()?;
                Some(Self { $($field: $crate::wire::field(object, stringify!($field))?),* })
            }
        }
    };
    ($name:ident [ $($word:literal: $variant:ident),* $(,)? ]) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                match value.as_str()? {
                    $($word => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
    ($name:ident by $tag:literal { $($word:literal: $variant:ident { $($field:ident),* }),* $(,)? }) => {
        impl $crate::wire::FromJson for $name {
            fn from_json(value: &serde_json::Value) -> Option<Self> {
                let object = value.as_object()?;
                match object.get($tag)?.as_str()? {
                    $($word => Some(Self::$variant {
                        $($field: $crate::wire::field(object, stringify!($field))?),*
                    }),)*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use from_json;

impl FromJson for Value {
    fn from_json(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromJson for bool {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl FromJson for u64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl FromJson for u32 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_u64()?.try_into().ok()
    }
}

impl FromJson for i64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_i64()
    }
}

impl FromJson for f64 {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl FromJson for String {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: &Value) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::from_json(value).map(Some) }
    }

    fn left_out() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::from_json).collect()
    }

    fn left_out() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: FromJson + Copy + Default, const N: usize> FromJson for [T; N] {
    fn from_json(value: &Value) -> Option<Self> {
        let values = value.as_array().filter(|values| values.len() == N)?;
        let mut read = [T::default(); N];
        for (place, value) in read.iter_mut().zip(values) {
            *place = T::from_json(value)?;
        }
        Some(read)
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: &Value) -> Option<Self> {
        T::from_json(value).map(Box::new)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Serialize;

    use super::*;
    use crate::{
        adjust::{Adjustment, Effect, EventKind},
        outcome::{Child, GuardKind, Outcome},
        protocol::{RunState, ServerMessage},
        report::{Reason, Verdict},
        sample::Phase,
        soft_limit::{SoftLimitChange, SoftLimitLevel},
        threshold::Passed,
        unit::Unit,
    };

    /// Whether what serde writes is read, for values of an enum with so many variants.
    #[track_caller]
    fn reads_back<T: Serialize + FromJson + PartialEq + Debug, const N: usize>(values: [T; N]) {
        for value in values {
            let written = serde_json::to_string(&value).unwrap();
            assert_eq!(read::<T>(&written), Some(value), "{written}");
        }
    }

    #[test]
    fn every_word_is_serdes() {
        reads_back(Phase::ALL);
        reads_back(SoftLimitLevel::ALL);
        reads_back([Child::Target, Child::Load, Child::Downstream]);
        reads_back([
            GuardKind::Cgroup,
            GuardKind::Watchdog,
            GuardKind::Container,
            GuardKind::SoftLimit,
            GuardKind::Rlimit,
        ]);
        reads_back([Verdict::None, Verdict::Leaking, Verdict::Inconclusive]);
        reads_back([Reason::Steady, Reason::Negligible, Reason::Filled, Reason::GivenBack]);
        reads_back([
            Reason::Kept,
            Reason::NoRequests,
            Reason::TooFewSamples,
            Reason::TooUneven,
            Reason::NoRecovery,
            Reason::WorkUnfinished,
        ]);
        reads_back([Passed::Yes, Passed::No, Passed::NotEvaluated]);
        reads_back([Unit::Bytes, Unit::Nanoseconds, Unit::Milliseconds, Unit::Count]);
        reads_back([Unit::PerSecond, Unit::BytesPerSecond, Unit::Cores, Unit::Percent]);
    }

    #[test]
    fn every_outcome_and_state_is_serdes() {
        let outcomes = || {
            [
                Outcome::Completed,
                Outcome::STOPPED,
                Outcome::Stopped { threshold: Some("rss max < 1MiB".to_owned()) },
                Outcome::OutOfMemory { limit_bytes: 1, reached_bytes: 2, guard: GuardKind::Rlimit },
                Outcome::TimedOut { limit_ms: 3 },
                Outcome::Crashed { process: Child::Load, status: "exit 1".to_owned(), last_words: None },
                Outcome::Saturated { in_flight: 4 },
                Outcome::Lost { reason: "x".to_owned() },
            ]
        };
        reads_back(outcomes());
        reads_back(outcomes().map(|outcome| RunState::Finished { outcome }));
        reads_back([
            RunState::Queued { position: 1 },
            RunState::Starting,
            RunState::Running { phase: Phase::Drain },
        ]);
    }

    #[test]
    fn every_change_and_event_is_serdes() {
        let changes = || {
            [
                Adjustment::SetRate { rate: 0.5 },
                Adjustment::SetConcurrency { concurrency: 2 },
                Adjustment::Pause,
                Adjustment::Resume,
                Adjustment::SetSoftLimit { bytes: None },
                Adjustment::SetDecay { dirty_ms: Some(-1), muzzy_ms: None },
                Adjustment::Purge,
                Adjustment::SetBackgroundThread { on: true },
                Adjustment::SetPoolLimit { idle: 3 },
                Adjustment::StartProfile,
                Adjustment::StopProfile,
                Adjustment::TakeProfile,
            ]
        };
        reads_back(changes());
        reads_back(changes().map(|change| EventKind::Adjusted { change, effect: None }));
        let effects = [
            Effect::Made { before_bytes: 1, after_bytes: 2, took_ns: 3 },
            Effect::Refused { reason: "x".to_owned() },
        ];
        reads_back(
            effects.map(|effect| EventKind::Adjusted { change: Adjustment::Purge, effect: Some(effect) }),
        );
        let change = SoftLimitChange {
            from: SoftLimitLevel::Below,
            level: SoftLimitLevel::Shed,
            usage_bytes: 1,
            usage_after_bytes: 2,
            freed_bytes: 3,
            limit_bytes: 4,
            untold: 5,
        };
        reads_back([
            EventKind::StopAsked,
            EventKind::ThresholdFailed { threshold: "x".to_owned() },
            EventKind::SoftLimit { change },
            EventKind::Purged { bytes: 6 },
            EventKind::ProfileStarted,
            EventKind::ProfileStopped,
            EventKind::ProfileTaken { cause: "x".to_owned() },
            EventKind::ProfileFailed { reason: "x".to_owned() },
        ]);
    }

    #[test]
    fn what_is_no_message_is_none() {
        for text in ["", "{", "[]", r#"{"type":"x"}"#, r#"{"type":"gap","run":"a","from":0}"#] {
            assert_eq!(read::<ServerMessage>(text), None, "{text}");
        }
    }
}
