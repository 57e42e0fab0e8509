//! What one run of a generator comes to.

use crate::bench::{generator::Account, rig::Ran, table::MIB};

/// The figures of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Completed requests per second.
    throughput: f64,
    /// CPU time of the generator for each of them, from its start to its end: microseconds.
    cpu_per_request: f64,
    /// Peak resident memory of the generator: MiB.
    peak_rss: f64,
    /// Share of one CPU: per cent.
    pub(super) generator_busy: f64,
    /// The same of the target, which was the limit where it comes near 100.
    pub(super) target_busy: Option<f64>,
}

/// A figure that generators are compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Throughput,
    CpuPerRequest,
    PeakRss,
}

impl Figures {
    pub(super) fn of(ran: &Ran, account: Account) -> Self {
        Self {
            throughput: account.throughput(),
            cpu_per_request: ran.generator.cpu.as_secs_f64() * 1e6 / account.completed as f64,
            peak_rss: ran.generator.peak_rss_bytes as f64 / MIB,
            generator_busy: ran.generator_busy(),
            target_busy: ran.target_busy(),
        }
    }

    pub(super) fn get(&self, measure: Measure) -> f64 {
        match measure {
            Measure::Throughput => self.throughput,
            Measure::CpuPerRequest => self.cpu_per_request,
            Measure::PeakRss => self.peak_rss,
        }
    }
}

impl Measure {
    pub(super) const ALL: [Self; 3] = [Self::Throughput, Self::CpuPerRequest, Self::PeakRss];

    /// The head of its column, with the unit.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Throughput => "requests/s",
            Self::CpuPerRequest => "CPU us/request",
            Self::PeakRss => "peak RSS MiB",
        }
    }

    /// How many decimals say something.
    pub(super) fn decimals(self) -> usize {
        match self {
            Self::Throughput => 0,
            Self::CpuPerRequest => 2,
            Self::PeakRss => 1,
        }
    }

    /// The better of two.
    pub(super) fn better(self, a: f64, b: f64) -> f64 {
        match self {
            Self::Throughput => a.max(b),
            Self::CpuPerRequest | Self::PeakRss => a.min(b),
        }
    }
}

#[cfg(test)]
impl Figures {
    /// A run with these figures.
    pub(super) fn sample(throughput: f64, cpu_per_request: f64, peak_rss: f64) -> Self {
        Self { throughput, cpu_per_request, peak_rss, generator_busy: 99.6, target_busy: Some(80.2) }
    }
}
