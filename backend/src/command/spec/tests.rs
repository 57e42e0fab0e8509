//! Flags in, specifications or refusals out.

use clap::{CommandFactory, Parser};
use heapgym_shared::{
    adjust::Adjustment,
    load::{Arrivals, LoadProfile, Stage},
    pool::{PoolKind, PoolOptions},
    workload::Workload,
};

use super::*;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    spec: SpecArgs,
}

fn parse(line: &str) -> anyhow::Result<RunSpec> {
    Line::try_parse_from(line.split(' '))?.spec.parse()
}

#[track_caller]
fn refused(line: &str, field: &str) {
    let error = parse(line).unwrap_err();
    assert_eq!(error.downcast_ref::<Rejection>().unwrap().field, field);
}

#[test]
fn flags_read_as_they_are_written() {
    let spec = parse(
        "run --rate 200 --duration 5s --memory-limit 128MiB --soft-limit 96MiB --param payload_bytes=64KiB",
    )
    .unwrap();
    assert_eq!(
        spec.load.profile,
        LoadProfile::ConstantArrivalRate { rate: 200.0, time_unit_ms: 1_000, duration_ms: 5000 }
    );
    assert_eq!((spec.limits.memory_bytes, spec.limits.soft_memory_bytes), (128 << 20, Some(96 << 20)));
    let Workload::Products(products) = spec.workload else { panic!("{:?}", spec.workload) };
    assert_eq!(products.payload_bytes, 64 << 10);
}

fn words(words: &[&str]) -> anyhow::Result<RunSpec> {
    Line::try_parse_from(words)?.spec.parse()
}

#[test]
fn a_profile_is_any_kind_with_its_fields() {
    let text = "spike base_rate=50 peak_rate=500 at=5s hold=2s";
    let (base_rate, peak_rate) = (50.0, 500.0);
    let spike = LoadProfile::Spike { base_rate, peak_rate, at_ms: 5_000, hold_ms: 2_000, duration_ms: 9_000 };
    let spec = words(&["run", "--profile", text, "--duration", "9s", "--arrivals", "poisson"]).unwrap();
    assert_eq!((spec.load.profile, spec.load.arrivals), (spike, Arrivals::Poisson));

    let spec = words(&["run", "--time-unit", "1m", "--profile", "ramping_arrival_rate stages=600:10s,0:0s"]);
    let stages = Stage::parse_list("600 for 10s, 0 for 0s").unwrap();
    let ramp = LoadProfile::RampingArrivalRate { start_rate: 0.0, time_unit_ms: 60_000, stages };
    assert_eq!(spec.unwrap().load.profile, ramp);

    let spec = parse("run --rate 30 --time-unit 1m").unwrap();
    let constant = LoadProfile::ConstantArrivalRate { rate: 30.0, time_unit_ms: 60_000, duration_ms: 20_000 };
    assert_eq!(spec.load.profile, constant);
}

#[test]
fn defaults_are_those_of_the_specification() {
    let value = json!({
        "workload": {"kind": "products"}, "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100}},
    });
    assert_eq!(parse("run").unwrap(), RunSpec::parse(&value, &InstanceLimits::default()).unwrap());
}

#[test]
fn flags_that_would_do_nothing_are_refused() {
    assert!(parse("run --spec file.json --variant pooled").is_err());
    assert!(parse("run --spec file.json --profile pause").is_err());
    for flag in ["--heap-profile load", "--timeout 5s", "--param bytes=1", "--pool none", "--change now"] {
        let error = parse(&format!("run --spec file.json {flag}")).unwrap_err().to_string();
        assert!(
            error.contains(flag.split(' ').next().unwrap()) && error.contains("cannot be used with"),
            "{error}"
        );
    }
    assert!(parse("run --rate 10 --profile pause").is_err());
    assert!(parse("run --concurrency 10 --profile pause").is_err());
    refused("run --concurrency 10 --max-in-flight 5", "max_in_flight");
    refused("run --on-saturation drop", "on_saturation");
    refused("run --arrivals uniform", "arrivals");
    refused("run --time-unit 1m", "time_unit");
    let refused = |profile: &str, field: &str| {
        let error = words(&["run", "--profile", profile, "--duration", "5s"]).unwrap_err();
        assert_eq!(error.downcast_ref::<Rejection>().unwrap().field, field);
    };
    refused("ramping_concurrency stages=5:10s", "duration");
    refused("step start_from=5 increment=5", "duration");
    refused("fixed_iterations iterations=5 concurrency=5", "duration");
    refused("pause duration=5s", "duration");
    assert!(parse("run --rate 10 --max-in-flight 5 --on-saturation drop").is_ok());
}

