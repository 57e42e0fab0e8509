//! What the form makes of what is typed.

use heapgym_shared::{load::LoadProfile, unit::MIB};
use serde_json::json;

use super::*;

fn typed(texts: &[(&str, &str)]) -> Form {
    let mut form = Form::default();
    for (path, text) in texts {
        form.set(path, *text);
    }
    form
}

fn field(form: &Form, id: &str) -> Field {
    form.fields().into_iter().find(|field| field.id == id).unwrap()
}

#[test]
fn untouched_it_makes_the_first_run() {
    let spec = Form::default().check().unwrap();
    assert_eq!((spec.workload.info().id, spec.variant.as_str()), ("products", "naive"));
    assert_eq!(spec.load.profile, LoadProfile::ConstantConcurrency { concurrency: 100, duration_ms: 10_000 });
    assert_eq!(spec.limits.memory_bytes, 2048 * MIB);
    assert_eq!(Form::default().one_line(), "products · naive · 100 at once · 10 s");
}

#[test]
fn texts_become_numbers_in_base_units() {
    let form = typed(&[
        (VARIANT, "pooled"),
        (LOAD_KIND, "constant_arrival_rate"),
        ("load.profile.rate", "250.5"),
        ("load.profile.duration_ms", "3s"),
        ("limits.memory_bytes", "512 MiB"),
        ("workload.fill", "text"),
    ]);
    let spec = form.check().unwrap();
    assert_eq!(
        spec.load.profile,
        LoadProfile::ConstantArrivalRate { rate: 250.5, time_unit_ms: 1_000, duration_ms: 3_000 }
    );
    assert_eq!((spec.variant.as_str(), spec.limits.memory_bytes), ("pooled", 512 * MIB));
    assert_eq!(form.one_line(), "products · pooled · 250.5/s · 3s");
}

#[test]
fn a_refusal_names_the_field_it_stands_at() {
    for (path, text) in [
        ("load.profile.concurrency", "0"),
        ("load.profile.concurrency", "many"),
        ("load.profile.duration_ms", "2 h"),
        ("limits.memory_bytes", "1 MiB"),
        ("workload.payload_bytes", "1 GiB"),
        ("seed", "1.5"),
    ] {
        let form = typed(&[(path, text)]);
        let rejection = form.check().unwrap_err();
        assert_eq!(rejection.field, path, "{rejection}");
        assert!(form.fields().iter().any(|field| field.path == rejection.field));
    }
}

#[test]
fn a_number_that_could_mean_another_is_refused_with_what_to_write() {
    for (path, text, instead) in [
        ("load.profile.duration_ms", "1,5 s", "write 1.5 with a point"),
        ("limits.memory_bytes", "0,5 GiB", "write 0.5 with a point"),
        ("load.profile.concurrency", "10,0", "write 10.0 with a point"),
        ("load.profile.concurrency", "1,00", "write 1.00 with a point"),
        ("load.profile.concurrency", "1,0000", "write 1.0000 with a point"),
        ("load.profile.concurrency", ",5", "write 0.5 with a point"),
        ("load.profile.duration_ms", "1.000,5 ms", "write 1000.5 with a point"),
        ("workload.payload_bytes", "1 000", "write 1000 without"),
        ("workload.payload_bytes", "\u{ff11}", "the digits 0 to 9"),
    ] {
        let form = typed(&[(path, text)]);
        let rejection = form.check().unwrap_err();
        assert_eq!(rejection.field, path, "{rejection}");
        let field = form.fields().into_iter().find(|field| field.path == path).unwrap();
        let said = field.refusal(text, &rejection).unwrap();
        assert!(said.contains(instead) && said.contains("Allowed: "), "{said}");
        assert!(form.judge().why.contains(instead), "{}", form.judge().why);
    }
    let thousand = typed(&[("load.profile.concurrency", "1,000")]).check().unwrap();
    assert_eq!(
        thousand.load.profile,
        typed(&[("load.profile.concurrency", "1000")]).check().unwrap().load.profile
    );
}

#[test]
fn an_empty_field_is_left_to_the_default() {
    let form = typed(&[("load.profile.duration_ms", " ")]);
    assert_eq!(form.check().unwrap().load.profile.duration_ms(), 20_000);
    let required = typed(&[("load.profile.concurrency", "")]);
    assert_eq!(required.check().unwrap_err().reason, "is missing");
}

#[test]
fn an_instance_that_allows_less_lowers_the_defaults() {
    let mut form = Form::default();
    form.limit(InstanceLimits { memory_bytes: 256 * MIB, concurrency: 8, ..Default::default() });
    assert_eq!(form.text(&field(&form, "memory-limit")), "256 MiB");
    assert_eq!(form.text(&field(&form, "concurrency")), "8");
    assert!(form.check().is_ok());
}

#[test]
fn a_run_by_link_can_be_run_again() {
    let original = json!({
        "workload": {"kind": "products", "payload_bytes": 1000, "fill": "text"},
        "variant": "pooled",
        "load": {
            "profile": {"kind": "constant_arrival_rate", "rate": 20, "duration_ms": 5_000},
            "max_in_flight": 7,
            "on_saturation": "drop",
        },
        "phases": {"baseline_ms": 500},
        "allocator": {
            "preset": "memory_thrift", "dirty_decay_ms": -1, "muzzy_decay_ms": 0, "background_thread": true,
            "max_background_threads": 2, "metadata_thp": "disabled", "retain": false,
        },
        "seed": 9,
    });
    let original = RunSpec::parse(&original, &InstanceLimits::default()).unwrap();
    let mut form = Form::default();
    form.adopt(&serde_json::to_value(&original).unwrap());
    assert_eq!(form.check().unwrap(), original);

    form.set("load.profile.duration_ms", "60s");
    let longer = form.check().unwrap();
    assert_eq!(longer.limits.wall_clock_ms, longer.planned_ms() + 10_000, "the limit follows the duration");
    assert_eq!(longer.allocator, original.allocator);
}

