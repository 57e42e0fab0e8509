//! Flags that describe a run, turned into a specification and judged like any other.

use std::time::Duration;

use anyhow::Context;
use bytesize::ByteSize;
use clap::{Args, Id, builder::PossibleValuesParser};
use heapgym_shared::{
    Rejection, RunSpec,
    preset::{self, Preset},
    spec::{InstanceLimits, SEED},
    threshold::Threshold,
    tree::{put, put_given},
};
use serde_json::{Map, Value, json};

use super::{
    change,
    load::{LoadArgs, milliseconds},
    quantity,
    source::Source,
    workload::{WorkloadArgs, assignment},
};
use crate::json;

/// What to run: flags, or a file with a whole specification.
#[derive(Debug, Default, PartialEq, clap::Args)]
#[command(mut_arg("spec", |spec| spec.conflicts_with_all(SpecFlags::ids())))]
pub(super) struct SpecArgs {
    #[command(flatten)]
    flags: SpecFlags,
    /// Read the whole specification from JSON instead: a specification, or a report or a run, which have one. From a
    /// file, from stdin (`-`), or from the address of a run (http://127.0.0.1:8080/r/ID). Beside it go only flags that
    /// do something with the run: --json, --junit, --svg, --save, --heap-profile-out, --find-rate.
    #[arg(long, value_name = "FILE")]
    spec: Option<Source>,
}

/// What to run. What is not given is the preset's, and where there is none, the specification's default.
#[derive(Debug, Default, PartialEq, clap::Args)]
pub(super) struct SpecFlags {
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
    #[arg(long, value_parser = quantity::duration)]
    baseline: Option<Duration>,
    /// Time under load that the summary leaves out [default: 1s].
    #[arg(long, value_parser = quantity::duration)]
    warmup: Option<Duration>,
    /// The longest wait for replies after the last request [default: 5s].
    #[arg(long, value_parser = quantity::duration)]
    graceful_stop: Option<Duration>,
    /// Idle time after the last reply, in which memory may come back [default: 2s].
    #[arg(long, value_parser = quantity::duration)]
    recovery: Option<Duration>,
    /// The run ends out_of_memory when the target's resident memory passes this [default: 2GiB].
    #[arg(long, value_parser = quantity::size)]
    memory_limit: Option<ByteSize>,
    /// The target stays below this by itself: it gives memory back, and answers 503 to requests that would not fit.
    #[arg(long, value_parser = quantity::size)]
    soft_limit: Option<ByteSize>,
    /// The run ends timed_out when it takes longer than this in all.
    #[arg(long, value_parser = quantity::duration)]
    wall_clock_limit: Option<Duration>,
    /// How long jemalloc keeps freed pages before it gives them back [default: jemalloc's 10s].
    #[arg(long, value_parser = quantity::duration)]
    dirty_decay: Option<Duration>,
    /// How long jemalloc keeps pages that the kernel may take [default: jemalloc's 0s].
    #[arg(long, value_parser = quantity::duration)]
    muzzy_decay: Option<Duration>,
    /// Whether jemalloc returns pages from background threads.
    #[arg(long)]
    background_thread: Option<bool>,
    /// Another option of jemalloc's, such as `narenas=1`, `tcache=false`, `oversize_threshold=1GiB`, or settings by
    /// name: `preset=` high_throughput, memory_thrift, small_service or extreme_thrift. May be repeated.
    #[arg(long = "allocator", value_name = "NAME=VALUE")]
    allocator: Vec<String>,
    /// Change the run while it goes on, such as `2s set_decay dirty_ms=0` two seconds after it began. Kinds: set_rate
    /// rate=, set_concurrency concurrency=, pause, resume, set_decay dirty_ms= muzzy_ms=, purge, set_background_thread
    /// on=, set_pool_limit idle=, set_soft_limit bytes=, start_profile, stop_profile, take_profile. May be repeated.
    #[arg(long = "change", value_name = "WHEN KIND NAME=VALUE")]
    changes: Vec<String>,
    /// Time from one sample to the next [default: 100ms].
    #[arg(long, value_parser = quantity::duration)]
    sample_interval: Option<Duration>,
    /// Seed of everything random [default: 1].
    #[arg(long, allow_negative_numbers = true, value_parser = quantity::whole::<u64>(0..=SEED.max as u64))]
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
}

