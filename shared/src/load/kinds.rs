//! The kinds of load profile, with what can be set of each: for form, command line and catalogue.

use serde::Serialize;

use super::fields::{
    AMPLITUDE, AT_MS, BASE_RATE, BURST_DELAY_MS, BURST_RATE, CONCURRENCY, DURATION_MS, HOLD_MS, INCREMENT,
    ITERATIONS, LEVEL_DURATION_MS, LEVELS, MAX_DURATION_MS, MEAN, PEAK_RATE, PERIOD_MS, RATE,
    START_CONCURRENCY, START_FROM, START_RATE, TARGET_CONCURRENCY, TARGET_RATE, TIME_UNIT_MS,
};
use crate::field::Number;

/// What a kind of load profile is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ProfileInfo {
    /// Its id, the `kind` in JSON.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// When its requests start, in a sentence.
    pub summary: &'static str,
    /// Whether requests start when they are due, whether or not earlier ones were answered.
    pub open: bool,
    /// What can be set.
    pub fields: &'static [ProfileField],
}

/// Something that can be set of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ProfileField {
    /// A number in a range.
    Number(Number),
    /// A list of stages, as a list of objects or in one text.
    Stages(Stages),
}

/// The stages of a ramp: 1 to 100 of them. [`super::Stage::parse_list`] reads their text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stages {
    /// Its key in JSON.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// The range of each target.
    pub target: Number,
    /// A text that is accepted.
    pub example: &'static str,
    /// A sentence or two on what it does.
    pub help: &'static str,
}

impl ProfileField {
    /// Its key in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number(number) => number.name,
            Self::Stages(stages) => stages.name,
        }
    }
}

/// The ids of all kinds of profile.
pub const KINDS: &[&str] = &{
    let mut ids = [""; PROFILES.len()];
    let mut kind = 0;
    while kind < ids.len() {
        ids[kind] = PROFILES[kind].id;
        kind += 1;
    }
    ids
};

/// Every kind of load profile, the two most used first.
pub const PROFILES: &[ProfileInfo] = &[
    ProfileInfo {
        id: "constant_concurrency",
        title: "Constant concurrency",
        summary: "So many connections each send the next request when the last one is answered: a slow service is \
                  asked less.",
        open: false,
        fields: &[number(CONCURRENCY), number(DURATION_MS)],
    },
    ProfileInfo {
        id: "constant_arrival_rate",
        title: "Constant arrival rate",
        summary: "Requests are offered at a steady rate, whether or not the service keeps up.",
        open: true,
        fields: &[number(RATE), number(DURATION_MS), number(TIME_UNIT_MS)],
    },
    ProfileInfo {
        id: "ramping_arrival_rate",
        title: "Ramping arrival rate",
        summary: "The rate moves in straight lines from stage to stage.",
        open: true,
        fields: &[number(START_RATE), RATE_STAGES, number(TIME_UNIT_MS)],
    },
    ProfileInfo {
        id: "ramping_concurrency",
        title: "Ramping concurrency",
        summary: "The number of connections moves in straight lines from stage to stage.",
        open: false,
        fields: &[number(START_CONCURRENCY), CONCURRENCY_STAGES],
    },
    ProfileInfo {
        id: "fixed_iterations",
        title: "Fixed iterations",
        summary: "A number of requests is sent over so many connections, however long they take.",
        open: false,
        fields: &[number(ITERATIONS), number(CONCURRENCY), number(MAX_DURATION_MS)],
    },
    ProfileInfo {
        id: "step",
        title: "Step",
        summary: "The rate climbs a stair of equal levels.",
        open: true,
        fields: &[number(START_FROM), number(INCREMENT), number(LEVELS), number(LEVEL_DURATION_MS)],
    },
    ProfileInfo {
        id: "spike",
        title: "Spike",
        summary: "A base rate with one peak.",
        open: true,
        fields: &[number(BASE_RATE), number(PEAK_RATE), number(AT_MS), number(HOLD_MS), number(DURATION_MS)],
    },
    ProfileInfo {
        id: "sine",
        title: "Sine",
        summary: "The rate swings around a mean, up first.",
        open: true,
        fields: &[number(MEAN), number(AMPLITUDE), number(PERIOD_MS), number(DURATION_MS)],
    },
    ProfileInfo {
        id: "burst",
        title: "Burst",
        summary: "Groups of requests that are due together, with nothing in between.",
        open: true,
        fields: &[number(BURST_RATE), number(BURST_DELAY_MS), number(DURATION_MS)],
    },
    ProfileInfo {
        id: "pause",
        title: "Pause",
        summary: "No requests at all: what the service does by itself.",
        open: true,
        fields: &[number(DURATION_MS)],
    },
];

const RATE_STAGES: ProfileField = stages(
    TARGET_RATE,
    "200 for 10s, 0 for 5s",
    "The rate that each stage ends with, and how long the way there takes; 0s is a jump.",
);
const CONCURRENCY_STAGES: ProfileField = stages(
    TARGET_CONCURRENCY,
    "100 for 10s, 1 for 5s",
    "The connections that each stage ends with, and how long the way there takes; 0s is a jump.",
);

const fn number(number: Number) -> ProfileField {
    ProfileField::Number(number)
}

const fn stages(target: Number, example: &'static str, help: &'static str) -> ProfileField {
    ProfileField::Stages(Stages { name: "stages", title: "Stages", target, example, help })
}
