//! What a specification accepts and how it refuses.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{load::LoadProfile, workload::products::Fill};

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
    refused("/workload/kind", json!("prducts"), "workload.kind", "products");
    refused("/variant", json!("fast"), "variant", "naive, pooled");
    refused("/workload/payload_bytes", json!(-1), "workload.payload_bytes", "0 B to 16 MiB");
    refused("/workload/payload_bytes", json!(1.5), "workload.payload_bytes", "0 B to 16 MiB");
    refused("/workload/fill", json!("zero"), "workload.fill", "nul, text");
    refused("/workload/size", json!(1), "workload.size", "kind, payload_bytes, fill");
    refused("/load/profile", json!([1]), "load.profile", "an object");
    refused("/load/profile", json!(null), "load.profile", "{kind, ...}");
    refused("/limits", json!({"memory_bytes": 1}), "limits.memory_bytes", "32 MiB to 64 GiB");
    refused("/allocator", json!({"background_thread": 1}), "allocator.background_thread", "true, false");
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

prop_compose! {
    fn any_spec()(
        payload_bytes in 0u64..=16 * MIB,
        fill in prop_oneof![Just("nul"), Just("text")],
        variant in prop_oneof![Just("naive"), Just("pooled")],
        open in any::<bool>(),
        rate in 0.1f64..200_000.0,
        concurrency in 1u32..=10_000,
        duration_ms in 1_000u64..=600_000,
        on_saturation in prop_oneof![Just("queue"), Just("drop"), Just("abort")],
        dirty_decay_ms in proptest::option::of(0u64..3_600_000),
        background_thread in proptest::option::of(any::<bool>()),
        memory_bytes in 32 * MIB..=64 * 1024 * MIB,
        seed in 0u64..(1 << 53),
    ) -> Value {
        let profile = if open {
            json!({"kind": "constant_arrival_rate", "rate": rate, "duration_ms": duration_ms})
        } else {
            json!({"kind": "constant_concurrency", "concurrency": concurrency, "duration_ms": duration_ms})
        };
        json!({
            "workload": {"kind": "products", "payload_bytes": payload_bytes, "fill": fill},
            "variant": variant,
            "load": {"profile": profile, "on_saturation": on_saturation},
            "allocator": {"dirty_decay_ms": dirty_decay_ms, "background_thread": background_thread},
            "limits": {"memory_bytes": memory_bytes},
            "seed": seed,
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
