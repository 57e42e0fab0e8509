//! What a run is expected to do to memory, in a sentence, before it begins.

use heapgym_shared::{RunSpec, load::Schedule, unit::Unit, workload::Footprint};

const NS_PER_MS: u64 = 1_000_000;
/// Requests that a reader can compare with, where nobody knows how many there will be.
const MANY: f64 = 10_000.0;

/// The live memory that a run may come to, as far as it can be told.
pub(super) fn expected(spec: &RunSpec) -> String {
    let footprint = spec.workload.footprint(&spec.variant);
    let schedule = Schedule::of(&spec.load, spec.seed);
    let requests = schedule.map(|schedule| schedule.expected(spec.load.profile.duration_ms() * NS_PER_MS));
    let parts = [
        in_flight(spec, &footprint),
        shared(&footprint),
        kept(&footprint, requests),
        lingering(&footprint, spec, requests),
    ];
    let parts: Vec<Part> = parts.into_iter().flatten().collect();
    let known: f64 = parts.iter().filter_map(|part| part.bytes).sum();
    let whole = parts.iter().all(|part| part.bytes.is_some());
    let mut words: Vec<String> = parts.into_iter().map(|part| part.words).collect();
    let last = words.pop().unwrap_or_default();
    let words = if words.is_empty() { last } else { format!("{}, and {last}", words.join(", ")) };
    let limit = spec.limits.memory_bytes as f64;
    let warning = match known > limit {
        true => format!(" That is above the limit of {}: it may run out of memory.", bytes(limit)),
        false => String::new(),
    };
    let total = match known > 0.0 {
        true if whole => format!("up to about {} live: ", bytes(known)),
        // What cannot be told before stands among the words.
        true => format!("more than about {} live: ", bytes(known)),
        false => String::new(),
    };
    format!("Expected memory: {total}{words}.{warning}")
}

/// One part of what a run holds.
struct Part {
    /// Its bytes, where they can be told.
    bytes: Option<f64>,
    words: String,
}

fn in_flight(spec: &RunSpec, footprint: &Footprint) -> Option<Part> {
    let each = footprint.in_flight_bytes as f64;
    Some(match spec.load.profile.concurrency() {
        Some(concurrency) => Part {
            bytes: Some(each * f64::from(concurrency)),
            words: format!(
                "{} for each of {} in flight",
                bytes(each),
                Unit::Count.format(concurrency.into())
            ),
        },
        None => {
            let fit = (spec.limits.memory_bytes as f64 / each).floor();
            let fit = format!(
                "of which {} fit into {}",
                Unit::Count.format(fit),
                bytes(spec.limits.memory_bytes as f64)
            );
            Part { bytes: None, words: format!("{} for each request in flight, {fit}", bytes(each)) }
        }
    })
}

fn shared(footprint: &Footprint) -> Option<Part> {
    let all = footprint.shared_bytes as f64;
    (all > 0.0).then(|| Part { bytes: Some(all), words: format!("{} for all requests together", bytes(all)) })
}

fn kept(footprint: &Footprint, requests: Option<f64>) -> Option<Part> {
    let each = footprint.kept_bytes;
    // How many requests a closed load makes depends on how fast they are answered.
    let of_many = || format!(", {} in {} requests", bytes(each * MANY), Unit::Count.format(MANY));
    (each > 0.0).then(|| Part {
        bytes: requests.map(|requests| requests * each),
        words: format!(
            "{} that each request leaves behind for ever{}",
            bytes(each),
            requests.map_or_else(of_many, |_| String::new())
        ),
    })
}

fn lingering(footprint: &Footprint, spec: &RunSpec, requests: Option<f64>) -> Option<Part> {
    let (each, time_ms) = footprint.lingering.filter(|(each, _)| *each > 0)?;
    let duration_ms = spec.load.profile.duration_ms().max(1) as f64;
    // Of an uneven rate the mean: this is an estimate.
    let at_once = requests.map(|requests| requests * (time_ms as f64 / duration_ms).min(1.0));
    Some(Part {
        bytes: at_once.map(|at_once| at_once * each as f64),
        words: format!(
            "{} that each request holds for {} more",
            bytes(each as f64),
            Unit::Milliseconds.format(time_ms as f64)
        ),
    })
}

fn bytes(number: f64) -> String {
    Unit::Bytes.format(number)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::spec::InstanceLimits;
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn says(spec: Value, sentence: &str) {
        assert_eq!(expected(&RunSpec::parse(&spec, &InstanceLimits::default()).unwrap()), sentence);
    }

    #[test]
    fn what_is_in_flight_is_counted_where_its_number_is_set() {
        says(
            json!({
                "workload": {"kind": "products"}, "variant": "naive", "limits": {"memory_bytes": 1 << 30},
                "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100}},
            }),
            "Expected memory: up to about 1.37 GiB live: 14 MiB for each of 100 in flight. That is above the limit of \
             1 GiB: it may run out of memory.",
        );
        says(
            json!({
                "workload": {"kind": "products"}, "variant": "streamed",
                "load": {"profile": {"kind": "constant_arrival_rate", "rate": 100}},
            }),
            "Expected memory: more than about 2 MiB live: 96 KiB for each request in flight, of which 21,845 fit into \
             2 GiB, and 2 MiB for all requests together.",
        );
    }

    #[test]
    fn a_cache_is_there_for_all_requests() {
        says(
            json!({
                "workload": {"kind": "cache"}, "variant": "unbounded",
                "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100}},
            }),
            "Expected memory: more than about 8.06 MiB live: 40 KiB for each of 100 in flight, 4.15 MiB for all requests together, and 870 B \
             that each request leaves behind for ever, 8.3 MiB in 10,000 requests.",
        );
    }

    #[test]
    fn what_stays_grows_with_the_requests() {
        says(
            json!({
                "workload": {"kind": "calibrate", "leak_bytes": 1 << 20}, "variant": "exact",
                "load": {"profile": {"kind": "constant_arrival_rate", "rate": 10, "duration_ms": 10_000}},
            }),
            "Expected memory: more than about 100 MiB live: 32 KiB for each request in flight, of which 65,536 fit into 2 GiB, and 1 MiB that each request \
             leaves behind for ever.",
        );
        says(
            json!({
                "workload": {"kind": "calibrate", "leak_bytes": 1024}, "variant": "exact",
                "load": {"profile": {"kind": "constant_concurrency", "concurrency": 64}},
            }),
            "Expected memory: more than about 2 MiB live: 32 KiB for each of 64 in flight, and 1 KiB that each request leaves behind \
             for ever, 9.77 MiB in 10,000 requests.",
        );
    }
}
