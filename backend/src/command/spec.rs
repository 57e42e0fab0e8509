//! Flags that describe a run, turned into a specification and judged like any other.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use bytesize::ByteSize;
use heapgym_shared::{Rejection, RunSpec, spec::InstanceLimits, threshold::Threshold};
use serde_json::{Value, json};

use super::{
    load::{LoadArgs, milliseconds},
    workload::WorkloadArgs,
};

/// What to run.
#[derive(Debug, clap::Args)]
pub(super) struct SpecArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    #[command(flatten)]
    load: LoadArgs,
    /// Idle time before the first request.
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    baseline: Duration,
    /// Time under load that the summary leaves out.
    #[arg(long, default_value = "1s", value_parser = humantime::parse_duration)]
    warmup: Duration,
    /// The longest wait for replies after the last request.
    #[arg(long, default_value = "5s", value_parser = humantime::parse_duration)]
    graceful_stop: Duration,
    /// Idle time after the last reply, in which memory may come back.
    #[arg(long, default_value = "2s", value_parser = humantime::parse_duration)]
    recovery: Duration,
    /// The run ends out_of_memory when the target's resident memory passes this.
    #[arg(long, default_value = "2GiB")]
    memory_limit: ByteSize,
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
    /// Time from one sample to the next.
    #[arg(long, default_value = "100ms", value_parser = humantime::parse_duration)]
    sample_interval: Duration,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What must hold of the run, such as `response_time p(99) < 50ms` or `rss max < 512MiB over 5s`; exit code
    /// 99 when it does not. May be repeated.
    #[arg(long = "threshold", value_name = "EXPR")]
    thresholds: Vec<String>,
    /// Stop the run as soon as one of the thresholds fails that are judged while it goes on.
    #[arg(long, requires = "thresholds")]
    abort_on_fail: bool,
    /// Read the whole specification from a file of JSON instead, such as the `spec` of a report.
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "workload", "variant", "parameters", "rate", "concurrency", "profile", "time_unit",
        "arrivals", "duration", "baseline", "warmup",
        "graceful_stop", "recovery", "memory_limit", "wall_clock_limit", "timeout", "max_in_flight",
        "on_saturation", "dirty_decay", "muzzy_decay", "background_thread", "sample_interval", "seed",
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
            None => self.to_value()?,
        };
        Ok(RunSpec::parse(&value, &InstanceLimits::default())?)
    }

    fn to_value(&self) -> Result<Value, Rejection> {
        Ok(json!({
            "workload": self.workload.to_value()?,
            "variant": self.workload.variant(),
            "load": self.load.to_value()?,
            "phases": {
                "baseline_ms": milliseconds(self.baseline),
                "warmup_ms": milliseconds(self.warmup),
                "graceful_stop_ms": milliseconds(self.graceful_stop),
                "recovery_ms": milliseconds(self.recovery),
            },
            "allocator": {
                "dirty_decay_ms": self.dirty_decay.map(milliseconds),
                "muzzy_decay_ms": self.muzzy_decay.map(milliseconds),
                "background_thread": self.background_thread,
            },
            "limits": {
                "memory_bytes": self.memory_limit.as_u64(),
                "wall_clock_ms": self.wall_clock_limit.map(milliseconds),
            },
            "sample_interval_ms": milliseconds(self.sample_interval),
            "seed": self.seed,
            "thresholds": self.thresholds()?,
        }))
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
            parse("run --rate 200 --duration 5s --memory-limit 128MiB --param payload_bytes=64KiB").unwrap();
        assert_eq!(
            spec.load.profile,
            LoadProfile::ConstantArrivalRate { rate: 200.0, time_unit_ms: 1_000, duration_ms: 5000 }
        );
        assert_eq!(spec.limits.memory_bytes, 128 << 20);
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
