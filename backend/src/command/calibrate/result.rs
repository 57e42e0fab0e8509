//! What a calibration found. `--json` writes exactly this.

use heapgym_shared::{
    Report,
    report::{Environment, PerRequest},
};
use serde::Serialize;

use super::{reading::Reading, settings::Setting};

/// Changes when a field changes its meaning.
const SCHEMA: u32 = 1;

/// All settings, and whether every figure was within its bound.
#[derive(Debug, Serialize)]
pub(super) struct Calibration {
    schema: u32,
    pub(super) within: bool,
    environment: Environment,
    /// What the framework needs for a request that does nothing. It is taken off every reading.
    pub(super) nothing: Option<PerRequest>,
    pub(super) settings: Vec<Measured>,
}

/// One setting.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    #[serde(rename = "asked")]
    pub(super) setting: Setting,
    pub(super) readings: [Reading; 4],
}

impl Calibration {
    /// Of what was measured, and of the run in which a request did nothing.
    pub(super) fn new(nothing: &Report, settings: Vec<Measured>) -> Self {
        Self::of(nothing.environment.clone(), nothing.per_request, settings)
    }

    pub(super) fn of(environment: Environment, nothing: Option<PerRequest>, settings: Vec<Measured>) -> Self {
        let within = settings.iter().all(|measured| measured.readings.iter().all(|reading| reading.within));
        Self { schema: SCHEMA, within, environment, nothing, settings }
    }
}
