//! What can be changed while a run goes on, and the events that tell of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    field::{Number, Reader, Rejection},
    load::{self, Load},
    outcome::Child,
    pool::{PoolKind, PoolOptions},
    soft_limit::{self, SOFT_MEMORY_BYTES},
    spec::{InstanceLimits, RunLimits, RunSpec, allocator},
    unit::Unit,
};

mod event;
mod scheduled;
#[cfg(test)]
mod tests;

pub use event::{EventKind, RunEvent};
pub use scheduled::ScheduledChange;

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
        /// The soft memory limit, in bytes; `None` lifts it.
        bytes: Option<u64>,
    },
    /// All arenas of the target's allocator keep freed pages for so long from then on.
    SetDecay {
        /// Dirty pages, in milliseconds: 0 not at all, -1 for ever, `None` as before.
        dirty_ms: Option<i64>,
        /// Muzzy pages, likewise.
        muzzy_ms: Option<i64>,
    },
    /// The target's allocator gives all freed pages back.
    Purge,
    /// The target's allocator gives pages back from threads of its own, or no longer does.
    SetBackgroundThread {
        /// Whether it does.
        on: bool,
    },
    /// The target's pools keep at most so many idle buffers, all together.
    SetPoolLimit {
        /// Buffers.
        idle: u32,
    },
    /// Allocations are counted by stack from now on, for a heap profile.
    StartProfile,
    /// Allocations are no longer counted; what was counted is kept.
    StopProfile,
    /// A heap profile is taken of what was counted so far.
    TakeProfile,
}

/// What a change did to the target. Tagged from outside, as the target's frames need it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It was made. What was kept is freed pages, and for pools the buffers that wait.
    Made {
        /// Bytes that were kept before.
        before_bytes: u64,
        /// Bytes that were kept right after.
        after_bytes: u64,
        /// How long it took.
        took_ns: u64,
    },
    /// It was not made, and all went on as before.
    Refused {
        /// What the allocator said, or why nobody asked it.
        reason: String,
    },
}

impl Effect {
    /// What came of it, in a few words.
    fn describe(&self) -> String {
        match self {
            Self::Made { before_bytes, after_bytes, took_ns } => format!(
                "kept for reuse: {} before, {} after, in {}",
                Unit::Bytes.format(*before_bytes as f64),
                Unit::Bytes.format(*after_bytes as f64),
                Unit::Nanoseconds.format(*took_ns as f64)
            ),
            Self::Refused { reason } => format!("refused: {reason}"),
        }
    }
}

/// Most idle buffers that pools may be limited to.
pub const IDLE: Number = Number {
    name: "idle",
    title: "Idle buffers",
    unit: Unit::Count,
    min: 0.0,
    max: 4_096.0,
    default: None,
    whole: true,
    help: "Idle buffers that all pools together keep from now on.",
};

/// The soft limit of a run that goes on.
pub const SOFT_LIMIT_BYTES: Number = Number { name: "bytes", ..SOFT_MEMORY_BYTES };

const DIRTY_MS: Number = Number { name: "dirty_ms", ..allocator::DIRTY_DECAY_MS };
const MUZZY_MS: Number = Number { name: "muzzy_ms", ..allocator::MUZZY_DECAY_MS };

