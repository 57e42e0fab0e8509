//! Flags that describe a run, turned into a specification and judged like any other.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use bytesize::ByteSize;
use clap::builder::PossibleValuesParser;
use heapgym_shared::{
    Rejection, RunSpec,
    preset::{self, Preset},
    spec::InstanceLimits,
    threshold::Threshold,
    tree::{put, put_given},
};
use serde_json::{Map, Value, json};

use super::{
    change,
    load::{LoadArgs, milliseconds},
    workload::{WorkloadArgs, assignment},
};

/// What to run. What is not given is the preset's, and where there is none, the specification's default.
#[derive(Debug, PartialEq, clap::Args)]
pub(super) struct SpecArgs {
    /// Begin with a specification that has a name; flags given beside it take the place of what it says.
    ///
    ///   article          the run of the article that heapgym answers
    ///   flash-sale       a quiet service, and then everybody at once
    ///   log-storm        100,000 log lines per second
    ///   slow-downstream  calls to another service, of which some hang
    ///   drip             a soak in which a slow leak has time to show
    #[arg(long, value_name = "ID", verbatim_doc_comment, hide_possible_values = true,
        value_parser = PossibleValuesParser::new(preset::ids()))]
    preset: Option<String>,
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Idle time before the first request [default: 1s].
    #[arg(long, value_parser = humantime::parse_duration)]
    baseline: Option<Duration>,
    /// Time under load that the summary leaves out [default: 1s].
    #[arg(long, value_parser = humantime::parse_duration)]
    warmup: Option<Duration>,
    /// The longest wait for replies after the last request [default: 5s].
    #[arg(long, value_parser = humantime::parse_duration)]
    graceful_stop: Option<Duration>,
    /// Idle time after the last reply, in which memory may come back [default: 2s].
    #[arg(long, value_parser = humantime::parse_duration)]
    recovery: Option<Duration>,
    /// The run ends out_of_memory when the target's resident memory passes this [default: 2GiB].
    #[arg(long)]
    memory_limit: Option<ByteSize>,
    /// The target stays below this by itself: it gives memory back, and answers 503 to requests that would not fit.
    #[arg(long)]
    soft_limit: Option<ByteSize>,
    /// The run ends timed_out when it takes longer than this in all.
    #[arg(long, value_parser = humantime::parse_duration)]
    wall_clock_limit: Option<Duration>,
    /// How long jemalloc keeps freed pages before it gives them back [default: jemalloc's 10s].
    #[arg(long, value_parser = humantime::parse_duration)]
    dirty_decay: Option<Duration>,
    /// How long jemalloc keeps pages that the kernel may take [default: jemalloc's 0s].
    #[arg(long, value_parser = humantime::parse_duration)]
    muzzy_decay: Option<Duration>,
    /// Whether jemalloc returns pages from background threads.
    #[arg(long)]
    background_thread: Option<bool>,
    /// Another option of jemalloc's, such as `narenas=1`, `tcache=false`, `oversize_threshold=1GiB`, or settings by name:
    /// `preset=` high_throughput, memory_thrift, small_service or extreme_thrift. May be repeated.
    #[arg(long = "allocator", value_name = "NAME=VALUE")]
    allocator: Vec<String>,
    /// Change the run while it goes on, such as `2s set_decay dirty_ms=0` two seconds after it began. Kinds: set_rate
    /// rate=, set_concurrency concurrency=, pause, resume, set_decay dirty_ms= muzzy_ms=, purge, set_background_thread on=,
    /// set_pool_limit idle=, set_soft_limit bytes=. May be repeated.
    #[arg(long = "change", value_name = "WHEN KIND NAME=VALUE")]
    changes: Vec<String>,
    /// Time from one sample to the next [default: 100ms].
    #[arg(long, value_parser = humantime::parse_duration)]
    sample_interval: Option<Duration>,
    /// Seed of everything random [default: 1].
    #[arg(long)]
    seed: Option<u64>,
    /// `load` counts allocations by stack over the load phase and takes a heap profile at its end [default: off].
    #[arg(long, value_name = "WHEN")]
    heap_profile: Option<String>,
    /// What must hold of the run, such as `response_time p(99) < 50ms` or `rss max < 512MiB over 5s`; exit code
    /// 99 when it does not. May be repeated.
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<String>,
    /// Stop the run as soon as one of the thresholds fails that are judged while it goes on.
    #[arg(long, requires = "thresholds")]
    abort_on_fail: bool,
    /// Read the whole specification from a file of JSON instead, such as the `spec` of a report.
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "preset", "workload", "variant", "parameters", "pool", "pool_capacity", "pool_max_buffer", "pool_rotate",
        "rate", "concurrency", "profile", "time_unit", "arrivals", "duration", "baseline", "warmup",
        "graceful_stop", "recovery", "memory_limit", "soft_limit", "wall_clock_limit", "timeout", "max_in_flight",
        "on_saturation", "dirty_decay", "muzzy_decay", "background_thread", "allocator", "changes", "sample_interval", "seed",
        "thresholds", "abort_on_fail",
    ])]
    spec: Option<PathBuf>,
}