#[test]
fn a_preset_is_what_it_says_and_flags_take_its_place() {
    for preset in preset::PRESETS {
        let spec = parse(&format!("run --preset {}", preset.id)).unwrap();
        assert_eq!(
            spec,
            RunSpec::parse(&preset.spec(), &InstanceLimits::default()).unwrap(),
            "{}",
            preset.id
        );
    }
    let article = parse("run --preset article").unwrap();
    let pooled = parse("run --preset article --variant pooled --pool thread_local --seed 7").unwrap();
    assert_eq!((pooled.variant.as_str(), pooled.seed), ("pooled", 7));
    assert_eq!((&pooled.load, &pooled.workload), (&article.load, &article.workload));
    assert_eq!(pooled.pool.map(|pool| pool.kind), Some(PoolKind::ThreadLocal));

    let profile = |line: &str| parse(line).unwrap().load.profile;
    let fewer = LoadProfile::ConstantConcurrency { concurrency: 7, duration_ms: 30_000 };
    assert_eq!(profile("run --preset article --concurrency 7"), fewer, "its length stays");
    let rate = LoadProfile::ConstantArrivalRate { rate: 9.0, time_unit_ms: 1_000, duration_ms: 30_000 };
    assert_eq!(profile("run --preset article --rate 9"), rate);
    let short = LoadProfile::ConstantConcurrency { concurrency: 100, duration_ms: 2_000 };
    assert_eq!(profile("run --preset article --duration 2s"), short);

    // Another workload takes none of its parameters along.
    let logs = parse("run --preset slow-downstream --workload logs").unwrap();
    assert_eq!((logs.workload.info().id, logs.variant.as_str()), ("logs", "naive"));
    assert_eq!(logs.limits.memory_bytes, 256 << 20);
    assert!(parse("run --preset nothing").is_err());
    assert!(parse("run --preset article --spec file.json").is_err());
}

#[test]
fn a_pool_is_for_variants_that_have_one() {
    let line = "run --variant pooled --pool opool --pool-capacity 8 --pool-max-buffer 64KiB --pool-rotate 2s";
    let pool = PoolOptions {
        kind: PoolKind::Opool,
        capacity: 8,
        max_buffer_bytes: Some(64 << 10),
        rotate_ms: 2_000,
    };
    assert_eq!(parse(line).unwrap().pool, Some(pool));
    assert_eq!(parse("run --variant naive").unwrap().pool, None);
    refused("run --variant naive --pool bounded", "pool");
    refused("run --variant pooled --pool endless", "pool.kind");
    refused("run --variant pooled --pool-capacity -1", "pool.capacity");
}

#[test]
fn the_long_help_lists_every_parameter() {
    use clap::CommandFactory;
    let help = Line::command().render_long_help().to_string();
    for info in heapgym_shared::workload::WORKLOADS {
        assert!(help.contains(&format!("  {}: {}", info.id, info.variant_ids().join(", "))), "{help}");
        for parameter in info.parameters {
            let name = match parameter {
                heapgym_shared::field::Parameter::Number(number) => number.name,
                heapgym_shared::field::Parameter::Choice(choice) => choice.name,
            };
            assert!(help.contains(&format!("    {name} ")), "{name}: {help}");
        }
    }
}

#[test]
fn thresholds_may_all_stop_the_run() {
    let spec = |flags: &[&str]| {
        let line = ["run", "--threshold", "rss max < 1GiB", "--threshold", "leak_slope < 64B"];
        Line::try_parse_from([&line, flags].concat()).unwrap().spec.parse().unwrap()
    };
    let written = |spec: RunSpec| spec.thresholds.iter().map(Threshold::to_string).collect::<Vec<_>>();
    assert_eq!(written(spec(&[])), ["rss max < 1GiB", "leak_slope < 64B"]);
    let aborting = spec(&["--abort-on-fail"]);
    assert_eq!(written(aborting), ["rss max < 1GiB abort_on_fail", "leak_slope < 64B"]);
    assert!(parse("run --abort-on-fail").is_err(), "it would do nothing");
}

#[test]
fn bad_flags_name_their_field() {
    for (flag, instead) in
        [("--rate 1,5", "1.5"), ("--duration 1,5s", "1.5"), ("--memory-limit 0,5GiB", "0.5")]
    {
        let error = parse(&format!("run {flag}")).unwrap_err().to_string();
        assert!(error.contains(&format!("write {instead} with a point")), "{error}");
    }
    let error = parse("run --param payload_bytes=1,5KiB").unwrap_err().to_string();
    assert!(error.contains("write 1.5 with a point"), "{error}");
    refused("run --soft-limit 1MiB", "limits.soft_memory_bytes");
    refused("run --soft-limit 256MiB --memory-limit 256MiB", "limits.soft_memory_bytes");
    refused("run --heap-profile always", "heap_profile");
    refused("run --threshold rss", "thresholds[0]");
    refused("run --rate 0", "load.profile.rate");
    refused("run --concurrency -1", "load.profile.concurrency");
    refused("run --profile spikes", "load.profile.kind");
    refused("run --profile spike", "load.profile.base_rate");
    refused("run --rate 1 --arrivals even", "load.arrivals");
    refused("run --duration 10h", "load.profile.duration_ms");
    refused("run --workload prducts", "workload.kind");
    refused("run --param payload_bytes=-1", "workload.payload_bytes");
    refused("run --param payload", "param");
    refused("run --param size=1", "workload.size");
}

#[test]
fn the_help_of_changes_lists_all_kinds() {
    let command = Line::command();
    let change = command.get_arguments().find(|flag| flag.get_long() == Some("change")).unwrap();
    let help = change.get_help().unwrap().to_string();
    for kind in Adjustment::KINDS {
        assert!(help.contains(kind), "{kind}: {help}");
    }
}

#[test]
fn a_seed_out_of_range_is_refused_with_the_range() {
    for seed in ["-1", "1.5", "9007199254740992"] {
        let error = Line::try_parse_from(["run", "--seed", seed]).unwrap_err().to_string();
        assert!(error.contains("allowed: a whole number from 0 to 9,007,199,254,740,991"), "{error}");
    }
    assert_eq!(parse("run --seed 9007199254740991").unwrap().seed, 9_007_199_254_740_991);
}
