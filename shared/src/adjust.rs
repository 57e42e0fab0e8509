//! What can be changed while a run goes on, and the events that tell of it.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Number, Reader, Rejection},
    load::{self, Load},
    soft_limit::{self, SOFT_MEMORY_BYTES, SoftLimitChange},
    spec::{InstanceLimits, RunLimits},
    unit::Unit,
};

/// A change to a run that goes on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Adjustment {
    /// The rest of an open profile arrives at this steady rate.
    SetRate {
        /// Requests per second.
        rate: f64,
    },
    /// The rest of a closed profile keeps so many requests in flight.
    SetConcurrency {
        /// Connections.
        concurrency: u32,
    },
    /// No more requests are offered; the run's clock goes on.
    Pause,
    /// Requests are offered again, as the profile says for the time that it is now.
    Resume,
    /// The target stays below this from then on.
    SetSoftLimit {
        /// The soft memory limit, in bytes; none lifts it.
        bytes: Option<u64>,
    },
}

impl Adjustment {
    const KINDS: &'static [&'static str] =
        &["set_rate", "set_concurrency", "pause", "resume", "set_soft_limit"];

    /// Reads the object `{kind, ...}` of an untrusted message.
    ///
    /// # Errors
    /// When the kind is unknown, or a field is unknown, missing or out of range.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let change = match reader.word("kind", Self::KINDS, None)? {
            "set_rate" => Self::SetRate { rate: reader.number(&load::RATE)? },
            "set_concurrency" => {
                Self::SetConcurrency { concurrency: reader.integer(&load::CONCURRENCY)? as u32 }
            }
            "pause" => Self::Pause,
            "set_soft_limit" => {
                let bytes = Number { name: "bytes", ..SOFT_MEMORY_BYTES };
                Self::SetSoftLimit { bytes: reader.optional_number(&bytes)?.map(|bytes| bytes as u64) }
            }
            _ => Self::Resume,
        };
        reader.finish()?;
        Ok(change)
    }

    /// Whether it can be made to a run of this load, on an instance with these limits.
    ///
    /// # Errors
    /// A rate for a closed profile, a concurrency for an open one, or more than the instance allows.
    pub fn check(&self, load: &Load, max: &InstanceLimits) -> Result<(), Rejection> {
        let closed = load.profile.concurrency().is_some();
        let refuse = |reason: &str, allowed: &str| Err(Rejection::new("change.kind", reason, allowed));
        match *self {
            Self::SetRate { .. } if closed => {
                refuse("is set_rate, but this profile has no rate", "set_concurrency, pause, resume")
            }
            Self::SetConcurrency { .. } if !closed => {
                refuse("is set_concurrency, but this profile has no concurrency", "set_rate, pause, resume")
            }
            Self::SetRate { rate } => load::RATE.capped(max.rate).accept("change.rate", rate),
            Self::SetConcurrency { concurrency } => load::CONCURRENCY
                .capped(f64::from(max.concurrency))
                .accept("change.concurrency", f64::from(concurrency)),
            Self::Pause | Self::Resume | Self::SetSoftLimit { .. } => Ok(()),
        }
    }

    /// Whether it can be made to a run within these limits.
    ///
    /// # Errors
    /// A soft memory limit that is not below the hard one.
    pub fn check_limits(&self, limits: &RunLimits) -> Result<(), Rejection> {
        match *self {
            Self::SetSoftLimit { bytes: Some(bytes) } => {
                soft_limit::check_below("change.bytes", bytes, limits.memory_bytes)
            }
            _ => Ok(()),
        }
    }
}

/// Something that was done to a run, at one instant; charts draw it as a line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEvent {
    /// When, since the run began.
    pub elapsed_ns: u64,
    /// What.
    pub what: EventKind,
}

/// What was done to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EventKind {
    /// Somebody changed the load.
    Adjusted {
        /// How.
        change: Adjustment,
    },
    /// Somebody asked for a graceful stop.
    StopAsked,
    /// A threshold with `abort_on_fail` failed, and the load was stopped.
    ThresholdFailed {
        /// The threshold, as it was written.
        threshold: String,
    },
    /// The target did something about its soft memory limit.
    SoftLimit {
        /// What.
        change: SoftLimitChange,
    },
}

