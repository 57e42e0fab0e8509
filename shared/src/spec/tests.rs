//! What a specification accepts and how it refuses.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    field::Parameter,
    load::LoadProfile,
    pool,
    workload::{WORKLOADS, products::Fill},
};

fn minimal() -> Value {
    json!({
        "workload": {"kind": "products"},
        "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100}},
    })
}

fn parse(value: &Value) -> Result<RunSpec, Rejection> {
    RunSpec::parse(value, &InstanceLimits::default())
}

#[track_caller]
fn refused(pointer: &str, value: Value, field: &str, allowed: &str) {
    let mut spec = minimal();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = spec.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.insert(key.to_owned(), value);
    let rejection = parse(&spec).unwrap_err();
    assert_eq!((rejection.field.as_str(), rejection.allowed.as_str()), (field, allowed), "{rejection}");
}

#[test]
fn what_is_not_said_has_a_default() {
    let spec = parse(&minimal()).unwrap();
    assert_eq!(spec.load.profile, LoadProfile::ConstantConcurrency { concurrency: 100, duration_ms: 20_000 });
    assert_eq!(spec.limits.memory_bytes, 2048 * MIB);
    assert_eq!(spec.limits.wall_clock_ms, spec.planned_ms() + 10_000);
    assert_eq!(spec.sample_interval_ms, 100);
}

#[test]
fn refusals_name_the_field_and_its_range() {
    let rate = |rate: i64| json!({"kind": "constant_arrival_rate", "rate": rate});
    refused("/load/profile", rate(0), "load.profile.rate", "0.1/s to 200,000/s");
    let ten_hours = json!({"kind": "constant_concurrency", "concurrency": 1, "duration_ms": 36_000_000});
    refused("/load/profile", ten_hours, "load.profile.duration_ms", "1 s to 10 min");
    refused(
        "/workload/kind",
        json!("prducts"),
        "workload.kind",
        "products, orders, logs, cache, fragment, calibrate",
    );
    let variants = "naive, pooled, streamed, supervised, value_tree, arena";
    refused("/variant", json!("fast"), "variant", variants);
    refused("/workload/payload_bytes", json!(-1), "workload.payload_bytes", "0 B to 16 MiB");
    refused("/workload/payload_bytes", json!(1.5), "workload.payload_bytes", "0 B to 16 MiB");
    refused("/workload/fill", json!("zero"), "workload.fill", "nul, text");
    refused(
        "/workload/size",
        json!(1),
        "workload.size",
        "kind, payload_bytes, fill, oversize_every, oversize_times",
    );
    let kinds = "an object with a kind: products, orders, logs, cache, fragment, calibrate";
    refused("/workload", json!(null), "workload", kinds);
    refused("/load/profile", json!([1]), "load.profile", "an object");
    refused("/load/profile", json!(null), "load.profile", "{kind, ...}");
    refused("/limits", json!({"memory_bytes": 1}), "limits.memory_bytes", "32 MiB to 64 GiB");
    let soft = |bytes: u64| json!({"memory_bytes": 64 * MIB, "soft_memory_bytes": bytes});
    refused("/limits", soft(MIB), "limits.soft_memory_bytes", "32 MiB to 64 GiB");
    refused("/limits", soft(64 * MIB), "limits.soft_memory_bytes", "32 MiB to less than 64 MiB");
    refused("/allocator", json!({"background_thread": 1}), "allocator.background_thread", "default, on, off");
}

#[test]
fn an_instance_can_allow_less() {
    let max = InstanceLimits { duration_ms: 5_000, ..Default::default() };
    let spec = RunSpec::parse(&minimal(), &max).unwrap();
    assert_eq!(spec.load.profile.duration_ms(), 5_000, "the default follows the instance down");
    let mut long = minimal();
    long["load"]["profile"]["duration_ms"] = json!(6_000);
    assert_eq!(RunSpec::parse(&long, &max).unwrap_err().allowed, "1 s to 5 s");
}

fn any_threshold() -> impl Strategy<Value = Value> {
    prop_oneof![
        (1u32..5_000).prop_map(|ms| json!(format!("response_time p(99) < {ms}ms over 10s abort_on_fail"))),
        (1u32..5_000).prop_map(|mib| json!(format!("rss max < {mib}MiB [recovery]"))),
        (any::<bool>(), 0u32..100).prop_map(
            |(abort, count)| json!({"threshold": format!("failed count <= {count}"), "abort_on_fail": abort})
        ),
    ]
}

