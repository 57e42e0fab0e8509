//! Flags that describe a run, turned into a specification and judged like any other.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use bytesize::ByteSize;
use heapgym_shared::{Rejection, RunSpec, spec::InstanceLimits};
use serde_json::{Value, json};

use super::workload::WorkloadArgs;

/// What to run.
#[derive(Debug, clap::Args)]
pub(super) struct SpecArgs {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// Requests per second, whether or not the target keeps up.
    #[arg(long, conflicts_with = "concurrency", allow_negative_numbers = true)]
    rate: Option<f64>,
    /// Connections that each send the next request as soon as the last one is answered [default: 100].
    #[arg(long, allow_negative_numbers = true)]
    concurrency: Option<f64>,
    /// How long the load phase lasts.
    #[arg(long, default_value = "20s", value_parser = humantime::parse_duration)]
    duration: Duration,
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
    /// A request without a full reply after this long has failed.
    #[arg(long, default_value = "10s", value_parser = humantime::parse_duration)]
    timeout: Duration,
    /// Connections that `--rate` may open.
    #[arg(long, default_value_t = 1000.0, requires = "rate", conflicts_with = "concurrency")]
    max_in_flight: f64,
    /// What to do with a request that cannot start: queue, drop or abort.
    #[arg(long, default_value = "queue", requires = "rate", conflicts_with = "concurrency")]
    on_saturation: String,
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
    /// Read the whole specification from a file of JSON instead, such as the `spec` of a report.
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "workload", "variant", "parameters", "rate", "concurrency", "duration", "baseline", "warmup",
        "graceful_stop", "recovery", "memory_limit", "wall_clock_limit", "timeout", "max_in_flight",
        "on_saturation", "dirty_decay", "muzzy_decay", "background_thread", "sample_interval", "seed",
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
        let duration_ms = milliseconds(self.duration);
        let profile = match self.rate {
            Some(rate) => json!({"kind": "constant_arrival_rate", "rate": rate, "duration_ms": duration_ms}),
            None => {
                let concurrency = self.concurrency.unwrap_or(100.0);
                json!({"kind": "constant_concurrency", "concurrency": concurrency, "duration_ms": duration_ms})
            }
        };
        Ok(json!({
            "workload": self.workload.to_value()?,
            "variant": self.workload.variant,
            "load": {
                "profile": profile,
                "max_in_flight": self.max_in_flight,
                "on_saturation": self.on_saturation,
                "timeout_ms": milliseconds(self.timeout),
            },
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
        }))
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use heapgym_shared::{load::LoadProfile, workload::Workload};

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
        assert_eq!(spec.load.profile, LoadProfile::ConstantArrivalRate { rate: 200.0, duration_ms: 5000 });
        assert_eq!(spec.limits.memory_bytes, 128 << 20);
        let Workload::Products(products) = spec.workload;
        assert_eq!(products.payload_bytes, 64 << 10);
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
        assert!(parse("run --concurrency 10 --max-in-flight 5").is_err());
        assert!(parse("run --rate 10 --max-in-flight 5 --on-saturation drop").is_ok());
    }

    #[test]
    fn bad_flags_name_their_field() {
        refused("run --rate 0", "load.profile.rate");
        refused("run --concurrency -1", "load.profile.concurrency");
        refused("run --duration 10h", "load.profile.duration_ms");
        refused("run --workload prducts", "workload.kind");
        refused("run --param payload_bytes=-1", "workload.payload_bytes");
        refused("run --param payload", "param");
        refused("run --param size=1", "workload.size");
    }
}
