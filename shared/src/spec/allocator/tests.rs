//! Options read back, presets fill in, and what contradicts is refused by name.

use serde_json::{Value, json};

use super::*;

/// What comes after what is always passed on.
fn conf(options: &AllocatorOptions) -> String {
    let conf = options.malloc_conf();
    let always = format!("abort_conf:true,{PROFILING_CONF}");
    conf.strip_prefix(&always).unwrap_or_else(|| panic!("{conf}")).to_owned()
}

fn parse(value: Value) -> Result<AllocatorOptions, Rejection> {
    AllocatorOptions::parse(Reader::new("allocator", &value)?)
}

#[track_caller]
fn refused(value: Value, field: &str, words: &str) {
    let rejection = parse(value).unwrap_err();
    assert_eq!(rejection.field, format!("allocator.{field}"));
    assert!(rejection.to_string().contains(words), "{rejection}");
}

#[test]
fn only_what_is_set_is_passed_on() {
    assert_eq!(conf(&AllocatorOptions::default()), "");
    let options = parse(json!({"dirty_decay_ms": 0, "background_thread": true, "thp": "never"})).unwrap();
    assert_eq!(conf(&options), ",dirty_decay_ms:0,thp:never");
    assert_eq!(conf(&parse(json!({"muzzy_decay_ms": -1})).unwrap()), ",muzzy_decay_ms:-1");
}

#[test]
fn options_read_back_as_they_are_written() {
    for value in [
        json!({}),
        json!({"dirty_decay_ms": -1, "tcache": false, "retain": "off", "percpu_arena": "percpu"}),
        json!({"background_thread": true, "max_background_threads": 2, "oversize_threshold": 0}),
        json!({"preset": "high_throughput"}),
        json!({"preset": "extreme_thrift", "dirty_decay_ms": 100, "narenas": 2}),
    ] {
        let options = parse(value).unwrap();
        assert_eq!(parse(serde_json::to_value(&options).unwrap()), Ok(options));
    }
}

#[test]
fn a_preset_is_what_it_says_and_what_is_given_takes_its_place() {
    let conf = |value| conf(&parse(value).unwrap());
    assert_eq!(conf(json!({"preset": "default"})), "");
    let off = json!({"preset": "high_throughput", "background_thread": "off", "metadata_thp": "disabled"});
    assert_eq!(parse(off.clone()).unwrap().background_thread, Some(false));
    assert!(conf(off).ends_with("metadata_thp:disabled"), "as jemalloc's own default, and said all the same");
    assert_eq!(
        conf(json!({"preset": "small_service", "dirty_decay_ms": 7})),
        ",dirty_decay_ms:7,muzzy_decay_ms:0,narenas:1,tcache_max:1024"
    );
    for name in &PRESET.options[1..] {
        let options = parse(json!({"preset": name})).unwrap();
        assert_eq!(serde_json::to_value(options.preset).unwrap(), *name);
    }
}

#[test]
fn bad_options_are_refused_by_name() {
    refused(json!({"dirty_decay": 5}), "dirty_decay", "is not a known field");
    refused(json!({"dirty_decay_ms": -2}), "dirty_decay_ms", "-1 ms to");
    refused(json!({"dirty_decay_ms": 0.5}), "dirty_decay_ms", "whole");
    refused(json!({"narenas": 0}), "narenas", "1 to 1,024");
    refused(json!({"tcache_max": 32_769}), "tcache_max", "32 KiB");
    refused(json!({"thp": "sometimes"}), "thp", "default, always, never");
    refused(json!({"background_thread": 1}), "background_thread", "default, on, off");
    assert_eq!(parse(json!({"background_thread": "on"})).unwrap().background_thread, Some(true));
    refused(json!({"preset": "fast"}), "preset", "high_throughput");
}

#[test]
fn contradictions_are_refused_by_name() {
    refused(json!({"tcache": false, "tcache_max": 1024}), "tcache_max", "only with tcache");
    refused(json!({"preset": "extreme_thrift", "tcache_max": 1024}), "tcache_max", "only with tcache");
    refused(json!({"max_background_threads": 2}), "max_background_threads", "only with background_thread");
    refused(json!({"percpu_arena": "percpu", "narenas": 2}), "narenas", "only with percpu_arena");
    refused(json!({"oversize_threshold": 16_383}), "oversize_threshold", "read as 0");
    refused(json!({"dirty_decay_ms": -1, "muzzy_decay_ms": 5}), "muzzy_decay_ms", "stay dirty");
    for agreed in [
        json!({"percpu_arena": "disabled", "narenas": 2}),
        json!({"percpu_arena": "percpu", "narenas": null}),
        json!({"oversize_threshold": 16_384}),
        json!({"dirty_decay_ms": -1, "muzzy_decay_ms": 0}),
    ] {
        assert!(parse(agreed.clone()).is_ok(), "{agreed}");
    }
}

#[test]
fn the_names_are_those_that_are_read() {
    let allowed = parse(json!({"surprise": 1})).unwrap_err().allowed;
    let (mut read, mut names): (Vec<&str>, _) = (allowed.split(", ").collect(), AllocatorOptions::NAMES);
    read.sort_unstable();
    names.sort_unstable();
    assert_eq!(read, names);
}
