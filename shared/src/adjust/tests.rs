//! Changes read back, suit their run, and are refused by name.

use serde_json::json;

use super::*;
use crate::load::{LoadProfile, OnSaturation};

fn parse(value: serde_json::Value) -> Result<Adjustment, Rejection> {
    Adjustment::parse(Reader::new("change", &value)?)
}

fn load(profile: LoadProfile) -> Load {
    Load {
        profile,
        max_in_flight: 10,
        on_saturation: OnSaturation::Queue,
        timeout_ms: 1_000,
        arrivals: Default::default(),
    }
}

#[test]
fn changes_read_back_as_they_are_written() {
    for change in [
        Adjustment::SetRate { rate: 12.5 },
        Adjustment::SetConcurrency { concurrency: 7 },
        Adjustment::Pause,
        Adjustment::Resume,
        Adjustment::SetSoftLimit { bytes: Some(64 << 20) },
        Adjustment::SetSoftLimit { bytes: None },
        Adjustment::SetDecay { dirty_ms: Some(0), muzzy_ms: None },
        Adjustment::SetDecay { dirty_ms: Some(-1), muzzy_ms: Some(500) },
        Adjustment::Purge,
        Adjustment::SetBackgroundThread { on: true },
        Adjustment::SetPoolLimit { idle: 0 },
        Adjustment::StartProfile,
        Adjustment::StopProfile,
        Adjustment::TakeProfile,
    ] {
        assert_eq!(parse(serde_json::to_value(change).unwrap()), Ok(change));
    }
}

#[test]
fn a_chart_is_told_less_than_a_list() {
    let effect = Effect::Made { before_bytes: 2 << 20, after_bytes: 0, took_ns: 3_000_000 };
    let purged = EventKind::Adjusted { change: Adjustment::Purge, effect: Some(effect) };
    assert_eq!(purged.label(), "purged");
    assert_eq!(purged.describe(), "purged (kept for reuse: 2 MiB before, 0 B after, in 3 ms)");
}

#[test]
fn refusals_name_the_field() {
    assert_eq!(parse(json!({"kind": "set_rate"})).unwrap_err().field, "change.rate");
    assert_eq!(parse(json!({"kind": "set_rate", "rate": 0})).unwrap_err().field, "change.rate");
    assert_eq!(parse(json!({"kind": "pause", "rate": 1})).unwrap_err().field, "change.rate");
    let soft = |bytes: u64| parse(json!({"kind": "set_soft_limit", "bytes": bytes}));
    assert_eq!(soft(1).unwrap_err().field, "change.bytes");
    let limits = RunLimits { memory_bytes: 64 << 20, soft_memory_bytes: None, wall_clock_ms: 1 };
    assert_eq!(soft(63 << 20).unwrap().check_limits(&limits), Ok(()));
    assert_eq!(soft(64 << 20).unwrap().check_limits(&limits).unwrap_err().field, "change.bytes");
    assert_eq!(parse(json!({"kind": "set_decay"})).unwrap_err().field, "change.dirty_ms");
    assert_eq!(parse(json!({"kind": "set_decay", "muzzy_ms": -2})).unwrap_err().field, "change.muzzy_ms");
    assert_eq!(parse(json!({"kind": "set_background_thread"})).unwrap_err().field, "change.on");
    assert_eq!(parse(json!({"kind": "set_pool_limit"})).unwrap_err().field, "change.idle");
    assert_eq!(parse(json!({"kind": "faster"})).unwrap_err().field, "change.kind");
}

#[test]
fn a_change_suits_the_profile_and_the_instance() {
    let closed = load(LoadProfile::ConstantConcurrency { concurrency: 4, duration_ms: 1_000 });
    let open = load(LoadProfile::Pause { duration_ms: 1_000 });
    let small = InstanceLimits { rate: 100.0, concurrency: 5, ..Default::default() };
    let check =
        |change: Adjustment, load: &Load| change.check_load(load, &small).map_err(|error| error.field);
    assert_eq!(check(Adjustment::SetRate { rate: 100.0 }, &open), Ok(()));
    assert_eq!(check(Adjustment::SetRate { rate: 101.0 }, &open), Err("change.rate".to_owned()));
    assert_eq!(check(Adjustment::SetRate { rate: 1.0 }, &closed), Err("change.kind".to_owned()));
    let six = Adjustment::SetConcurrency { concurrency: 6 };
    assert_eq!(check(six, &closed), Err("change.concurrency".to_owned()));
    assert_eq!(check(six, &open), Err("change.kind".to_owned()));
    assert_eq!(check(Adjustment::Pause, &closed), Ok(()));
}
