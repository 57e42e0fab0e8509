//! Handlers called directly, without a network: the child that measures them, and what it is told and tells.
//!
//! The method is that of the criterion library: a warm-up that doubles its iterations, then samples of
//! equally many iterations each, so that two readings of the clock are small beside what lies between them.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use axum::{
    Router,
    body::Body,
    http::{Request, Uri},
};
use futures_util::StreamExt;
use heapgym_probe::{counting, jemalloc, process};
use heapgym_shared::workload::Workload;
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    child::{self, FrameWriter, Setup},
    target::workload::{self, Resources},
};

/// The hidden subcommand that makes this program the measured process of a benchmark.
pub const BENCH_CHILD: &str = "bench-child";

/// Samples in a round, unless a single call takes longer than a tenth of the round.
const SAMPLES_PER_ROUND: u32 = 10;

/// A warm-up is as long as a round, and at most this long.
const LONGEST_WARM_UP: Duration = Duration::from_secs(3);

/// What is to be measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchOrder {
    /// Limits and placement.
    pub setup: Setup,
    /// What is done per call.
    pub workload: Workload,
    /// How it is written.
    pub variant: String,
    /// About how long a round lasts.
    pub round_ms: u64,
    /// How many rounds there are.
    pub rounds: u32,
}

/// What the child tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum BenchFrame {
    /// It warms up.
    Ready {
        /// Version of the allocator.
        allocator: String,
        /// Allocator options in effect, in jemalloc's notation.
        allocator_options: String,
    },
    /// The samples of one round.
    Round(Vec<BenchSample>),
    /// All rounds are over.
    Done,
}

/// Some calls, one after the other, and what they took together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BenchSample {
    /// Calls.
    pub iterations: u64,
    /// Time that passed.
    pub elapsed_ns: u64,
    /// Bytes that the process asked its allocator for.
    pub allocated_bytes: u64,
    /// How often it asked.
    pub allocations: u64,
    /// Page faults served without disk.
    pub minor_faults: u64,
}

/// The body of the hidden subcommand [`BENCH_CHILD`].
///
/// # Errors
/// When the order cannot be read or followed, or the handler answers with another status than 200.
pub fn run_child() -> anyhow::Result<()> {
    let (order, _commands) = child::receive::<BenchOrder>()?;
    child::apply(&order.setup)?;
    let mut frames = FrameWriter::new(child::unbuffered_stdout()?);
    frames.write(&BenchFrame::Ready {
        allocator: jemalloc::describe()?,
        allocator_options: jemalloc::options()?,
    })?;
    let bench = Bench::new(&order.workload, &order.variant)?;
    let round = Duration::from_millis(order.round_ms);
    let plan = Plan::new(bench.warm_up(round.min(LONGEST_WARM_UP))?, round);
    for _ in 0..order.rounds {
        let samples: anyhow::Result<_> = (0..plan.samples).map(|_| bench.sample(plan.iterations)).collect();
        frames.write(&BenchFrame::Round(samples?))?;
    }
    frames.write(&BenchFrame::Done)?;
    Ok(())
}

/// A handler, and what is needed to call it.
struct Bench {
    runtime: Runtime,
    router: Router,
    uri: Uri,
    usage: process::Reader,
}

impl Bench {
    fn new(workload: &Workload, variant: &str) -> anyhow::Result<Self> {
        // One call at a time needs one thread; what a handler hands to others still runs on theirs.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let router = workload::router(workload, variant, &Resources::default())?;
        let uri = workload::path(workload).parse().context("the workload's path is no address")?;
        Ok(Self { runtime, router, uri, usage: process::Reader::new() })
    }

    /// Calls until `duration` has passed, each time twice as often; gives the mean time of a call.
    fn warm_up(&self, duration: Duration) -> anyhow::Result<Duration> {
        let (began, mut iterations, mut all) = (Instant::now(), 1, 0);
        loop {
            self.sample(iterations)?;
            all += iterations;
            let elapsed = began.elapsed();
            if elapsed >= duration {
                return Ok(Duration::from_nanos((elapsed.as_nanos() / u128::from(all)) as u64));
            }
            iterations *= 2;
        }
    }

    fn sample(&self, iterations: u64) -> anyhow::Result<BenchSample> {
        self.runtime.block_on(async {
            let (counts, usage) = (counting::total(), self.usage.read());
            let began = Instant::now();
            for _ in 0..iterations {
                call(&self.router, &self.uri).await?;
            }
            let elapsed = began.elapsed();
            let (counts_after, usage_after) = (counting::total(), self.usage.read());
            Ok(BenchSample {
                iterations,
                elapsed_ns: elapsed.as_nanos() as u64,
                allocated_bytes: counts_after.bytes - counts.bytes,
                allocations: counts_after.allocations - counts.allocations,
                minor_faults: usage_after.minor_faults - usage.minor_faults,
            })
        })
    }
}

/// One request through the router, its body taken part by part as a connection would. Neither the request
/// nor the reading allocates: what is counted is the router's and the handler's.
async fn call(router: &Router, uri: &Uri) -> anyhow::Result<()> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.clone();
    let response = match router.clone().oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let status = response.status();
    ensure!(status.is_success(), "the handler answered {status}");
    let mut body = response.into_body().into_data_stream();
    while let Some(part) = body.next().await {
        std::hint::black_box(part.context("the reply broke off")?);
    }
    Ok(())
}

/// How often a round calls the handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Plan {
    samples: u32,
    iterations: u64,
}

impl Plan {
    /// A round that takes about `round`, where one call takes `each`.
    fn new(each: Duration, round: Duration) -> Self {
        let calls = (round.as_nanos() / each.as_nanos().max(1)) as u64;
        let most = u64::from(SAMPLES_PER_ROUND);
        // Calls that take longer than a tenth of the round are samples of their own, and fewer.
        Self { samples: calls.clamp(1, most) as u32, iterations: (calls / most).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::workload::Calibrate;

    use super::*;

    #[test]
    fn a_round_is_as_long_as_it_is_asked_to_be() {
        let plan = |each_us, round_ms| {
            let plan = Plan::new(Duration::from_micros(each_us), Duration::from_millis(round_ms));
            (plan.samples, plan.iterations)
        };
        assert_eq!(plan(1, 1_000), (10, 100_000));
        assert_eq!(plan(9_000, 1_000), (10, 11));
        assert_eq!(plan(300_000, 1_000), (3, 1));
        assert_eq!(plan(5_000_000, 1_000), (1, 1), "one call is the least");
        assert_eq!(plan(0, 1), (10, 100_000), "faster than the clock counts");
    }

    #[test]
    fn a_round_of_samples_fits_a_frame() {
        let largest = BenchSample {
            iterations: u64::MAX,
            elapsed_ns: u64::MAX,
            allocated_bytes: u64::MAX,
            allocations: u64::MAX,
            minor_faults: u64::MAX,
        };
        let frame = BenchFrame::Round(vec![largest; SAMPLES_PER_ROUND as usize]);
        FrameWriter::new(Vec::new()).write(&frame).unwrap();
    }

    #[test]
    fn a_sample_takes_as_long_as_its_calls() {
        let workload = Workload::Calibrate(Calibrate { delay_ms: 2, ..Calibrate::default() });
        let bench = Bench::new(&workload, "exact").unwrap();
        let sample = bench.sample(10).unwrap();
        assert!(sample.elapsed_ns >= 20_000_000 && sample.iterations == 10, "{sample:?}");
        assert!(bench.warm_up(Duration::from_millis(5)).unwrap() >= Duration::from_millis(2));
    }
}
