//! The metric catalogue: every figure of a sample with title, unit, kind, help and how it is read.

use serde::{Deserialize, Serialize};

use crate::{
    sample::{AllocatorReading, LatencyWindow, LoadReading, Sample, TargetReading},
    unit::Unit,
};

/// One figure that a sample holds.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its id in charts, exports and links.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The unit of its value; of a counter's rate it is this per second.
    pub unit: Unit,
    /// How its values are to be read.
    pub kind: Kind,
    /// One or two sentences on what it means.
    pub help: &'static str,
    read: Read,
}

/// How values of a metric are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A value at an instant.
    Gauge,
    /// A sum since the beginning; people look at its rate.
    Counter,
}

/// Where the value comes from.
#[derive(Debug, Clone, Copy)]
enum Read {
    Allocator(fn(&AllocatorReading) -> u64),
    Target(fn(&TargetReading) -> u64),
    /// Computed from what was read; may be negative.
    Derived(fn(&TargetReading) -> Option<i64>),
    Load(fn(&LoadReading) -> u64),
    /// A percentile of a window, which has none when no request ended in it.
    Latency(Window, fn(&LatencyWindow) -> u64),
}

impl Metric {
    /// The value in `sample`; `None` where its process or the allocator did not answer, or no request ended.
    pub fn value(&self, sample: &Sample) -> Option<f64> {
        let value = match self.read {
            Read::Allocator(read) => read(sample.target.as_ref()?.allocator.as_ref()?),
            Read::Target(read) => read(sample.target.as_ref()?),
            Read::Derived(read) => return Some(read(sample.target.as_ref()?)? as f64),
            Read::Load(read) => read(sample.load.as_ref()?),
            Read::Latency(window, read) => {
                let window = window(sample.load.as_ref()?);
                (window.count > 0).then(|| read(window))?
            }
        };
        Some(value as f64)
    }

    fn time_ns(&self, sample: &Sample) -> Option<u64> {
        match self.read {
            Read::Allocator(_) | Read::Target(_) | Read::Derived(_) => {
                sample.target.as_ref().map(|reading| reading.elapsed_ns)
            }
            Read::Load(_) | Read::Latency(..) => sample.load.as_ref().map(|reading| reading.elapsed_ns),
        }
    }

    /// What a chart shows at `sample`: a gauge's value, or a counter's rate per second since `earlier`.
    ///
    /// `None` where either is missing, and for a rate over no time.
    pub fn shown(&self, earlier: Option<&Sample>, sample: &Sample) -> Option<f64> {
        match self.kind {
            Kind::Gauge => self.value(sample),
            Kind::Counter => {
                let earlier = earlier?;
                // From reading to reading: a tick that was answered late must not bend the rate.
                let seconds = self.time_ns(sample)?.checked_sub(self.time_ns(earlier)?)? as f64 / 1e9;
                (seconds > 0.0).then_some(())?;
                let grown = (self.value(sample)? - self.value(earlier)?).max(0.0);
                // Seconds of CPU time in a second are CPUs.
                let unit = if self.unit == Unit::Nanoseconds { 1e9 } else { 1.0 };
                Some(grown / unit / seconds)
            }
        }
    }

    /// The unit of what [`Metric::shown`] gives.
    pub fn shown_unit(&self) -> Unit {
        match (self.kind, self.unit) {
            (Kind::Counter, Unit::Bytes) => Unit::BytesPerSecond,
            (Kind::Counter, Unit::Nanoseconds) => Unit::Cores,
            (Kind::Counter, _) => Unit::PerSecond,
            (Kind::Gauge, unit) => unit,
        }
    }
}

/// The metric with this id.
pub fn find(id: &str) -> Option<&'static Metric> {
    METRICS.iter().find(|metric| metric.id == id)
}

const fn allocator(
    id: &'static str,
    title: &'static str,
    (kind, unit): (Kind, Unit),
    read: fn(&AllocatorReading) -> u64,
    help: &'static str,
) -> Metric {
    Metric { id, title, unit, kind, help, read: Read::Allocator(read) }
}

const fn target(
    id: &'static str,
    title: &'static str,
    (kind, unit): (Kind, Unit),
    read: fn(&TargetReading) -> u64,
    help: &'static str,
) -> Metric {
    Metric { id, title, unit, kind, help, read: Read::Target(read) }
}

const fn derived(
    id: &'static str,
    title: &'static str,
    read: fn(&TargetReading) -> Option<i64>,
    help: &'static str,
) -> Metric {
    Metric { id, title, unit: Unit::Bytes, kind: Kind::Gauge, help, read: Read::Derived(read) }
}

