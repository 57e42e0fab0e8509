//! What a threshold looks at: a metric and how its values become one figure.

use std::fmt;

use crate::{
    metric::{Kind, METRICS, Metric},
    unit::Unit,
};

/// What a threshold looks at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A latency over the completed requests of the phase, from merged histograms, in nanoseconds.
    Latency(Clock, Statistic),
    /// A gauge of the metric catalogue over the samples of the phase.
    Gauge(Gauge, Extent),
    /// Requests of the phase.
    Requests(Counter, Amount),
    /// Requests sent per second of the phase.
    Rate,
    /// Requests completed within the phase, per second of it.
    Throughput,
    /// A figure of the finished report.
    Finished(Figure),
}

/// Where a latency begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// At the intended start.
    ResponseTime,
    /// At the actual start.
    ServiceTime,
}

/// What is taken of a distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Statistic {
    /// Mean.
    Avg,
    /// The quickest.
    Min,
    /// Half were no slower.
    Med,
    /// The slowest.
    Max,
    /// So many of 100 were no slower; from 0 to 100.
    Percentile(f64),
}

/// What is taken of a gauge's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// Their mean.
    Avg,
    /// The latest.
    Last,
}

/// A counter of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Requests whose intended instant has come.
    Offered,
    /// Requests that were sent.
    Started,
    /// Replies received whole, with a status of 2xx or 3xx.
    Completed,
    /// Requests that ended without such a reply.
    Failed,
    /// Requests left out on purpose.
    Dropped,
    /// Requests that started more than 1 ms after their intended instant.
    Late,
}

/// How a counter is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// In requests.
    Count,
    /// In percent of the offered ones.
    Share,
    /// In requests per second of the phase.
    PerSecond,
}

/// A figure of the finished report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Live memory after the recovery, less the baseline's, in bytes.
    HeldAfterRecovery,
    /// Growth of live memory per request, in bytes.
    LeakSlope,
    /// Bytes asked of the allocator per request.
    AllocatedPerRequest,
    /// Calls of the allocator per request.
    AllocationsPerRequest,
    /// Page faults per request.
    MinorFaultsPerRequest,
    /// CPU time of the target per request, in nanoseconds.
    CpuPerRequest,
}

/// A gauge of the metric catalogue.
#[derive(Clone, Copy)]
pub struct Gauge(&'static Metric);

impl Gauge {
    /// All gauges. The catalogue's latencies are none: a sample holds percentiles, and those cannot be joined.
    pub fn all() -> impl Iterator<Item = Gauge> {
        let suits = |metric: &&Metric| metric.kind == Kind::Gauge && metric.unit != Unit::Nanoseconds;
        METRICS.iter().filter(suits).map(Gauge)
    }

    /// What it is in the catalogue.
    pub fn metric(self) -> &'static Metric {
        self.0
    }
}

impl PartialEq for Gauge {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl fmt::Debug for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gauge({})", self.0.id)
    }
}

impl Clock {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ResponseTime, Self::ServiceTime];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::ResponseTime => "response_time",
            Self::ServiceTime => "service_time",
        }
    }
}

impl Counter {
    /// All counters.
    pub const ALL: [Self; 6] =
        [Self::Offered, Self::Started, Self::Completed, Self::Failed, Self::Dropped, Self::Late];

    /// Its name, as in the metric catalogue.
    pub fn id(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
            Self::Late => "late",
        }
    }
}

impl Extent {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Max, Self::Min, Self::Avg, Self::Last];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
            Self::Avg => "avg",
            Self::Last => "last",
        }
    }
}

impl Figure {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::HeldAfterRecovery,
        Self::LeakSlope,
        Self::AllocatedPerRequest,
        Self::AllocationsPerRequest,
        Self::MinorFaultsPerRequest,
        Self::CpuPerRequest,
    ];

    /// Its name.
    pub fn id(self) -> &'static str {
        match self {
            Self::HeldAfterRecovery => "held_after_recovery",
            Self::LeakSlope => "leak_slope",
            Self::AllocatedPerRequest => "allocated_bytes_per_request",
            Self::AllocationsPerRequest => "allocations_per_request",
            Self::MinorFaultsPerRequest => "minor_faults_per_request",
            Self::CpuPerRequest => "cpu_per_request",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::HeldAfterRecovery | Self::LeakSlope | Self::AllocatedPerRequest => Unit::Bytes,
            Self::AllocationsPerRequest | Self::MinorFaultsPerRequest => Unit::Count,
            Self::CpuPerRequest => Unit::Nanoseconds,
        }
    }
}

/// Whether a figure can only move one way while its phase goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// It never falls.
    Grows,
    /// It never rises.
    Shrinks,
    /// It may do both.
    Either,
}

impl Measure {
    /// What its figures are counted in.
    pub fn unit(self) -> Unit {
        match self {
            Self::Latency(..) => Unit::Nanoseconds,
            Self::Gauge(gauge, _) => gauge.metric().unit,
            Self::Requests(_, Amount::Count) => Unit::Count,
            Self::Requests(_, Amount::Share) => Unit::Percent,
            Self::Requests(_, Amount::PerSecond) | Self::Rate | Self::Throughput => Unit::PerSecond,
            Self::Finished(figure) => figure.unit(),
        }
    }

    /// Whether the load generator answers it, which alone has histograms and counts by phase.
    pub fn is_of_load(self) -> bool {
        !matches!(self, Self::Gauge(..) | Self::Finished(_))
    }

    pub(super) fn course(self) -> Course {
        match self {
            Self::Latency(_, Statistic::Max)
            | Self::Gauge(_, Extent::Max)
            | Self::Requests(_, Amount::Count) => Course::Grows,
            Self::Latency(_, Statistic::Min) | Self::Gauge(_, Extent::Min) => Course::Shrinks,
            _ => Course::Either,
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Avg => f.write_str("avg"),
            Self::Min => f.write_str("min"),
            Self::Med => f.write_str("med"),
            Self::Max => f.write_str("max"),
            Self::Percentile(percent) => write!(f, "p({percent})"),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(clock, statistic) => write!(f, "{} {statistic}", clock.id()),
            Self::Gauge(gauge, extent) => write!(f, "{} {}", gauge.metric().id, extent.id()),
            Self::Requests(counter, Amount::Count) => write!(f, "{} count", counter.id()),
            Self::Requests(counter, Amount::Share | Amount::PerSecond) => write!(f, "{} rate", counter.id()),
            Self::Rate => f.write_str("rate"),
            Self::Throughput => f.write_str("throughput"),
            Self::Finished(figure) => f.write_str(figure.id()),
        }
    }
}
