//! What one load thread hands over at each tick: counters, and the histograms since the last tick.

use hdrhistogram::{CreationError, Histogram};
use heapgym_shared::{
    buckets::Buckets,
    report::{Failures, Latency},
    sample::LatencyWindow,
};

use super::plan::Segment;

/// Resolution of the shortest latencies; three digits hold from a tenth of a millisecond on.
const LOWEST_NS: u64 = 100;
/// Longer than any run: a request that waited from the first instant to the last is still inside.
const HIGHEST_NS: u64 = 3_600_000_000_000;
const SIGNIFICANT_DIGITS: u8 = 3;

/// What one load thread counted, and the latencies of what ended since it last handed over.
#[derive(Debug)]
pub(super) struct Window {
    /// Cumulative, by [`Segment::index`].
    pub(super) counters: [Counters; 2],
    /// Since the last window, by [`Segment::index`] of the requests' own segment.
    pub(super) latencies: [Latencies; 2],
}

/// Cumulative counts of one segment's requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counters {
    /// Requests whose intended instant has come.
    pub(super) offered: u64,
    /// Requests that were given to a connection.
    pub(super) started: u64,
    /// Requests left out on purpose.
    pub(super) dropped: u64,
    /// Requests that started more than 1 ms after their intended instant.
    pub(super) late: u64,
    /// Replies received whole, with a status of 2xx or 3xx.
    pub(super) completed: u64,
    /// Requests of either segment that completed while this segment lasted: what its throughput counts.
    pub(super) completions: u64,
    /// Requests that ended in any other way, by kind.
    pub(super) failures: Failures,
    /// Requests that were sent a second time.
    pub(super) resent: u64,
    /// Bytes of bodies received, of whatever reply.
    pub(super) body_bytes: u64,
    /// Bytes of the bodies of completed requests.
    pub(super) completed_body_bytes: u64,
}

/// Latencies of completed requests from both their starts, and how late all started requests were.
#[derive(Debug)]
pub struct Latencies {
    response_time: Histogram<u64>,
    service_time: Histogram<u64>,
    lateness: Histogram<u64>,
}

/// The summaries of [`Latencies`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Summaries {
    /// From the intended start.
    pub(super) response_time: Latency,
    /// From the actual start.
    pub(super) service_time: Latency,
    /// From the one to the other.
    pub(super) lateness: Latency,
}

impl Window {
    /// A window in which nothing was counted.
    ///
    /// # Errors
    /// Never, with the bounds above.
    pub(super) fn new() -> Result<Self, CreationError> {
        Ok(Self { counters: Default::default(), latencies: [Latencies::new()?, Latencies::new()?] })
    }

    /// The latencies of one segment's requests.
    pub(super) fn of(&mut self, segment: Segment) -> &mut Latencies {
        &mut self.latencies[segment.index()]
    }

    /// Forgets the latencies, for the next use.
    pub(super) fn reset(&mut self) {
        self.latencies.iter_mut().for_each(Latencies::reset);
    }
}

impl Counters {
    /// Requests on their way.
    pub(super) fn in_flight(&self) -> u64 {
        self.started.saturating_sub(self.completed + self.failures.total())
    }

    /// Adds another thread's or segment's counts.
    pub(super) fn add(&mut self, other: &Self) {
        self.offered += other.offered;
        self.started += other.started;
        self.dropped += other.dropped;
        self.late += other.late;
        self.completed += other.completed;
        self.completions += other.completions;
        self.failures.add(&other.failures);
        self.resent += other.resent;
        self.body_bytes += other.body_bytes;
        self.completed_body_bytes += other.completed_body_bytes;
    }
}

impl Latencies {
    /// No latencies.
    ///
    /// # Errors
    /// Never, with the bounds above.
    pub fn new() -> Result<Self, CreationError> {
        let histogram = Histogram::new_with_bounds(LOWEST_NS, HIGHEST_NS, SIGNIFICANT_DIGITS)?;
        Ok(Self { response_time: histogram.clone(), service_time: histogram.clone(), lateness: histogram })
    }

    /// Records one completed request.
    pub fn record(&mut self, response_ns: u64, service_ns: u64) {
        self.response_time.saturating_record(response_ns);
        self.service_time.saturating_record(service_ns);
    }

    /// Records how late one request of a schedule started, whatever comes of it.
    pub(super) fn record_lateness(&mut self, late_ns: u64) {
        self.lateness.saturating_record(late_ns);
    }