const fn load(
    id: &'static str,
    title: &'static str,
    (kind, unit): (Kind, Unit),
    read: fn(&LoadReading) -> u64,
    help: &'static str,
) -> Metric {
    Metric { id, title, unit, kind, help, read: Read::Load(read) }
}

type Window = fn(&LoadReading) -> &LatencyWindow;

const fn latency(
    id: &'static str,
    title: &'static str,
    window: Window,
    read: fn(&LatencyWindow) -> u64,
    help: &'static str,
) -> Metric {
    Metric { id, title, unit: Unit::Nanoseconds, kind: Kind::Gauge, help, read: Read::Latency(window, read) }
}

const RESPONSE: Window = |load| &load.response_time;
const SERVICE: Window = |load| &load.service_time;
const BYTES: (Kind, Unit) = (Kind::Gauge, Unit::Bytes);
const NOW: (Kind, Unit) = (Kind::Gauge, Unit::Count);
const COUNTER: (Kind, Unit) = (Kind::Counter, Unit::Count);
const BYTE_COUNTER: (Kind, Unit) = (Kind::Counter, Unit::Bytes);
const CPU: (Kind, Unit) = (Kind::Counter, Unit::Nanoseconds);

/// All metrics, grouped as the page shows them.
#[rustfmt::skip] // one metric a line or two: a table, read as one
pub static METRICS: &[Metric] = &[
    allocator("allocated", "Live (allocated)", BYTES, |a| a.allocated_bytes,
        "Bytes the application holds, rounded up to size classes. If this grows with the requests, it leaks."),
    allocator("active", "Active", BYTES, |a| a.active_bytes,
        "Bytes in pages with at least one live allocation. Active less allocated is internal fragmentation."),
    allocator("metadata", "Metadata", BYTES, |a| a.metadata_bytes,
        "The allocator's own bookkeeping."),
    allocator("resident", "Held (resident)", BYTES, |a| a.resident_bytes,
        "The most physical memory the allocator may hold: active, dirty and metadata. Dirty pages are kept for reuse."),
    allocator("mapped", "Mapped", BYTES, |a| a.mapped_bytes,
        "Bytes in extents the allocator has mapped."),
    allocator("retained", "Retained (virtual only)", BYTES, |a| a.retained_bytes,
        "Address space kept for later. It costs no physical memory."),
    allocator("dirty", "Dirty", BYTES, |a| a.dirty_bytes,
        "Pages that were freed and are kept for reuse until their decay. They cost memory and save page faults."),
    allocator("muzzy", "Muzzy", BYTES, |a| a.muzzy_bytes,
        "Pages that were freed and that the kernel may take when it wants. They count as RSS until it does."),
    allocator("tcache", "Thread caches", BYTES, |a| a.tcache_bytes,
        "Freed small objects that threads keep for themselves. Allocated counts them as if they were live."),
    allocator("small", "Small live", BYTES, |a| a.small_bytes,
        "The part of allocated in size classes up to 14 KiB, which share pages."),
    allocator("large", "Large live", BYTES, |a| a.large_bytes,
        "The part of allocated in larger classes, which have pages of their own."),
    allocator("large_allocations", "Large allocations", COUNTER, |a| a.large_allocations,
        "Allocations above 14 KiB. jemalloc counts these exactly; its counts of small ones lag in thread caches."),
    allocator("large_frees", "Large frees", COUNTER, |a| a.large_frees,
        "Frees of allocations above 14 KiB."),
    allocator("purges", "Purges", COUNTER, |a| a.purges,
        "Sweeps that gave dirty or muzzy pages back: the nearest thing to a collection. Their price is page faults later."),
    allocator("purge_calls", "Purge calls", COUNTER, |a| a.purge_calls,
        "Calls of the kernel that gave pages back, sweeps and large frees together."),
    allocator("purged", "Purged", BYTE_COUNTER, |a| a.purged_bytes,
        "Bytes in pages that were given back."),
    allocator("background_threads", "Background threads", NOW, |a| a.background_threads,
        "Threads of jemalloc that give pages back while the service is idle. Without them an idle service keeps its pages."),
    allocator("background_runs", "Background runs", COUNTER, |a| a.background_runs,
        "Times that a background thread woke up."),
    allocator("lock_waits", "Lock waits", COUNTER, |a| a.lock_waits,
        "Times that a thread waited for one of the allocator's locks, those of single size classes left out."),
    allocator("lock_wait", "Lock wait", CPU, |a| a.lock_wait_ns,
        "Time that threads waited for those locks, all together."),
    derived("fragmentation", "Fragmentation", |t| Some(t.allocator?.fragmentation_bytes() as i64),
        "Active less allocated: held by pages that something lives in, and in no use. Purging does not bring it back."),
    derived("cache", "Allocator cache", |t| Some(t.allocator?.cache_bytes() as i64),
        "Dirty and muzzy pages and thread caches: kept for reuse. It is no leak; decay or background threads give it back."),
    derived("os_gap", "OS gap", TargetReading::os_gap_bytes,
        "RSS less resident: code, stacks and muzzy pages. Negative where the allocator counts pages that nobody touched."),
    target("rss", "RSS", BYTES, |t| t.rss_bytes,
        "What the kernel counts as resident for the whole process, code and stacks included. The memory limit is held to it."),
    target("rss_peak", "RSS peak", BYTES, |t| t.rss_peak_bytes,
        "The most the kernel ever counted for the process: it also knows of spikes between two samples."),
    target("minor_faults", "Minor faults", COUNTER, |t| t.minor_faults,
        "Page faults served without disk: the price of memory that was given back and is wanted again."),
    target("major_faults", "Major faults", COUNTER, |t| t.major_faults,
        "Page faults that had to read from disk."),
    target("cpu", "Target CPU", CPU, |t| t.cpu_ns,
        "CPU time of the target, user and system."),
    target("voluntary_switches", "Waits", COUNTER, |t| t.voluntary_switches,
        "Times a thread of the target gave its CPU up to wait for something."),
    target("involuntary_switches", "Preemptions", COUNTER, |t| t.involuntary_switches,
        "Times the kernel took a thread's CPU away for another. Many of them make the high percentiles."),
    target("allocations", "Allocations", COUNTER, |t| t.allocations,
        "Calls of the allocator that gave memory, counted around the allocator by thread."),
    target("allocation_bytes", "Allocated bytes", BYTE_COUNTER, |t| t.allocation_bytes,
        "Bytes that allocations asked for: churn, not growth."),
    target("requests", "Handled", COUNTER, |t| t.requests,
        "Requests whose handler began."),
    target("live_tasks", "Live tasks", NOW, |t| t.live_tasks,
        "Tasks of the async runtime that are alive: one a connection, and whatever the handlers spawned."),
    target("busy", "Workers busy", CPU, |t| t.busy_ns,
        "Time that the async runtime's workers spent on tasks. Near their number, the service has no time left."),
    target("queue_depth", "Queued tasks", NOW, |t| t.queue_depth,
        "Tasks that wait for a worker in the runtime's common queue."),
    target("pool_hits", "Pool hits", COUNTER, |t| t.pool.hits,
        "Buffers that were in the pool when one was wanted."),
    target("pool_misses", "Pool misses", COUNTER, |t| t.pool.misses,
        "Buffers that had to be made, because none was in the pool."),
    target("pool_drops", "Pool drops", COUNTER, |t| t.pool.drops,
        "Buffers that came back and were freed: the pool was full, they were too large, or nobody wanted them for long."),
    target("pool_idle", "Pool idle", NOW, |t| t.pool.idle,
        "Buffers that wait in the pool."),
    target("pool_retained", "Pool retained", BYTES, |t| t.pool.retained_bytes,
        "Bytes that the waiting buffers hold. If a few large requests make it grow for good, the pool is poisoned."),
    target("shed", "Shed", COUNTER, |t| t.soft_limit.shed,
        "Requests that were answered 503 before their handler began, because of the soft memory limit."),
    target("admitted", "Admitted", NOW, |t| t.soft_limit.admitted,
        "Requests that were let in under a soft memory limit and still hold memory, up to the last byte of their reply."),
    target("admission_limit", "Admission limit", NOW, |t| t.soft_limit.admission_limit,
        "How many requests may be let in at once, so that they fit into the soft memory limit. 0: no such limit, or none may."),
    target("soft_limit_level", "Soft limit level", NOW, |t| t.soft_limit.level,
        "0 below all levels; 1 from 70 % of the soft limit on, trimming; 2 from 80 %, purging; 3 from 90 %, shedding; 4 passed."),
    target("soft_limit_cpu", "Soft limit CPU", CPU, |t| t.soft_limit.cpu_ns,
        "CPU time of the thread that holds the soft memory limit."),
    target("sampler_cpu", "Sampler CPU", CPU, |t| t.sampler.cpu_ns,
        "CPU time of the sampler's own thread."),
    target("sampler_allocations", "Sampler allocations", COUNTER, |t| t.sampler.allocations,
        "Allocations of the sampler's own thread in steady state. It should be none."),
    target("sampler_dropped", "Samples dropped", COUNTER, |t| t.sampler.dropped,
        "Samples the target dropped because its pipe was full."),
    load("offered", "Offered", COUNTER, |l| l.offered,
        "Requests whose intended instant has come, whether or not they could start."),
    load("started", "Started", COUNTER, |l| l.started,
        "Requests that were sent."),
    load("completed", "Completed", COUNTER, |l| l.completed,
        "Replies received whole, with a status of 2xx or 3xx."),
    load("failed", "Failed", COUNTER, |l| l.failed,
        "Requests that ended without such a reply."),
    load("dropped", "Dropped", COUNTER, |l| l.dropped,
        "Requests left out on purpose: too many were in flight, or the load phase ended while they waited."),
    load("late", "Late", COUNTER, |l| l.late,
        "Requests that started more than 1 ms after their intended instant."),
    load("in_flight", "In flight", NOW, |l| l.in_flight,
        "Requests on their way."),
    load("body_bytes", "Received", BYTE_COUNTER, |l| l.body_bytes,
        "Bytes of reply bodies received."),
    latency("response_p50", "Response p50", RESPONSE, |w| w.p50_ns,
        "Half of the requests that completed since the last sample took no longer, from their intended start."),
    latency("response_p90", "Response p90", RESPONSE, |w| w.p90_ns,
        "Nine in ten took no longer, from their intended start."),
    latency("response_p99", "Response p99", RESPONSE, |w| w.p99_ns,
        "99 in 100 took no longer, from their intended start."),
    latency("response_max", "Response max", RESPONSE, |w| w.max_ns,
        "The slowest request that completed since the last sample, from its intended start."),
    latency("service_p50", "Service p50", SERVICE, |w| w.p50_ns,
        "As response p50, from the actual start: it hides the wait of requests that could not start in time."),
    latency("service_p99", "Service p99", SERVICE, |w| w.p99_ns,
        "As response p99, from the actual start."),
    load("load_cpu", "Load CPU", CPU, |l| l.cpu_ns,
        "CPU time of the load generator. Near its CPU count, the generator is the limit."),
    load("load_rss", "Load RSS", BYTES, |l| l.rss_bytes,
        "Resident memory of the load generator, which is not part of the target's."),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::sample::Phase;

    fn at(seconds: u64, completed: u64) -> Sample {
        let elapsed_ns = seconds * 1_000_000_000;
        let load = LoadReading { elapsed_ns, completed, in_flight: 3, ..Default::default() };
        Sample { seq: 0, elapsed_ns, phase: Phase::Load, target: None, load: Some(load), events: Vec::new() }
    }

    #[test]
    fn ids_are_unique_and_everything_is_explained() {
        let ids: HashSet<&str> = METRICS.iter().map(|metric| metric.id).collect();
        assert_eq!(ids.len(), METRICS.len());
        assert!(METRICS.iter().all(|metric| !metric.title.is_empty() && metric.help.ends_with('.')));
    }

    #[test]
    fn counters_are_shown_as_rates_and_gauges_as_they_are() {
        let completed = find("completed").unwrap();
        assert_eq!(completed.shown(Some(&at(1, 100)), &at(3, 500)), Some(200.0));
        assert_eq!(completed.shown_unit(), Unit::PerSecond);
        assert_eq!(completed.shown(None, &at(3, 500)), None);
        assert_eq!(completed.shown(Some(&at(3, 500)), &at(3, 500)), None, "no rate over no time");
        let used = |seconds: u64| {
            let load = LoadReading { cpu_ns: seconds * 500_000_000, ..at(seconds, 0).load.unwrap() };
            Sample { load: Some(load), ..at(seconds, 0) }
        };
        assert_eq!(find("load_cpu").unwrap().shown(Some(&used(1)), &used(3)), Some(0.5), "half a CPU");
        assert_eq!(find("in_flight").unwrap().shown(None, &at(1, 0)), Some(3.0));
    }

    #[test]
    fn what_was_not_measured_has_no_value() {
        assert_eq!(find("allocated").unwrap().value(&at(1, 0)), None, "the target did not answer");
        let silent =
            Sample { target: Some(TargetReading { rss_bytes: 9, ..Default::default() }), ..at(1, 0) };
        let value = |id| find(id).unwrap().value(&silent);
        assert_eq!(
            (value("allocated"), value("os_gap"), value("rss")),
            (None, None, Some(9.0)),
            "nor did jemalloc"
        );
        assert_eq!(find("response_p99").unwrap().value(&at(1, 0)), None, "no request ended");
    }
}