prop_compose! {
    /// Any kind of profile within its ranges, and whether it is an open one.
    fn any_profile()(
        kind in 0..load::PROFILES.len(),
        rate in 0.1f64..100_000.0,
        part in 0.0f64..=1.0,
        concurrency in 1u32..=10_000,
        duration_ms in 10_000u64..=600_000,
        stages in prop::collection::vec((1u32..=10_000, 0u64..5_000), 1..=100),
    ) -> (Value, bool) {
        let lower = rate * part;
        let mut stages: Vec<_> =
            stages.into_iter().map(|(target, duration_ms)| json!({"target": target, "duration_ms": duration_ms})).collect();
        stages[0]["duration_ms"] = json!(duration_ms / 6);
        let info = &load::PROFILES[kind];
        let mut profile = match info.id {
            "constant_arrival_rate" => json!({"rate": rate, "duration_ms": duration_ms, "time_unit_ms": 2_000}),
            "ramping_arrival_rate" => json!({"start_rate": lower, "stages": stages, "time_unit_ms": 60_000}),
            "constant_concurrency" => json!({"concurrency": concurrency, "duration_ms": duration_ms}),
            "ramping_concurrency" => json!({"start_concurrency": concurrency, "stages": stages}),
            "fixed_iterations" => {
                json!({"iterations": duration_ms, "concurrency": concurrency, "max_duration_ms": duration_ms})
            }
            "step" => json!({
                "start_from": rate, "increment": -lower / 9.0, "levels": 10, "level_duration_ms": duration_ms / 10,
            }),
            "spike" => json!({
                "base_rate": lower, "peak_rate": rate, "duration_ms": duration_ms,
                "at_ms": duration_ms / 3, "hold_ms": duration_ms / 3,
            }),
            "sine" => json!({
                "mean": rate, "amplitude": lower, "period_ms": duration_ms / 7, "duration_ms": duration_ms,
            }),
            "burst" => json!({
                "burst_rate": 1 + concurrency / 10, "burst_delay_ms": 10 + duration_ms / 20, "duration_ms": duration_ms,
            }),
            "pause" => json!({"duration_ms": duration_ms}),
            kind => panic!("{kind} has no example here"),
        };
        profile["kind"] = json!(info.id);
        (profile, info.open)
    }
}

prop_compose! {
    /// Any variant of any workload with its parameters somewhere in their ranges, and whether it has a pool.
    fn any_workload()(kind in 0..WORKLOADS.len(), variant in 0usize..60, part in 0.0f64..=1.0) -> (Value, &'static str, bool) {
        let info = WORKLOADS[kind];
        let mut workload = json!({"kind": info.id});
        for parameter in info.parameters {
            match parameter {
                Parameter::Number(number) => {
                    let value = number.min + part * (number.max - number.min);
                    workload[number.name] = json!(if number.whole { value.round() } else { value });
                }
                Parameter::Choice(choice) => {
                    workload[choice.name] = json!(choice.options[(part * 0.99 * choice.options.len() as f64) as usize]);
                }
            }
        }
        let variant = info.variants[variant % info.variants.len()];
        (workload, variant.id, variant.pool)
    }
}

prop_compose! {
    fn any_pool()(
        kind in prop::sample::select(pool::KIND.options),
        capacity in 1u32..=4_096,
        max_buffer_bytes in proptest::option::of(64u64..=1024 * MIB),
        rotate_ms in 10u64..=60_000,
    ) -> Value {
        json!({"kind": kind, "capacity": capacity, "max_buffer_bytes": max_buffer_bytes, "rotate_ms": rotate_ms})
    }
}

prop_compose! {
    fn any_spec()(
        (workload, variant, has_pool) in any_workload(),
        pool in proptest::option::of(any_pool()),
        (profile, is_open) in any_profile(),
        poisson in any::<bool>(),
        on_saturation in prop_oneof![Just("queue"), Just("drop"), Just("abort")],
        dirty_decay_ms in proptest::option::of(0u64..3_600_000),
        background_thread in proptest::option::of(any::<bool>()),
        memory_bytes in 33 * MIB..=64 * 1024 * MIB,
        soft_memory_bytes in proptest::option::of(32 * MIB..33 * MIB),
        seed in 0u64..(1 << 53),
        thresholds in prop::collection::vec(any_threshold(), 0..=16),
        heap_profile in prop::sample::select(HEAP_PROFILE.options),
    ) -> Value {
        let arrivals = if poisson && is_open { "poisson" } else { "uniform" };
        json!({
            "workload": workload,
            "variant": variant,
            "pool": pool.filter(|_| has_pool),
            "load": {"profile": profile, "arrivals": arrivals, "on_saturation": on_saturation},
            "allocator": {"dirty_decay_ms": dirty_decay_ms, "background_thread": background_thread},
            "limits": {"memory_bytes": memory_bytes, "soft_memory_bytes": soft_memory_bytes},
            "seed": seed,
            "thresholds": thresholds,
            "heap_profile": heap_profile,
        })
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(value in any_spec()) {
        let spec = parse(&value).unwrap();
        let written = serde_json::to_value(&spec).unwrap();
        prop_assert_eq!(parse(&written).unwrap(), spec);
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}") {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let _ = parse(&value);
        }
    }
}

#[test]
fn fills_are_what_they_say() {
    assert_eq!((Fill::Nul.byte(), Fill::Text.byte()), (0, b'x'));
}