impl SpecArgs {
    /// The specification.
    ///
    /// # Errors
    /// A [`Rejection`] that names the field, or a file that cannot be read.
    pub(super) fn parse(&self) -> anyhow::Result<RunSpec> {
        let value = match &self.spec {
            Some(path) => {
                let name = path.display();
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{name}`"))?;
                serde_json::from_str(&text).map_err(|error| {
                    Rejection::new("spec", format!("in `{name}` is not JSON: {error}"), "a run specification")
                })?
            }
            None => Value::Object(self.written()?),
        };
        Ok(RunSpec::parse(&value, &InstanceLimits::default())?)
    }

    /// The specification that the flags write, over the preset's where there is one; not yet judged.
    fn written(&self) -> Result<Map<String, Value>, Rejection> {
        self.written_over(|workload, spec| workload.write_over(spec))
    }

    /// The same with this workload and variant, which no flag may name then.
    ///
    /// # Errors
    /// A [`Rejection`] of a flag.
    pub(super) fn written_with(&self, kind: &str, variant: &str) -> Result<Map<String, Value>, Rejection> {
        if self.workload.names_any() || self.spec.is_some() {
            return Err(Rejection::new(
                "workload",
                "is given twice",
                "either a side such as logs/naive, or a file",
            ));
        }
        self.written_over(|workload, spec| workload.write_as(spec, Some(kind), Some(variant)))
    }

    /// Whether none of these flags was given.
    pub(super) fn says_nothing(&self) -> bool {
        use clap::{Args, FromArgMatches};
        let nothing = Self::augment_args(clap::Command::new("")).try_get_matches_from([""]);
        nothing.and_then(|matches| Self::from_arg_matches(&matches)).is_ok_and(|nothing| nothing == *self)
    }

    fn written_over(
        &self,
        write_workload: impl FnOnce(&WorkloadArgs, &mut Map<String, Value>) -> Result<(), Rejection>,
    ) -> Result<Map<String, Value>, Rejection> {
        let mut spec = match self.preset.as_deref().and_then(preset::find).map(Preset::spec) {
            Some(Value::Object(spec)) => spec,
            _ => Map::new(),
        };
        write_workload(&self.workload, &mut spec)?;
        let mut load = match spec.remove("load") {
            Some(Value::Object(load)) => load,
            _ => Map::new(),
        };
        self.load.write_over(&mut load)?;
        spec.insert("load".to_owned(), Value::Object(load));
        let time = |duration: Option<Duration>| duration.map(|duration| json!(milliseconds(duration)));
        let given = [
            ("phases.baseline_ms", time(self.baseline)),
            ("phases.warmup_ms", time(self.warmup)),
            ("phases.graceful_stop_ms", time(self.graceful_stop)),
            ("phases.recovery_ms", time(self.recovery)),
            ("allocator.dirty_decay_ms", time(self.dirty_decay)),
            ("allocator.muzzy_decay_ms", time(self.muzzy_decay)),
            ("allocator.background_thread", self.background_thread.map(|on| json!(on))),
            ("limits.memory_bytes", self.memory_limit.map(|size| json!(size.as_u64()))),
            ("limits.soft_memory_bytes", self.soft_limit.map(|size| json!(size.as_u64()))),
            ("limits.wall_clock_ms", time(self.wall_clock_limit)),
            ("sample_interval_ms", time(self.sample_interval)),
            ("heap_profile", self.heap_profile.as_ref().map(|when| json!(when))),
            ("seed", self.seed.map(|seed| json!(seed))),
            (
                "thresholds",
                (!self.thresholds.is_empty()).then(|| self.thresholds()).transpose()?.map(|all| json!(all)),
            ),
        ];
        put_given(&mut spec, given);
        for option in &self.allocator {
            let (name, value) = assignment(option).ok_or_else(|| {
                Rejection::new("allocator", format!("is `{option}`"), "NAME=VALUE, such as narenas=1")
            })?;
            put(&mut spec, &format!("allocator.{name}"), value);
        }
        if !self.changes.is_empty() {
            let changes: Result<Vec<Value>, _> =
                self.changes.iter().map(|text| change::parse(text)).collect();
            spec.insert("changes".to_owned(), Value::Array(changes?));
        }
        Ok(spec)
    }

    fn thresholds(&self) -> Result<Vec<Threshold>, Rejection> {
        let parse = |(index, text): (usize, &String)| {
            let mut threshold = Threshold::parse(&format!("thresholds[{index}]"), text)?;
            if self.abort_on_fail && threshold.is_live() {
                threshold.abort_after_ms.get_or_insert(0);
            }
            Ok(threshold)
        };
        self.thresholds.iter().enumerate().map(parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use heapgym_shared::{
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
        let spec =
            parse("run --rate 200 --duration 5s --memory-limit 128MiB --soft-limit 96MiB --param payload_bytes=64KiB")
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
        let spike =
            LoadProfile::Spike { base_rate, peak_rate, at_ms: 5_000, hold_ms: 2_000, duration_ms: 9_000 };
        let spec = words(&["run", "--profile", text, "--duration", "9s", "--arrivals", "poisson"]).unwrap();
        assert_eq!((spec.load.profile, spec.load.arrivals), (spike, Arrivals::Poisson));

        let spec =
            words(&["run", "--time-unit", "1m", "--profile", "ramping_arrival_rate stages=600:10s,0:0s"]);
        let stages = Stage::parse_list("600 for 10s, 0 for 0s").unwrap();
        let ramp = LoadProfile::RampingArrivalRate { start_rate: 0.0, time_unit_ms: 60_000, stages };
        assert_eq!(spec.unwrap().load.profile, ramp);

        let spec = parse("run --rate 30 --time-unit 1m").unwrap();
        let constant =
            LoadProfile::ConstantArrivalRate { rate: 30.0, time_unit_ms: 60_000, duration_ms: 20_000 };
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
        let line =
            "run --variant pooled --pool opool --pool-capacity 8 --pool-max-buffer 64KiB --pool-rotate 2s";
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
}
