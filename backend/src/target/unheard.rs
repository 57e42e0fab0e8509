//! The sampler of a target that nobody listens to: benchmarks ask what it costs.

use std::{fs::File, time::Duration};

use anyhow::Context;
use heapgym_probe::{Sampler, clock};
use tokio::runtime::RuntimeMetrics;

use super::{deliver, gauges, workload::Resources};
use crate::child::FrameWriter;

/// Takes readings as in a run, and writes their frames where they are thrown away, until it is dropped.
///
/// # Errors
/// When jemalloc does not answer, or the system gives no thread or no `/dev/null`.
pub fn sample(interval: Duration, resources: &Resources, metrics: RuntimeMetrics) -> anyhow::Result<Sampler> {
    let nowhere = File::options().write(true).open("/dev/null").context("cannot open `/dev/null`")?;
    let mut frames = FrameWriter::new(nowhere);
    let (requests, pools) = (resources.requests.clone(), resources.pools.clone());
    let gauges = move || gauges(&requests, &pools, &metrics);
    let sink = move |tick, reading: &_| deliver(&mut frames, tick, reading);
    Ok(Sampler::spawn(interval, clock::monotonic_ns(), Vec::new(), gauges, sink)?)
}
