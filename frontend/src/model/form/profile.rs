//! Load profiles in the form: what stands there before anybody types, and what a profile will do, in a sentence.

use heapgym_shared::{
    RunSpec,
    field::Number,
    load::{Arrivals, LoadProfile, PROFILES, Schedule},
    unit::Unit,
};

/// Whether requests of this kind of profile start when they are due.
pub(super) fn is_open(kind: &str) -> bool {
    PROFILES.iter().any(|info| info.id == kind && info.open)
}

/// The title of a kind of profile.
pub(super) fn title(kind: &str) -> &'static str {
    PROFILES.iter().find(|info| info.id == kind).map_or("", |info| info.title)
}

/// The number with a default for a first run: short enough that a newcomer sees a result soon.
pub(super) fn suggested(number: Number) -> Number {
    let default = match number.name {
        "duration_ms" => 10_000.0,
        "rate" | "concurrency" | "mean" => 100.0,
        "iterations" => 1_000.0,
        "start_from" | "increment" | "base_rate" | "burst_rate" => 50.0,
        "peak_rate" => 200.0,
        "amplitude" => 80.0,
        _ => return number,
    };
    number.with_default(Some(default))
}

/// What the load phase of a run will do.
pub fn forecast(spec: &RunSpec) -> String {
    let (profile, duration_ms) = (&spec.load.profile, spec.load.profile.duration_ms());
    let length = Unit::Milliseconds.format(duration_ms as f64);
    let count = |number: f64| Unit::Count.format(number);
    match *profile {
        LoadProfile::ConstantConcurrency { concurrency, .. } => format!(
            "{}, each busy for {length}: how many requests that makes, the service decides.",
            connections(concurrency.into())
        ),
        LoadProfile::RampingConcurrency { .. } => format!(
            "Up to {} in {length}: how many requests that makes, the service decides.",
            connections(profile.concurrency().unwrap_or(0).into())
        ),
        LoadProfile::FixedIterations { iterations, concurrency, .. } => format!(
            "{} requests over {}, in {length} at most.",
            count(iterations as f64),
            connections(concurrency.into())
        ),
        _ => match Schedule::of(&spec.load, spec.seed) {
            Some(schedule) => of_rate(spec, &schedule, &length),
            None => String::new(),
        },
    }
}

fn of_rate(spec: &RunSpec, schedule: &Schedule, length: &str) -> String {
    let profile = &spec.load.profile;
    let total = schedule.expected(profile.duration_ms() * NS_PER_MS).round();
    if total == 0.0 {
        return format!("No requests for {length}.");
    }
    let about = match spec.load.arrivals {
        Arrivals::Uniform => "",
        Arrivals::Poisson => "About ",
    };
    let how = if let LoadProfile::Burst { burst_rate, burst_delay_ms, .. } = *profile {
        let delay = Unit::Milliseconds.format(burst_delay_ms as f64);
        format!("{} at the same instant, every {delay}", Unit::Count.format(burst_rate.into()))
    } else {
        match extent(profile, schedule) {
            (least, most) if least == most => format!("a steady {}", rate(most)),
            (least, most) => format!("between {} and {}", rate(least), rate(most)),
        }
    };
    format!("{about}{} requests in {length}, {how}.", Unit::Count.format(total))
}

const NS_PER_MS: u64 = 1_000_000;

/// The least and the greatest rate of a profile: those where its pieces begin and end.
fn extent(profile: &LoadProfile, schedule: &Schedule) -> (f64, f64) {
    let (turns, end_ms) = (profile.turns_ms(), profile.duration_ms());
    let instants = turns.into_iter().chain([0, end_ms]).map(|turn_ms| turn_ms * NS_PER_MS);
    // Before and after each turn: a stage of no duration is a jump.
    let rates = instants
        .flat_map(|turn| [turn.saturating_sub(1), turn])
        .filter(|instant| *instant < end_ms * NS_PER_MS)
        .map(|instant| (schedule.rate_at(instant) * 1e3).round() / 1e3);
    rates.fold((f64::INFINITY, 0.0), |(least, most), rate| (rate.min(least), rate.max(most)))
}

fn rate(per_second: f64) -> String {
    Unit::PerSecond.format(per_second)
}

fn connections(number: f64) -> String {
    let plural = if number == 1.0 { "" } else { "s" };
    format!("{} connection{plural}", Unit::Count.format(number))
}
