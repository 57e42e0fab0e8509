//! What a load accepts and how it refuses.

use serde_json::{Value, json};

use super::*;

const CAPS: Caps = Caps { duration_ms: 60_000.0, rate: 1_000.0, concurrency: 50.0 };

fn parse(value: &Value) -> Result<Load, Rejection> {
    Load::parse(Reader::new("load", value)?, &CAPS)
}

fn profile(profile: Value) -> Result<LoadProfile, Rejection> {
    parse(&json!({"profile": profile})).map(|load| load.profile)
}

/// Checks that a profile, with one field more, is refused for `field` and told what is `allowed`.
#[track_caller]
fn refused(mut value: Value, (key, wrong): (&str, Value), field: &str, allowed: &str) {
    let object = value.as_object_mut().unwrap();
    object.insert(key.to_owned(), wrong);
    let rejection = profile(value).unwrap_err();
    let expect = (format!("load.profile.{field}"), allowed.to_owned());
    assert_eq!((rejection.field, rejection.allowed), expect, "{}", rejection.reason);
}

#[test]
fn every_kind_has_its_fields_in_the_catalogue_and_reads_with_them() {
    assert_eq!(PROFILES.len(), KINDS.len());
    for info in PROFILES {
        let mut value = json!({"kind": info.id});
        for field in LoadProfile::fields(info.id) {
            value[field.name()] = match field {
                ProfileField::Number(number) => {
                    json!(number.default.unwrap_or(number.min.max(1.0)))
                }
                ProfileField::Stages(stages) => json!(stages.example.replace("100", "50")),
            };
        }
        let profile = profile(value).unwrap_or_else(|error| panic!("{}: {error}", info.id));
        assert_eq!((profile.kind(), profile.is_open()), (info.id, info.open));
        let Value::Object(written) = serde_json::to_value(&profile).unwrap() else { panic!("{profile:?}") };
        assert_eq!(written.len(), 1 + info.fields.len(), "{}: the form has all of it", info.id);
    }
}

#[test]
fn rates_are_capped_per_second_whatever_the_time_unit() {
    let constant = json!({"kind": "constant_arrival_rate"});
    refused(constant, ("rate", json!(1_001)), "rate", "0.1/s to 1,000/s");
    let per_minute = json!({"kind": "constant_arrival_rate", "time_unit_ms": 60_000});
    refused(per_minute.clone(), ("rate", json!(60_001)), "rate", "0.1 to 60,000");
    refused(per_minute, ("time_unit_ms", json!(0)), "time_unit_ms", "1 ms to 60 s");
    let ramp = json!({"kind": "ramping_arrival_rate", "time_unit_ms": 100});
    refused(ramp.clone(), ("start_rate", json!(101)), "start_rate", "0 to 100");
    refused(ramp, ("stages", json!("50 for 1s, 101 for 1s")), "stages[1].target", "0 to 100");
}

#[test]
fn stages_are_judged_one_by_one_and_together() {
    let ramp = || json!({"kind": "ramping_concurrency"});
    let stages = |stages: Value| ("stages", stages);
    let stage = |target: f64, duration_ms: i64| json!({"target": target, "duration_ms": duration_ms});
    let whole = "a whole number from 0 to 50";
    let list = stages(json!([stage(1.0, 1_000), stage(50.0, 0), stage(51.0, 1)]));
    refused(ramp(), list, "stages[2].target", whole);
    refused(ramp(), stages(json!([stage(1.5, 1_000)])), "stages[0].target", whole);
    refused(ramp(), stages(json!([stage(1.0, -1)])), "stages[0].duration_ms", "0 ms to 10 min");
    refused(ramp(), stages(json!([{"target": 1}])), "stages[0].duration_ms", "0 ms to 10 min");
    refused(ramp(), stages(json!([7])), "stages[0]", "an object");
    let text = "a target and a duration, such as `200 for 10s` or `200:10s`";
    refused(ramp(), stages(json!("1 for 1s, 2")), "stages[1]", text);
    refused(ramp(), stages(json!([stage(1.0, 60_000), stage(1.0, 1)])), "stages", "1 s to 60 s in all");
    refused(ramp(), stages(json!([stage(1.0, 999)])), "stages", "1 s to 60 s in all");
    for wrong in
        [json!([]), json!(7), json!(null), json!(vec![stage(1.0, 100); 101]), json!("1:1s,".repeat(999))]
    {
        let wrong = json!({"kind": "ramping_concurrency", "stages": wrong});
        assert_eq!(profile(wrong).unwrap_err().field.get(..19), Some("load.profile.stages"));
    }
    let nothing = json!({"kind": "ramping_arrival_rate", "stages": [stage(0.0, 1_000)]});
    assert_eq!(profile(nothing).unwrap_err().field, "load.profile.stages");
    let same = json!([stage(5.0, 1_000), stage(0.0, 0)]);
    assert_eq!(
        profile(json!({"kind": "ramping_concurrency", "stages": same})),
        profile(json!({"kind": "ramping_concurrency", "stages": "5 for 1s, 0 for 0s"})),
    );
}