    /// Adds other requests.
    pub(super) fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.response_time, &other.response_time),
            (&mut self.service_time, &other.service_time),
            (&mut self.lateness, &other.lateness),
        ];
        for (sum, more) in pairs {
            let added = sum.add(more);
            debug_assert!(added.is_ok(), "all histograms have the same bounds");
        }
    }

    /// Forgets all requests.
    pub(super) fn reset(&mut self) {
        for histogram in [&mut self.response_time, &mut self.service_time, &mut self.lateness] {
            // Most windows of the other segment are empty: leave their memory untouched.
            if !histogram.is_empty() {
                histogram.reset();
            }
        }
    }

    /// From the intended start, in nanoseconds.
    pub fn response_time(&self) -> &Histogram<u64> {
        &self.response_time
    }

    /// From the actual start, in nanoseconds.
    pub fn service_time(&self) -> &Histogram<u64> {
        &self.service_time
    }

    /// All response times, for one sample.
    pub(super) fn response_times(&self) -> Buckets {
        let recorded = self.response_time.iter_recorded();
        Buckets::of_ascending(recorded.map(|step| (step.value_iterated_to(), step.count_at_value())))
    }

    /// Response time and service time, for one sample.
    pub(super) fn windows(&self) -> (LatencyWindow, LatencyWindow) {
        (window(&self.response_time), window(&self.service_time))
    }

    /// All three, for the summary.
    pub(super) fn summaries(&self) -> Summaries {
        Summaries {
            response_time: summary(&self.response_time),
            service_time: summary(&self.service_time),
            lateness: summary(&self.lateness),
        }
    }
}

fn window(histogram: &Histogram<u64>) -> LatencyWindow {
    if histogram.is_empty() {
        return LatencyWindow::default(); // after a reset its maximum is not 0, but the unit less one
    }
    LatencyWindow {
        count: histogram.len(),
        p50_ns: histogram.value_at_quantile(0.5),
        p90_ns: histogram.value_at_quantile(0.9),
        p99_ns: histogram.value_at_quantile(0.99),
        max_ns: histogram.max(),
    }
}

fn summary(histogram: &Histogram<u64>) -> Latency {
    if histogram.is_empty() {
        return Latency::default();
    }
    Latency {
        mean: histogram.mean(),
        min: histogram.min(),
        p50: histogram.value_at_quantile(0.5),
        p90: histogram.value_at_quantile(0.9),
        p95: histogram.value_at_quantile(0.95),
        p99: histogram.value_at_quantile(0.99),
        p999: histogram.value_at_quantile(0.999),
        max: histogram.max(),
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::buckets::bucket_of;

    use super::*;

    #[test]
    fn an_empty_histogram_reads_zero_and_not_nan() {
        let latencies = Latencies::new().unwrap();
        assert_eq!(latencies.windows(), Default::default());
        let none = Latency::default();
        let summaries = Summaries { response_time: none, service_time: none, lateness: none };
        assert_eq!(latencies.summaries(), summaries);
    }

    #[test]
    fn the_longest_wait_of_the_longest_run_is_not_clipped() {
        let mut latencies = Latencies::new().unwrap();
        let fifteen_minutes = 900_000_000_000;
        latencies.record(fifteen_minutes, 1);
        let (response, service) = latencies.windows();
        assert!((fifteen_minutes..=fifteen_minutes / 1_000 * 1_001).contains(&response.max_ns));
        assert!(service.max_ns < 2 * LOWEST_NS);
    }

    #[test]
    fn the_mean_of_three_million_is_that_of_all() {
        let mut latencies = Latencies::new().unwrap();
        for n in 0..3_000_000u64 {
            latencies.record(if n < 1_000_000 { 1_000_000 } else { 4_000_000 }, 1_000_000);
        }
        let Summaries { response_time: response, service_time: service, .. } = latencies.summaries();
        assert!((response.mean / 3_000_000.0 - 1.0).abs() < 1e-3, "{}", response.mean);
        assert!((service.mean / 1_000_000.0 - 1.0).abs() < 1e-3, "{}", service.mean);
        assert_eq!(latencies.windows().0.count, 3_000_000);
    }

    #[test]
    fn merged_percentiles_are_those_of_all_requests_together() {
        let (mut quick, mut slow) = (Latencies::new().unwrap(), Latencies::new().unwrap());
        (0..99).for_each(|_| quick.record(1_000_000, 0));
        (0..99).for_each(|_| slow.record(9_000_000, 0));
        slow.add(&quick);
        let (merged, _) = slow.windows();
        assert_eq!(merged.count, 198);
        assert!(merged.p50_ns < 1_100_000 && merged.p90_ns > 8_900_000, "{merged:?}");
        let ends = slow.response_times().ends();
        assert_eq!(ends, Some((bucket_of(1_000_000), bucket_of(9_000_000))));
        assert_eq!(slow.response_times().total(), 198);
        slow.reset();
        assert_eq!(slow.windows().0, LatencyWindow::default());
        assert!(slow.response_times().is_empty());
    }
}