impl SpecArgs {
    /// The specification.
    ///
    /// # Errors
    /// A [`Rejection`] that names the field, or a file that cannot be read.
    pub(super) fn parse(&self) -> anyhow::Result<RunSpec> {
        let value = match &self.spec {
            Some(source) => json::specification(&source.document().context("--spec")?)
                .map_err(|why| source.refuse(why).context("--spec"))?,
            None => Value::Object(self.flags.written()?),
        };
        Ok(RunSpec::parse(&value, &InstanceLimits::default())?)
    }

    /// The specification that the flags write with this workload and variant, which no flag may name then; not yet
    /// judged.
    ///
    /// # Errors
    /// A [`Rejection`] of a flag.
    pub(super) fn written_with(&self, kind: &str, variant: &str) -> Result<Map<String, Value>, Rejection> {
        if self.flags.workload.names_any() || self.spec.is_some() {
            return Err(Rejection::new(
                "workload",
                "is given twice",
                "either a side such as logs/naive, or a file",
            ));
        }
        let mut spec = self.flags.preset_spec();
        self.flags.workload.write_as(&mut spec, Some(kind), Some(variant))?;
        self.flags.write_rest_over(&mut spec)?;
        Ok(spec)
    }

    /// Whether none of these flags was given.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl SpecFlags {
    /// The ids that clap knows the flags by.
    fn ids() -> Vec<Id> {
        let command = Self::augment_args(clap::Command::default());
        command.get_arguments().map(|flag| flag.get_id().clone()).collect()
    }

    /// The specification that the flags write, over the preset's where there is one; not yet judged.
    fn written(&self) -> Result<Map<String, Value>, Rejection> {
        let mut spec = self.preset_spec();
        self.write_over(&mut spec)?;
        Ok(spec)
    }

    /// Writes the flags over a specification, except the preset; not yet judged.
    ///
    /// # Errors
    /// A [`Rejection`] of a flag.
    pub(super) fn write_over(&self, spec: &mut Map<String, Value>) -> Result<(), Rejection> {
        self.workload.write_over(spec)?;
        self.write_rest_over(spec)
    }

    fn preset_spec(&self) -> Map<String, Value> {
        match self.preset.as_deref().and_then(preset::find).map(Preset::spec) {
            Some(Value::Object(spec)) => spec,
            _ => Map::new(),
        }
    }

    /// Writes all flags but those of the workload.
    fn write_rest_over(&self, spec: &mut Map<String, Value>) -> Result<(), Rejection> {
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
        put_given(spec, given);
        for option in &self.allocator {
            let (name, value) = assignment(option).ok_or_else(|| {
                Rejection::new("allocator", format!("is `{option}`"), "NAME=VALUE, such as narenas=1")
            })?;
            put(spec, &format!("allocator.{name}"), value);
        }
        if !self.changes.is_empty() {
            let changes: Result<Vec<Value>, _> =
                self.changes.iter().map(|text| change::parse(text)).collect();
            spec.insert("changes".to_owned(), Value::Array(changes?));
        }
        Ok(())
    }

    fn thresholds(&self) -> Result<Vec<Threshold>, Rejection> {
        let parse = |(index, text): (usize, &String)| {
            let mut threshold = Threshold::parse(&format!("thresholds[{index}]"), text)?;
            if self.abort_on_fail {
                threshold.abort_on_fail();
            }
            Ok(threshold)
        };
        self.thresholds.iter().enumerate().map(parse).collect()
    }
}

#[cfg(test)]
mod tests;