#[test]
fn the_ids_of_fields_are_unique_and_stable() {
    for (load_kind, expect) in [("constant_concurrency", "concurrency"), ("constant_arrival_rate", "rate")] {
        let form = typed(&[(LOAD_KIND, load_kind)]);
        let ids: Vec<String> = form.fields().into_iter().map(|field| field.id).collect();
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        let front = form.fields().into_iter().filter(|field| field.place == Place::Front);
        let front: Vec<String> = front.map(|field| field.id).collect();
        assert_eq!(front, [expect, "duration", "memory-limit", "thresholds"]);
    }
}

#[test]
fn another_workload_brings_its_own_variants_and_fields() {
    let mut form = typed(&[(VARIANT, "pooled"), ("workload.payload_bytes", "1 KiB")]);
    form.set(WORKLOAD, "calibrate");
    assert_eq!(form.check().unwrap().variant, "exact");
    assert_eq!(form.text(&field(&form, "delay")), "0 ms");
    assert!(form.has("workload.leak_bytes") && !form.has("workload.payload_bytes"));

    form.set("workload.bytes", "64 KiB");
    form.set("workload.delay_ms", "2 ms");
    let calibrate = json!({
        "kind": "calibrate", "bytes": 65_536, "allocations": 1, "leak_bytes": 0, "delay_ms": 2, "reject_percent": 0,
    });
    assert_eq!(serde_json::to_value(form.check().unwrap().workload).unwrap(), calibrate);
    form.set("workload.allocations", "100,000");
    assert_eq!(form.check().unwrap_err().field, "workload.allocations");

    form.set(WORKLOAD, "products");
    assert_eq!(form.check().unwrap().variant, "pooled", "what was picked before is still there");
}

#[test]
fn every_workload_has_fields_with_ids_of_their_own() {
    for info in WORKLOADS {
        let form = typed(&[(WORKLOAD, info.id)]);
        let ids: Vec<String> = form.fields().into_iter().map(|field| field.id).collect();
        let unique: std::collections::BTreeSet<&String> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        assert!(form.check().is_ok(), "{}", info.id);
    }
}

#[test]
fn a_preset_fills_the_form_and_every_field_can_still_be_changed() {
    for preset in heapgym_shared::preset::PRESETS {
        let mut form = typed(&[(WORKLOAD, "cache"), ("workload.ttl_ms", "5 s"), ("seed", "9")]);
        form.adopt_preset(preset);
        let expect = RunSpec::parse(&preset.spec(), &InstanceLimits::default()).unwrap();
        assert_eq!(form.check(), Ok(expect), "{}", preset.id);
        form.set("seed", "7");
        assert_eq!(form.check().unwrap().seed, 7);
    }
}

#[test]
fn what_the_form_says_of_any_load_is_taken_over_as_it_was() {
    for info in heapgym_shared::load::PROFILES {
        let mut form = typed(&[
            (LOAD_KIND, info.id),
            ("load.profile.stages", "100 for 2s, 100 for 2s, 0 for 0s, 300 for 16s"),
        ]);
        form.set("thresholds", "dropped rate < 1%");
        let mut other = Form::default();
        other.adopt(&form.spec(None));
        assert_eq!(other.check(), form.check(), "{}", info.id);
        for field in form.fields() {
            assert_eq!(other.text(&field), form.text(&field), "{} {}", info.id, field.path);
        }
    }
}

#[test]
fn a_refusal_names_its_field_beside_run_too() {
    let form = typed(&[("workload.payload_bytes", "x")]);
    let why = form.judge().why;
    assert!(why.starts_with("Payload: It ") && why.contains("Allowed: "), "{why}");
}

#[test]
fn a_pool_is_offered_where_there_is_one() {
    let mut form =
        typed(&[(VARIANT, "pooled"), ("pool.kind", "two_generation"), ("pool.max_buffer_bytes", "64 KiB")]);
    assert_eq!(field(&form, "pool-capacity").path, "pool.capacity");
    let pool = form.check().unwrap().pool.unwrap();
    assert_eq!((pool.max_buffer_bytes, pool.rotate_ms), (Some(65_536), 1_000));
    // The other variant of a pair has none, and must not be refused for it.
    let naive = form.spec(Some("naive"));
    assert_eq!(RunSpec::parse(&naive, &InstanceLimits::default()).unwrap().pool, None);
    form.adopt(&serde_json::to_value(form.check().unwrap()).unwrap());
    form.set(VARIANT, "naive");
    assert_eq!(form.check().unwrap().pool, None);
    assert!(form.fields().iter().all(|field| !field.path.starts_with("pool.")));
    form.set(VARIANT, "streamed");
    assert_eq!(form.check().unwrap().pool, Some(pool), "it was only out of sight");
}

#[test]
fn a_pair_is_the_first_variant_and_the_chosen_one() {
    assert_eq!(Form::default().pair(), Some(["naive", "pooled"]));
    assert_eq!(typed(&[(VARIANT, "streamed")]).pair(), Some(["naive", "streamed"]));
    assert_eq!(typed(&[(WORKLOAD, "cache")]).pair(), Some(["unbounded", "bounded"]));
    assert_eq!(typed(&[(WORKLOAD, "calibrate")]).pair(), None);
}
