//! How requests arrive: the load profile and what happens when the target cannot keep up.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Number, Reader, Rejection},
    unit::Unit,
};

/// Requests per `time_unit_ms`.
pub const RATE: Number = Number {
    name: "rate",
    title: "Rate",
    unit: Unit::PerSecond,
    min: 0.1,
    max: 200_000.0,
    default: None,
    whole: false,
    help: "Requests offered per second, whether or not the target keeps up.",
};

/// Requests kept in flight.
pub const CONCURRENCY: Number = Number {
    name: "concurrency",
    title: "Concurrency",
    unit: Unit::Count,
    min: 1.0,
    max: 10_000.0,
    default: None,
    whole: true,
    help: "Connections that each send the next request as soon as the last one is answered.",
};

/// How long the load phase lasts.
pub const DURATION_MS: Number = Number {
    name: "duration_ms",
    title: "Duration",
    unit: Unit::Milliseconds,
    min: 1_000.0,
    max: 600_000.0,
    default: Some(20_000.0),
    whole: true,
    help: "How long the load phase lasts.",
};

/// Upper bound on requests in flight of an open profile.
pub const MAX_IN_FLIGHT: Number = Number {
    name: "max_in_flight",
    title: "Max in flight",
    unit: Unit::Count,
    min: 1.0,
    max: 10_000.0,
    default: Some(1_000.0),
    whole: true,
    help: "Connections an arrival-rate profile may open before `on_saturation` decides.",
};

/// How long one request may take.
pub const TIMEOUT_MS: Number = Number {
    name: "timeout_ms",
    title: "Timeout",
    unit: Unit::Milliseconds,
    min: 10.0,
    max: 60_000.0,
    default: Some(10_000.0),
    whole: true,
    help: "A request without a full reply after this long counts as failed, at this latency.",
};

/// The profile kinds that can be run today.
pub const KINDS: &[&str] = &["constant_concurrency", "constant_arrival_rate"];

/// What to do with requests that cannot start because `max_in_flight` is reached, the default first.
pub const ON_SATURATION: &[&str] = &["queue", "drop", "abort"];

/// How requests arrive, and within which bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// When requests start.
    pub profile: LoadProfile,
    /// Upper bound on requests in flight; the concurrency itself for closed profiles.
    pub max_in_flight: u32,
    /// What to do with a request that cannot start in time.
    pub on_saturation: OnSaturation,
    /// A request without a full reply after this long has failed.
    pub timeout_ms: u64,
}

/// What to do with a request whose instant has come while `max_in_flight` are on their way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnSaturation {
    /// Start it late; its response time includes the wait.
    Queue,
    /// Leave it out and count it as dropped.
    Drop,
    /// End the run with the outcome `saturated`.
    Abort,
}

