//! How requests arrive: the load profile and what happens when the target cannot keep up.

use serde::{Deserialize, Serialize};

use crate::field::{Number, Reader, Rejection};

mod concurrency;
mod fields;
mod kinds;
mod parse;
mod profile;
mod rate;
mod schedule;
mod stage;

pub use concurrency::Concurrency;
pub use fields::{
    BURST_DELAY_MS, BURST_RATE, CONCURRENCY, DURATION_MS, ITERATIONS, MAX_IN_FLIGHT, RATE, TIME_UNIT_MS,
    TIMEOUT_MS,
};
pub use kinds::{KINDS, PROFILES, ProfileField, ProfileInfo, Stages};
pub use profile::LoadProfile;
pub use schedule::{Schedule, Stripe};
pub use stage::Stage;

/// What to do with requests that cannot start because `max_in_flight` is reached, the default first.
pub const ON_SATURATION: &[&str] = &["queue", "drop", "abort"];

/// How the requests of an open profile are spaced, the default first.
pub const ARRIVALS: &[&str] = &["uniform", "poisson"];

/// How requests arrive, and within which bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// When requests start.
    pub profile: LoadProfile,
    /// How the requests of an open profile are spaced; uniform for closed ones.
    #[serde(default)]
    pub arrivals: Arrivals,
    /// Upper bound on requests in flight; the most that a closed profile has by itself.
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

/// How the requests of an open profile are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrivals {
    /// Evenly, as the rate says.
    #[default]
    Uniform,
    /// As independent users come: exponential gaps around what the rate says, drawn by the run's seed.
    Poisson,
}

impl Load {
    /// Reads the object `{profile, arrivals, max_in_flight, on_saturation, timeout_ms}`.
    ///
    /// # Errors
    /// When a field is unknown, missing or out of range, or does not suit the profile.
    pub fn parse(mut reader: Reader<'_>, max: &Caps) -> Result<Self, Rejection> {
        let profile = LoadProfile::parse(reader.required_object("profile", "{kind, ...}")?, max)?;
        let arrivals = match reader.word("arrivals", ARRIVALS, Some(ARRIVALS[0]))? {
            "poisson" if !profile.is_open() => {
                let reason = format!("is poisson, but {} sends when it is answered", profile.kind());
                return Err(Rejection::new(reader.path("arrivals"), reason, ARRIVALS[0]));
            }
            "poisson" => Arrivals::Poisson,
            _ => Arrivals::Uniform,
        };
        let in_flight = reader.integer(&MAX_IN_FLIGHT.capped(max.concurrency))? as u32;
        let load = Self {
            max_in_flight: profile.concurrency().unwrap_or(in_flight),
            profile,
            arrivals,
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

impl Caps {
    /// A field of a profile with its upper end lowered to what the instance allows.
    #[must_use]
    pub fn lower(&self, field: Number) -> Number {
        use crate::unit::Unit;
        match field.unit {
            Unit::PerSecond => field.capped(self.rate),
            Unit::Milliseconds => field.capped(self.duration_ms),
            _ if field.name.ends_with(CONCURRENCY.name) => field.capped(self.concurrency),
            _ => field,
        }
    }
}

#[cfg(test)]
mod tests;