impl EventKind {
    /// What happened, in a few words for a chart or a list.
    pub fn describe(&self) -> String {
        match self {
            Self::Adjusted { change: Adjustment::SetRate { rate } } => format!("rate set to {rate}/s"),
            Self::Adjusted { change: Adjustment::SetConcurrency { concurrency } } => {
                format!("concurrency set to {concurrency}")
            }
            Self::Adjusted { change: Adjustment::Pause } => "paused".to_owned(),
            Self::Adjusted { change: Adjustment::Resume } => "resumed".to_owned(),
            Self::Adjusted { change: Adjustment::SetSoftLimit { bytes: Some(bytes) } } => {
                format!("soft limit set to {}", Unit::Bytes.format(*bytes as f64))
            }
            Self::Adjusted { change: Adjustment::SetSoftLimit { bytes: None } } => {
                "soft limit lifted".to_owned()
            }
            Self::SoftLimit { change } => change.describe(),
            Self::StopAsked => "stop asked for".to_owned(),
            Self::ThresholdFailed { threshold } => format!("threshold failed: {threshold}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::load::{LoadProfile, OnSaturation};

    fn parse(value: serde_json::Value) -> Result<Adjustment, Rejection> {
        Adjustment::parse(Reader::new("change", &value)?)
    }

    fn load(profile: LoadProfile) -> Load {
        Load {
            profile,
            max_in_flight: 10,
            on_saturation: OnSaturation::Queue,
            timeout_ms: 1_000,
            arrivals: Default::default(),
        }
    }

    #[test]
    fn changes_read_back_as_they_are_written() {
        for change in [
            Adjustment::SetRate { rate: 12.5 },
            Adjustment::SetConcurrency { concurrency: 7 },
            Adjustment::Pause,
            Adjustment::Resume,
            Adjustment::SetSoftLimit { bytes: Some(64 << 20) },
            Adjustment::SetSoftLimit { bytes: None },
        ] {
            assert_eq!(parse(serde_json::to_value(change).unwrap()), Ok(change));
        }
    }

    #[test]
    fn refusals_name_the_field() {
        assert_eq!(parse(json!({"kind": "set_rate"})).unwrap_err().field, "change.rate");
        assert_eq!(parse(json!({"kind": "set_rate", "rate": 0})).unwrap_err().field, "change.rate");
        assert_eq!(parse(json!({"kind": "pause", "rate": 1})).unwrap_err().field, "change.rate");
        let soft = |bytes: u64| parse(json!({"kind": "set_soft_limit", "bytes": bytes}));
        assert_eq!(soft(1).unwrap_err().field, "change.bytes");
        let limits = RunLimits { memory_bytes: 64 << 20, soft_memory_bytes: None, wall_clock_ms: 1 };
        assert_eq!(soft(63 << 20).unwrap().check_limits(&limits), Ok(()));
        assert_eq!(soft(64 << 20).unwrap().check_limits(&limits).unwrap_err().field, "change.bytes");
        assert_eq!(parse(json!({"kind": "faster"})).unwrap_err().field, "change.kind");
    }

    #[test]
    fn a_change_suits_the_profile_and_the_instance() {
        let closed = load(LoadProfile::ConstantConcurrency { concurrency: 4, duration_ms: 1_000 });
        let open = load(LoadProfile::Pause { duration_ms: 1_000 });
        let small = InstanceLimits { rate: 100.0, concurrency: 5, ..Default::default() };
        let check = |change: Adjustment, load: &Load| change.check(load, &small).map_err(|error| error.field);
        assert_eq!(check(Adjustment::SetRate { rate: 100.0 }, &open), Ok(()));
        assert_eq!(check(Adjustment::SetRate { rate: 101.0 }, &open), Err("change.rate".to_owned()));
        assert_eq!(check(Adjustment::SetRate { rate: 1.0 }, &closed), Err("change.kind".to_owned()));
        let six = Adjustment::SetConcurrency { concurrency: 6 };
        assert_eq!(check(six, &closed), Err("change.concurrency".to_owned()));
        assert_eq!(check(six, &open), Err("change.kind".to_owned()));
        assert_eq!(check(Adjustment::Pause, &closed), Ok(()));
    }
}