impl Adjustment {
    /// The kinds of change, as JSON and the command line write them.
    pub const KINDS: &'static [&'static str] = &[
        "set_rate",
        "set_concurrency",
        "pause",
        "resume",
        "set_soft_limit",
        "set_decay",
        "purge",
        "set_background_thread",
        "set_pool_limit",
        "start_profile",
        "stop_profile",
        "take_profile",
    ];

    /// Which child makes it: the load generator, or the target.
    pub fn made_by(&self) -> Child {
        match self {
            Self::SetRate { .. } | Self::SetConcurrency { .. } | Self::Pause | Self::Resume => Child::Load,
            Self::SetSoftLimit { .. }
            | Self::SetDecay { .. }
            | Self::Purge
            | Self::SetBackgroundThread { .. }
            | Self::SetPoolLimit { .. }
            | Self::StartProfile
            | Self::StopProfile
            | Self::TakeProfile => Child::Target,
        }
    }

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
                let bytes = reader.optional_number(&SOFT_LIMIT_BYTES)?;
                Self::SetSoftLimit { bytes: bytes.map(|bytes| bytes as u64) }
            }
            "set_decay" => {
                let mut decay = |field| Ok(reader.optional_number(field)?.map(|ms| ms as i64));
                let (dirty_ms, muzzy_ms) = (decay(&DIRTY_MS)?, decay(&MUZZY_MS)?);
                if dirty_ms.is_none() && muzzy_ms.is_none() {
                    return Err(Rejection::new(
                        reader.path(DIRTY_MS.name),
                        "is missing",
                        "dirty_ms, muzzy_ms or both",
                    ));
                }
                Self::SetDecay { dirty_ms, muzzy_ms }
            }
            "purge" => Self::Purge,
            "set_background_thread" => {
                let path = reader.path("on");
                let on = reader.value("on").and_then(Value::as_bool);
                Self::SetBackgroundThread {
                    on: on.ok_or_else(|| Rejection::new(path, "is neither true nor false", "true, false"))?,
                }
            }
            "set_pool_limit" => Self::SetPoolLimit { idle: reader.integer(&IDLE)? as u32 },
            "start_profile" => Self::StartProfile,
            "stop_profile" => Self::StopProfile,
            "take_profile" => Self::TakeProfile,
            _ => Self::Resume,
        };
        reader.finish()?;
        Ok(change)
    }

    /// Whether it can be made to this run, on an instance with these limits.
    ///
    /// # Errors
    /// A rate for a closed profile, a concurrency for an open one, more than the instance allows, a soft memory limit
    /// that is not below the hard one, or a limit of pools for a variant that has none.
    pub fn check(&self, spec: &RunSpec, max: &InstanceLimits) -> Result<(), Rejection> {
        self.check_load(&spec.load, max)?;
        self.check_limits(&spec.limits)?;
        match (self, spec.pool) {
            (Self::SetPoolLimit { .. }, None) => {
                let reason = format!("is set_pool_limit, but {} has no pool", spec.variant);
                Err(Rejection::new("change.kind", reason, "a variant with a pool"))
            }
            (Self::SetPoolLimit { .. }, Some(PoolOptions { kind: PoolKind::None, .. })) => {
                let reason = "is set_pool_limit, but a pool of the kind none keeps no buffers";
                Err(Rejection::new("change.kind", reason, "a pool that keeps buffers"))
            }
            _ => Ok(()),
        }
    }

    fn check_load(&self, load: &Load, max: &InstanceLimits) -> Result<(), Rejection> {
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
            _ => Ok(()),
        }
    }

    fn check_limits(&self, limits: &RunLimits) -> Result<(), Rejection> {
        match *self {
            Self::SetSoftLimit { bytes: Some(bytes) } => {
                soft_limit::check_below("change.bytes", bytes, limits.memory_bytes)
            }
            _ => Ok(()),
        }
    }

    /// What it changes, in a few words.
    pub fn describe(&self) -> String {
        let decay = |ms: i64| match ms {
            -1 => "never".to_owned(),
            ms => Unit::Milliseconds.format(ms as f64),
        };
        match *self {
            Self::SetRate { rate } => format!("rate set to {rate}/s"),
            Self::SetConcurrency { concurrency } => format!("concurrency set to {concurrency}"),
            Self::Pause => "paused".to_owned(),
            Self::Resume => "resumed".to_owned(),
            Self::SetSoftLimit { bytes: Some(bytes) } => {
                format!("soft limit set to {}", Unit::Bytes.format(bytes as f64))
            }
            Self::SetSoftLimit { bytes: None } => "soft limit lifted".to_owned(),
            Self::SetDecay { dirty_ms, muzzy_ms } => {
                let parts = [("dirty", dirty_ms), ("muzzy", muzzy_ms)];
                let set = parts
                    .iter()
                    .filter_map(|(pages, ms)| Some(format!("{pages} decay set to {}", decay((*ms)?))));
                set.collect::<Vec<_>>().join(", ")
            }
            Self::Purge => "purged".to_owned(),
            Self::SetBackgroundThread { on } => {
                format!("background threads {}", if on { "on" } else { "off" })
            }
            Self::SetPoolLimit { idle } => format!("pools limited to {idle} idle buffers"),
            Self::StartProfile => "heap profile asked to begin".to_owned(),
            Self::StopProfile => "heap profile asked to end".to_owned(),
            Self::TakeProfile => "heap profile asked for".to_owned(),
        }
    }
}
