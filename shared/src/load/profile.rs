//! When requests start: the kinds of load profile, each with what it needs to know.

use serde::{Deserialize, Serialize};

use super::{
    fields,
    kinds::{PROFILES, ProfileField},
    stage::Stage,
};

/// When requests start. Words and fields follow k6, Gatling and vegeta.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LoadProfile {
    /// Open: a steady rate, whether or not the target keeps up.
    ConstantArrivalRate {
        /// Requests per time unit.
        rate: f64,
        /// What the rate counts per.
        #[serde(default = "a_second")]
        time_unit_ms: u64,
        /// How long.
        duration_ms: u64,
    },
    /// Open: the rate moves linearly through stages.
    RampingArrivalRate {
        /// Requests per time unit at the start.
        start_rate: f64,
        /// What the rates count per.
        #[serde(default = "a_second")]
        time_unit_ms: u64,
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
        /// Where the number goes; targets are whole.
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
        /// Requests per second added with each level; a stair down has less than 0.
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
        /// How long it lasts; it ends no later than the profile.
        hold_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// Open: a rate that swings around a mean, up first.
    Sine {
        /// Mean requests per second.
        mean: f64,
        /// Largest distance from the mean, in requests per second; at most the mean.
        amplitude: f64,
        /// Length of one swing.
        period_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// Open: groups of requests that start together, the first at once.
    Burst {
        /// Requests in each group.
        burst_rate: u32,
        /// From one group to the next.
        burst_delay_ms: u64,
        /// How long the whole profile lasts.
        duration_ms: u64,
    },
    /// Open: no requests at all.
    Pause {
        /// How long.
        duration_ms: u64,
    },
}

fn a_second() -> u64 {
    1_000
}

impl LoadProfile {
    /// The id of its kind, as JSON has it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ConstantArrivalRate { .. } => "constant_arrival_rate",
            Self::RampingArrivalRate { .. } => "ramping_arrival_rate",
            Self::ConstantConcurrency { .. } => "constant_concurrency",
            Self::RampingConcurrency { .. } => "ramping_concurrency",
            Self::FixedIterations { .. } => "fixed_iterations",
            Self::Step { .. } => "step",
            Self::Spike { .. } => "spike",
            Self::Sine { .. } => "sine",
            Self::Burst { .. } => "burst",
            Self::Pause { .. } => "pause",
        }
    }

    /// What can be set of a kind of profile, in the order of a form; nothing of an unknown kind.
    pub fn fields(kind: &str) -> &'static [ProfileField] {
        PROFILES.iter().find(|info| info.id == kind).map_or(&[], |info| info.fields)
    }

    /// Whether requests start when they are due, whether or not earlier ones were answered.
    pub fn is_open(&self) -> bool {
        self.start_concurrency().is_none()
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

    /// Where the rate turns or jumps between its beginning and its end, in milliseconds: where stages, levels and holds
    /// begin. Of a swing, crest and trough of the first one.
    pub fn turns_ms(&self) -> Vec<u64> {
        match self {
            Self::RampingArrivalRate { stages, .. } | Self::RampingConcurrency { stages, .. } => {
                let ends = stages.iter().scan(0, |end, stage| {
                    *end += stage.duration_ms;
                    Some(*end)
                });
                ends.collect()
            }
            Self::Step { levels, level_duration_ms, .. } => {
                (1..u64::from(*levels)).map(|level| level * level_duration_ms).collect()
            }
            Self::Spike { at_ms, hold_ms, .. } => vec![*at_ms, at_ms.saturating_add(*hold_ms)],
            Self::Sine { period_ms, .. } => vec![period_ms / 4, period_ms * 3 / 4],
            Self::ConstantArrivalRate { .. }
            | Self::ConstantConcurrency { .. }
            | Self::FixedIterations { .. }
            | Self::Burst { .. }
            | Self::Pause { .. } => Vec::new(),
        }
    }

    /// The most connections that a closed profile has at once; `None` for open ones.
    pub fn concurrency(&self) -> Option<u32> {
        let start = self.start_concurrency()?;
        let Self::RampingConcurrency { stages, .. } = self else { return Some(start) };
        let targets = stages.iter().map(|stage| stage.target as u32);
        Some(targets.fold(start, u32::max).max(fields::CONCURRENCY.min as u32))
    }

    /// The connections that a closed profile begins with; `None` for open ones.
    pub(super) fn start_concurrency(&self) -> Option<u32> {
        match self {
            Self::ConstantConcurrency { concurrency, .. } | Self::FixedIterations { concurrency, .. } => {
                Some(*concurrency)
            }
            Self::RampingConcurrency { start_concurrency, .. } => Some(*start_concurrency),
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