/// When requests start. Words and fields follow k6, Gatling and vegeta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoadProfile {
    /// Open: a steady rate, whether or not the target keeps up.
    ConstantArrivalRate {
        /// Requests per second.
        rate: f64,
        /// How long.
        duration_ms: u64,
    },
    /// Open: the rate moves linearly through stages.
    RampingArrivalRate {
        /// Requests per second at the start.
        start_rate: f64,
        /// Where the rate goes; a stage of no duration is a jump.
        stages: Vec<Stage>,
    },
    /// Closed: so many connections, each busy all the time.
    ConstantConcurrency {
        /// Connections.
        concurrency: u32,
        /// How long.
        duration_ms: u64,
    },
    /// Closed: the number of connections moves linearly through stages.
    RampingConcurrency {
        /// Connections at the start.
        start_concurrency: u32,
        /// Where the number goes.
        stages: Vec<Stage>,
    },
    /// Closed: a number of requests, however long they take.
    FixedIterations {
        /// Requests.
        iterations: u64,
        /// Connections.
        concurrency: u32,
        /// The latest end.
        max_duration_ms: u64,
    },
    /// Open: a stair.
    Step {
        /// Requests per second on the first level.
        start_from: f64,
        /// Requests per second added with each level.
        increment: f64,
        /// Number of levels.
        levels: u32,
        /// How long each level lasts.
        level_duration_ms: u64,
    },
    /// Open: a base rate with one peak.
    Spike {
        /// Requests per second outside the peak.
        base_rate: f64,
        /// Requests per second in the peak.
        peak_rate: f64,
        /// When the peak begins.
        at_ms: u64,
        /// How long it lasts.
        hold_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// Open: a rate that swings around a mean.
    Sine {
        /// Mean requests per second.
        mean: f64,
        /// Largest distance from the mean, in requests per second.
        amplitude: f64,
        /// Length of one swing.
        period_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// Open: groups of requests that start together.
    Burst {
        /// Requests in each group.
        burst_rate: u32,
        /// From one group to the next.
        burst_delay_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// No requests at all.
    Pause {
        /// How long.
        duration_ms: u64,
    },
}

/// One stage of a ramp.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Rate or concurrency at the end of the stage.
    pub target: f64,
    /// Length of the stage; 0 is a jump.
    pub duration_ms: u64,
}

impl Load {
    /// Reads the object `{profile, max_in_flight, on_saturation, timeout_ms}`.
    ///
    /// # Errors
    /// When a field is unknown, missing or out of range.
    pub fn parse(mut reader: Reader<'_>, max: &Caps) -> Result<Self, Rejection> {
        let profile = LoadProfile::parse(reader.required_object("profile", "{kind, ...}")?, max)?;
        let in_flight = reader.integer(&MAX_IN_FLIGHT.capped(max.concurrency))? as u32;
        let load = Self {
            max_in_flight: profile.concurrency().unwrap_or(in_flight),
            profile,
            on_saturation: match reader.word("on_saturation", ON_SATURATION, Some(ON_SATURATION[0]))? {
                "drop" => OnSaturation::Drop,
                "abort" => OnSaturation::Abort,
                _ => OnSaturation::Queue,
            },
            timeout_ms: reader.integer(&TIMEOUT_MS)?,
        };
        reader.finish()?;
        Ok(load)
    }
}

/// What an instance allows of a load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Caps {
    /// Longest load phase, in milliseconds.
    pub duration_ms: f64,
    /// Highest rate, per second.
    pub rate: f64,
    /// Most requests in flight.
    pub concurrency: f64,
}

impl LoadProfile {
    fn parse(mut reader: Reader<'_>, max: &Caps) -> Result<Self, Rejection> {
        let profile = match reader.word("kind", KINDS, None)? {
            "constant_arrival_rate" => Self::ConstantArrivalRate {
                rate: reader.number(&RATE.capped(max.rate))?,
                duration_ms: reader.integer(&DURATION_MS.capped(max.duration_ms))?,
            },
            _ => Self::ConstantConcurrency {
                concurrency: reader.integer(&CONCURRENCY.capped(max.concurrency))? as u32,
                duration_ms: reader.integer(&DURATION_MS.capped(max.duration_ms))?,
            },
        };
        reader.finish()?;
        Ok(profile)
    }

    /// How long the load phase lasts at most.
    pub fn duration_ms(&self) -> u64 {
        match self {
            Self::ConstantArrivalRate { duration_ms, .. }
            | Self::ConstantConcurrency { duration_ms, .. }
            | Self::Spike { duration_ms, .. }
            | Self::Sine { duration_ms, .. }
            | Self::Burst { duration_ms, .. }
            | Self::Pause { duration_ms } => *duration_ms,
            Self::RampingArrivalRate { stages, .. } | Self::RampingConcurrency { stages, .. } => {
                stages.iter().map(|stage| stage.duration_ms).sum()
            }
            Self::FixedIterations { max_duration_ms, .. } => *max_duration_ms,
            Self::Step { levels, level_duration_ms, .. } => u64::from(*levels) * level_duration_ms,
        }
    }

    /// The number of connections of a closed profile; none for open ones.
    pub fn concurrency(&self) -> Option<u32> {
        match self {
            Self::ConstantConcurrency { concurrency, .. } | Self::FixedIterations { concurrency, .. } => {
                Some(*concurrency)
            }
            Self::RampingConcurrency { start_concurrency, stages } => {
                let most = stages.iter().map(|stage| stage.target as u32).max().unwrap_or(0);
                Some(most.max(*start_concurrency))
            }
            Self::ConstantArrivalRate { .. }
            | Self::RampingArrivalRate { .. }
            | Self::Step { .. }
            | Self::Spike { .. }
            | Self::Sine { .. }
            | Self::Burst { .. }
            | Self::Pause { .. } => None,
        }
    }
}
