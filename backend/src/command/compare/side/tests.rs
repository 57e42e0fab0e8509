//! Sides with settings of their own.

use clap::Parser;
use heapgym_shared::{load::LoadProfile, pool::PoolKind, workload::Workload};

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    spec: SpecArgs,
}

fn side(text: &str, flags: &[&str]) -> anyhow::Result<RunSpec> {
    let flags = Line::try_parse_from([&["compare"], flags].concat()).unwrap();
    parse("--b", text, &flags.spec)
}

#[track_caller]
fn refused(text: &str, field: &str, words: &str) {
    let error = side(text, &[]).unwrap_err();
    let refused = error.downcast_ref::<Rejection>().unwrap();
    assert_eq!(refused.field, field, "{refused}");
    assert!(refused.to_string().contains(words), "{refused}");
}

#[test]
fn settings_apply_over_the_flags_of_both_sides() {
    let both =
        ["--duration", "3s", "--concurrency", "5", "--pool", "bounded", "--param", "payload_bytes=1KiB"];
    let plain = side("products/pooled", &both).unwrap();
    let own = "products/pooled pool=two_generation pool-capacity=7 dirty_decay=0s soft_limit=512MiB \
               payload_bytes=2KiB fill=text narenas=1 allocator=tcache=false concurrency=9 threshold='rss max < 1GiB'";
    let own = side(own, &both).unwrap();
    let pool = own.pool.unwrap();
    assert_eq!(
        (plain.pool.unwrap().kind, pool.kind, pool.capacity),
        (PoolKind::Bounded, PoolKind::TwoGeneration, 7)
    );
    assert_eq!((own.allocator.dirty_decay_ms, own.allocator.narenas), (Some(0), Some(1)));
    assert_eq!((own.allocator.tcache, own.limits.soft_memory_bytes), (Some(false), Some(512 << 20)));
    let Workload::Products(products) = &own.workload else { panic!("{:?}", own.workload) };
    assert_eq!(products.payload_bytes, 2048);
    assert_eq!(own.load.profile, LoadProfile::ConstantConcurrency { concurrency: 9, duration_ms: 3_000 });
    assert_eq!(own.thresholds[0].to_string(), "rss max < 1GiB");
    assert_eq!((own.seed, own.phases.clone()), (plain.seed, plain.phases));
    assert_eq!(side("logs/naive", &[]).unwrap(), side(" logs/naive ", &[]).unwrap());
}

#[test]
fn a_setting_takes_the_place_of_the_same_flag_and_leaves_the_others() {
    let both = ["--allocator", "narenas=2", "--dirty-decay", "5s", "--param", "payload_bytes=1KiB"];
    let own = side("products/naive narenas=4", &both).unwrap();
    assert_eq!((own.allocator.narenas, own.allocator.dirty_decay_ms), (Some(4), Some(5_000)));
    let Workload::Products(products) = own.workload else { panic!() };
    assert_eq!(products.payload_bytes, 1024);
}

#[test]
fn a_file_is_a_side_with_or_without_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("my run.json");
    let spec = side("products/pooled pool=bounded", &["--duration", "2s"]).unwrap();
    std::fs::write(&path, serde_json::json!({"schema": 1, "spec": spec, "outcome": {}}).to_string()).unwrap();
    let path = path.display().to_string();
    assert_eq!(side(&path, &[]).unwrap(), spec);
    let own = side(&format!("'{path}' pool=none duration=30s"), &[]).unwrap();
    assert_eq!(own.pool.unwrap().kind, PoolKind::None);
    assert!(own.limits.wall_clock_ms > 30_000, "{:?}", own.limits);
    let error = side(&path, &["--rate", "5"]).unwrap_err().to_string();
    assert!(error.contains("flags of the run"), "{error}");
}

#[test]
fn a_refusal_names_the_side_and_the_key() {
    refused("products/pooled pool=endless", "--b: pool.kind", "two_generation");
    refused("products/naive pool=bounded", "--b: pool", "allowed");
    refused("products/pooled dirty_decay=soon", "--b: dirty_decay", "is `soon`: write a duration");
    refused("products/pooled dirty_decay=1,5s", "--b: dirty_decay", "write 1.5 with a point");
    refused("products/pooled soft_limit=1MiB", "--b: limits.soft_memory_bytes", "allowed");
    refused("products/pooled payload_bytes=-1", "--b: workload.payload_bytes", "0 B to 16 MiB");
    refused("products/pooled background_thread=maybe", "--b: background_thread", "is `maybe`");
    refused("products/pooled narenas=x", "--b: allocator.narenas", "allowed");
    refused("products/pooled pool=none pool=bounded", "--b: pool", "given twice");
    refused("products/pooled rate=5 concurrency=5", "--b: rate", "one of the two");
    refused("products/pooled json=x", "--b: json", "dirty_decay");
    refused("products/pooled pools=none", "--b: pools", "flags of the run: param, pool, pool_capacity");
    refused("products/pooled lines=5", "--b: lines", "parameters of products: payload_bytes");
    refused("products/pooled narena=5", "--b: narena", "options of the allocator: dirty_decay_ms");
    refused("products/pooled fast", "--b: fast", "is not KEY=VALUE");
    for key in ["seed", "variant", "workload", "preset", "abort_on_fail", "abort-on-fail"] {
        refused(&format!("products/pooled {key}=1"), &format!("--b: {key}"), "same for both sides");
    }
    refused("products/pooled 'pool=none", "--b", "a quote is open");
    refused("", "--b", "is empty");
    refused("products/frugal", "--b: variant", "pooled");
    refused("nothing/naive", "--b", "WORKLOAD/VARIANT");
    refused("https://gym.test/r/a pool=none", "--b", "no TLS");
}