#[test]
fn shapes_stay_within_the_caps_as_a_whole() {
    let step =
        json!({"kind": "step", "start_from": 100, "increment": 300, "levels": 4, "level_duration_ms": 1_000});
    assert!(profile(step.clone()).is_ok());
    refused(step.clone(), ("levels", json!(5)), "increment", "-25/s to 225/s for 5 levels");
    refused(step.clone(), ("increment", json!(-50)), "increment", "-33/s to 300/s for 4 levels");
    refused(step.clone(), ("level_duration_ms", json!(15_001)), "level_duration_ms", "250 ms to 15 s");
    refused(step, ("level_duration_ms", json!(249)), "level_duration_ms", "250 ms to 15 s");

    let spike = json!({"kind": "spike", "base_rate": 10, "peak_rate": 1_000, "duration_ms": 10_000});
    assert!(profile(spike.clone()).is_ok());
    refused(spike.clone(), ("at_ms", json!(10_000)), "at_ms", "0 ms to 10 s");
    refused(spike.clone(), ("hold_ms", json!(5_001)), "hold_ms", "1 ms to 5 s");
    refused(spike, ("peak_rate", json!(1_001)), "peak_rate", "0.1/s to 1,000/s");

    let sine = |mean: u32| json!({"kind": "sine", "mean": mean, "duration_ms": 1_000});
    refused(sine(300), ("amplitude", json!(301)), "amplitude", "0/s to 300/s");
    refused(sine(900), ("amplitude", json!(101)), "amplitude", "0/s to 100/s");

    let burst = json!({"kind": "burst", "burst_delay_ms": 500});
    refused(burst, ("burst_rate", json!(501)), "burst_rate", "a whole number from 1 to 500");
    refused(json!({"kind": "pause"}), ("duration_ms", json!(60_001)), "duration_ms", "1 s to 60 s");
    let fixed = json!({"kind": "fixed_iterations", "iterations": 1_000, "concurrency": 50});
    assert_eq!(profile(fixed.clone()).unwrap().duration_ms(), 60_000);
    refused(fixed, ("concurrency", json!(51)), "concurrency", "a whole number from 1 to 50");
}

#[test]
fn only_open_profiles_have_arrivals() {
    let load = |kind: &str, arrivals: &str| {
        parse(&json!({"profile": {"kind": kind, "rate": 5, "duration_ms": 1_000}, "arrivals": arrivals}))
    };
    assert_eq!(load("constant_arrival_rate", "poisson").unwrap().arrivals, Arrivals::Poisson);
    assert_eq!(load("constant_arrival_rate", "uniform").unwrap().arrivals, Arrivals::Uniform);
    assert_eq!(load("constant_arrival_rate", "even").unwrap_err().allowed, "uniform, poisson");
    let closed =
        json!({"profile": {"kind": "constant_concurrency", "concurrency": 5}, "arrivals": "poisson"});
    let rejection = parse(&closed).unwrap_err();
    assert_eq!((rejection.field.as_str(), rejection.allowed.as_str()), ("load.arrivals", "uniform"));
}

#[test]
fn what_was_written_before_there_were_arrivals_and_time_units_reads_the_same() {
    let old = json!({
        "profile": {"kind": "constant_arrival_rate", "rate": 5.0, "duration_ms": 1_000},
        "max_in_flight": 9, "on_saturation": "queue", "timeout_ms": 1_000,
    });
    assert_eq!(serde_json::from_value::<Load>(old.clone()).unwrap(), parse(&old).unwrap());
}
