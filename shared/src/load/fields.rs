//! The numbers of a load that a person can set, with title, range and help.

use crate::{field::Number, unit::Unit};

/// A rate per second, without a default.
const fn rate(name: &'static str, title: &'static str, min: f64, help: &'static str) -> Number {
    Number { name, title, unit: Unit::PerSecond, min, max: 200_000.0, default: None, whole: false, help }
}

/// A length in whole milliseconds.
const fn milliseconds(
    name: &'static str,
    title: &'static str,
    (min, max): (f64, f64),
    default: Option<f64>,
    help: &'static str,
) -> Number {
    Number { name, title, unit: Unit::Milliseconds, min, max, default, whole: true, help }
}

/// A whole number of things.
const fn count(
    name: &'static str,
    title: &'static str,
    (min, max): (f64, f64),
    default: Option<f64>,
    help: &'static str,
) -> Number {
    Number { name, title, unit: Unit::Count, min, max, default, whole: true, help }
}

const LONGEST_MS: f64 = 600_000.0;
const MOST_AT_ONCE: f64 = 10_000.0;

/// Requests per time unit.
pub const RATE: Number =
    rate("rate", "Rate", 0.1, "Requests offered per second, whether or not the target keeps up.");

/// What a rate counts per.
pub const TIME_UNIT_MS: Number = milliseconds(
    "time_unit_ms",
    "Time unit",
    (1.0, 60_000.0),
    Some(1_000.0),
    "Rates are requests per this time: a second, unless another is given.",
);

/// How long the load phase lasts.
pub const DURATION_MS: Number = milliseconds(
    "duration_ms",
    "Duration",
    (1_000.0, LONGEST_MS),
    Some(20_000.0),
    "How long the load phase lasts.",
);

/// Requests kept in flight.
pub const CONCURRENCY: Number = count(
    "concurrency",
    "Concurrency",
    (1.0, MOST_AT_ONCE),
    None,
    "Connections that each send the next request as soon as the last one is answered.",
);

/// Requests in all of `fixed_iterations`.
pub const ITERATIONS: Number =
    count("iterations", "Iterations", (1.0, 100_000_000.0), None, "Requests to send in all.");

/// Upper bound on requests in flight of an open profile.
pub const MAX_IN_FLIGHT: Number = count(
    "max_in_flight",
    "Max in flight",
    (1.0, MOST_AT_ONCE),
    Some(1_000.0),
    "Connections an arrival-rate profile may open before `on_saturation` decides.",
);

/// How long one request may take.
pub const TIMEOUT_MS: Number = milliseconds(
    "timeout_ms",
    "Timeout",
    (10.0, 60_000.0),
    Some(10_000.0),
    "A request without a full reply after this long counts as failed, at this latency.",
);

/// Requests in each burst.
pub const BURST_RATE: Number =
    count("burst_rate", "Burst size", (1.0, 100_000.0), None, "Requests that are due at the same instant.");

/// From one burst to the next.
pub const BURST_DELAY_MS: Number = milliseconds(
    "burst_delay_ms",
    "Burst delay",
    (10.0, 60_000.0),
    Some(1_000.0),
    "Time from one burst to the next; the first comes at once.",
);

pub(super) const START_RATE: Number =
    rate("start_rate", "Start rate", 0.0, "Requests per second at the start of the first stage.")
        .with_default(Some(0.0));
pub(super) const START_CONCURRENCY: Number = count(
    "start_concurrency",
    "Start concurrency",
    (0.0, MOST_AT_ONCE),
    Some(1.0),
    "Connections at the start of the first stage.",
);
pub(super) const TARGET_RATE: Number =
    rate("target", "Target", 0.0, "Requests per second at the end of the stage.");
pub(super) const TARGET_CONCURRENCY: Number =
    count("target", "Target", (0.0, MOST_AT_ONCE), None, "Connections at the end of the stage.");
pub(super) const STAGE_DURATION_MS: Number = milliseconds(
    "duration_ms",
    "Duration",
    (0.0, LONGEST_MS),
    None,
    "How long the way to the target takes; 0 is a jump.",
);
pub(super) const MAX_DURATION_MS: Number = milliseconds(
    "max_duration_ms",
    "Longest duration",
    (1_000.0, LONGEST_MS),
    Some(60_000.0),
    "The load ends after this long, even when not all requests were sent.",
);

pub(super) const START_FROM: Number =
    rate("start_from", "Start from", 0.0, "Requests per second on the first level.");
pub(super) const INCREMENT: Number = Number {
    min: -200_000.0,
    ..rate("increment", "Increment", 0.0, "Requests per second that each level has more than the one before.")
};
pub(super) const LEVELS: Number =
    count("levels", "Levels", (1.0, 100.0), Some(5.0), "How many levels the stair has.");
pub(super) const LEVEL_DURATION_MS: Number = milliseconds(
    "level_duration_ms",
    "Level duration",
    (100.0, LONGEST_MS),
    Some(4_000.0),
    "How long each level lasts.",
);

pub(super) const BASE_RATE: Number =
    rate("base_rate", "Base rate", 0.0, "Requests per second before and after the peak.");
pub(super) const PEAK_RATE: Number = rate("peak_rate", "Peak rate", 0.1, "Requests per second in the peak.");
pub(super) const AT_MS: Number =
    milliseconds("at_ms", "Peak at", (0.0, LONGEST_MS), Some(5_000.0), "When the peak begins.");
pub(super) const HOLD_MS: Number =
    milliseconds("hold_ms", "Peak length", (1.0, LONGEST_MS), Some(2_000.0), "How long the peak lasts.");

pub(super) const MEAN: Number =
    rate("mean", "Mean rate", 0.1, "Requests per second that the rate swings around.");
pub(super) const AMPLITUDE: Number = rate(
    "amplitude",
    "Amplitude",
    0.0,
    "How far the rate swings up and down, in requests per second; at most the mean.",
);
pub(super) const PERIOD_MS: Number = milliseconds(
    "period_ms",
    "Period",
    (100.0, LONGEST_MS),
    Some(10_000.0),
    "Length of one swing, up and down.",
);
