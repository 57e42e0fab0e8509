//! Load profiles from untrusted JSON: every refusal names the field and what would be accepted.

use super::{Caps, LoadProfile, Stage, fields, kinds::KINDS};
use crate::{
    field::{Number, Reader, Rejection},
    unit::Unit,
};

const MS_PER_S: f64 = 1_000.0;

impl LoadProfile {
    /// Reads the object `{kind, ...}`.
    pub(super) fn parse(mut reader: Reader<'_>, max: &Caps) -> Result<Self, Rejection> {
        let profile = match reader.word("kind", KINDS, None)? {
            "constant_arrival_rate" => {
                let time_unit_ms = reader.integer(&fields::TIME_UNIT_MS)?;
                Self::ConstantArrivalRate {
                    rate: reader.number(&per_unit(fields::RATE, time_unit_ms, max))?,
                    time_unit_ms,
                    duration_ms: reader.integer(&max.lower(fields::DURATION_MS))?,
                }
            }
            "ramping_arrival_rate" => {
                let time_unit_ms = reader.integer(&fields::TIME_UNIT_MS)?;
                let start_rate = reader.number(&per_unit(fields::START_RATE, time_unit_ms, max))?;
                let target = per_unit(fields::TARGET_RATE, time_unit_ms, max);
                let stages = Stage::read_all(&mut reader, start_rate, &target, max)?;
                Self::RampingArrivalRate { start_rate, time_unit_ms, stages }
            }
            "ramping_concurrency" => {
                let start_concurrency = reader.integer(&max.lower(fields::START_CONCURRENCY))? as u32;
                let target = fields::TARGET_CONCURRENCY.capped(max.concurrency);
                let stages = Stage::read_all(&mut reader, f64::from(start_concurrency), &target, max)?;
                Self::RampingConcurrency { start_concurrency, stages }
            }
            "fixed_iterations" => Self::FixedIterations {
                iterations: reader.integer(&fields::ITERATIONS)?,
                concurrency: reader.integer(&max.lower(fields::CONCURRENCY))? as u32,
                max_duration_ms: reader.integer(&max.lower(fields::MAX_DURATION_MS))?,
            },
            "step" => step(&mut reader, max)?,
            "spike" => spike(&mut reader, max)?,
            "sine" => {
                let mean = reader.number(&max.lower(fields::MEAN))?;
                Self::Sine {
                    mean,
                    // The trough is no rate below 0, and the crest none above what is allowed.
                    amplitude: reader.number(&fields::AMPLITUDE.capped(mean.min(max.rate - mean)))?,
                    period_ms: reader.integer(&fields::PERIOD_MS)?,
                    duration_ms: reader.integer(&max.lower(fields::DURATION_MS))?,
                }
            }
            "burst" => {
                let burst_delay_ms = reader.integer(&fields::BURST_DELAY_MS)?;
                let most = (max.rate * burst_delay_ms as f64 / MS_PER_S).floor();
                Self::Burst {
                    burst_rate: reader.integer(&fields::BURST_RATE.capped(most))? as u32,
                    burst_delay_ms,
                    duration_ms: reader.integer(&max.lower(fields::DURATION_MS))?,
                }
            }
            "pause" => Self::Pause { duration_ms: reader.integer(&max.lower(fields::DURATION_MS))? },
            _ => Self::ConstantConcurrency {
                concurrency: reader.integer(&max.lower(fields::CONCURRENCY))? as u32,
                duration_ms: reader.integer(&max.lower(fields::DURATION_MS))?,
            },
        };
        reader.finish()?;
        Ok(profile)
    }
}

fn step(reader: &mut Reader<'_>, max: &Caps) -> Result<LoadProfile, Rejection> {
    let start_from = reader.number(&max.lower(fields::START_FROM))?;
    let levels = reader.integer(&fields::LEVELS)?;
    let steps = levels as f64 - 1.0;
    let increment = reader.number(&fields::INCREMENT)?;
    // To a millionth, as rates are run: a stair down to 0 shall not end a hair below.
    let last = ((start_from + increment * steps) * 1e6).round() / 1e6;
    if !(0.0..=max.rate).contains(&last) {
        let unit = fields::INCREMENT.unit;
        let allowed = (unit.format(-start_from / steps), unit.format((max.rate - start_from) / steps));
        let reason =
            format!("is {}, which leads to {} on the last level", unit.format(increment), unit.format(last));
        let allowed = format!("{} to {} for {levels} levels", allowed.0, allowed.1);
        return Err(Rejection::new(reader.path(fields::INCREMENT.name), reason, allowed));
    }
    let shares =
        |ms: f64| (ms / levels as f64).clamp(fields::LEVEL_DURATION_MS.min, fields::LEVEL_DURATION_MS.max);
    // As long as all the levels together may last, and no shorter than a profile must.
    let level = Number {
        min: shares(fields::DURATION_MS.min).ceil(),
        max: shares(max.duration_ms.min(fields::DURATION_MS.max)).floor(),
        ..fields::LEVEL_DURATION_MS
    };
    Ok(LoadProfile::Step {
        start_from,
        increment,
        levels: levels as u32,
        level_duration_ms: reader.integer(&level)?,
    })
}

fn spike(reader: &mut Reader<'_>, max: &Caps) -> Result<LoadProfile, Rejection> {
    let base_rate = reader.number(&max.lower(fields::BASE_RATE))?;
    let peak_rate = reader.number(&max.lower(fields::PEAK_RATE))?;
    let duration_ms = reader.integer(&max.lower(fields::DURATION_MS))?;
    let end = duration_ms as f64;
    // A peak begins and ends within the profile.
    let at_ms = reader.integer(&fields::AT_MS.capped(end - fields::HOLD_MS.min))?;
    let hold_ms = reader.integer(&fields::HOLD_MS.capped(end - at_ms as f64))?;
    Ok(LoadProfile::Spike { base_rate, peak_rate, at_ms, hold_ms, duration_ms })
}

/// A rate that counts per time unit, capped by what is allowed per second.
fn per_unit(field: Number, time_unit_ms: u64, max: &Caps) -> Number {
    if time_unit_ms as f64 == MS_PER_S {
        return max.lower(field);
    }
    let most = max.rate.min(field.max) * time_unit_ms as f64 / MS_PER_S;
    Number { unit: Unit::Count, max: most, ..field }
}
