//! A thread that reads this process at fixed instants, waits for nobody, allocates nothing, and reports its own cost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use heapgym_shared::{
    pool::PoolReading,
    sample::{AllocatorReading, SamplerReading, TargetReading},
    soft_limit::SoftLimitReading,
};

use crate::{Error, aside::Aside, clock, counting, jemalloc, process};

/// How long a reading waits for jemalloc, but half an interval at most. Its statistics want its locks, and the holder
/// of one may be any of a hundred threads that wait their turn: up to 360 ms were seen, where the answer takes 0.1 ms.
const PATIENCE: Duration = Duration::from_millis(20);

/// What only the service itself can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Requests whose handler began.
    pub requests: u64,
    /// Requests whose handler ended.
    pub requests_ended: u64,
    /// Tasks of the async runtime that are alive.
    pub live_tasks: u64,
    /// Time that the runtime's workers spent on tasks, all together.
    pub busy_ns: u64,
    /// Tasks that wait for a worker.
    pub queue_depth: u64,
    /// What its buffer pools tell; all zero where there are none.
    pub pool: PoolReading,
    /// What its soft memory limit tells; all zero where there is none.
    pub soft_limit: SoftLimitReading,
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It was taken.
    Delivered,
    /// There was no room; the sampler counts it.
    Dropped,
}

/// A running sampler. Dropping it stops it.
#[derive(Debug)]
pub struct Sampler {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sampler {
    /// Starts a thread that reads at `origin_ns + tick * interval` of the monotonic clock, for tick 0, 1,
    /// 2, ..., and hands each reading to `sink`. Instants that pass while it is held up are skipped, so
    /// a tick always stands for its own instant. A reading that jemalloc does not answer in time, for one of its locks
    /// is held, goes without its figures.
    ///
    /// Neither `gauges` nor `sink` may allocate or block if the readings are to be trusted.
    ///
    /// It runs on the CPUs `cpus`, or where the caller does when that is empty. On a CPU
    /// that the measured threads keep busy it would wait its turn behind all of them.
    ///
    /// # Errors
    /// When jemalloc does not answer or no thread can be started.
    pub fn spawn(
        interval: Duration,
        origin_ns: u64,
        cpus: Vec<usize>,
        gauges: impl FnMut() -> Gauges + Send + 'static,
        sink: impl FnMut(u64, &TargetReading) -> Delivery + Send + 'static,
    ) -> Result<Self, Error> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut readings = Readings::new(origin_ns, gauges);
        let allocator = Allocator::spawn(PATIENCE.min(interval / 2), cpus.clone())?;
        let schedule = Schedule { origin_ns, interval_ns: interval.as_nanos().max(1) as u64 };
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new().name("sampler".to_owned()).spawn(move || {
            // A sampler on a busy CPU is late, and says so by its ticks: better than none.
            let _ = process::run_on(&cpus);
            run(&schedule, &stopped, &allocator, &mut readings, sink);
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Stops it and waits for its last reading.
    pub fn stop(self) {}
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A sampler that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// When readings are due.
#[derive(Debug)]
struct Schedule {
    origin_ns: u64,
    interval_ns: u64,
}

impl Schedule {
    fn due_ns(&self, tick: u64) -> u64 {
        self.origin_ns + tick * self.interval_ns
    }

    /// The tick after `tick` that is not yet past at `now_ns`.
    fn next(&self, tick: u64, now_ns: u64) -> u64 {
        let passed = now_ns.saturating_sub(self.origin_ns) / self.interval_ns;
        (tick + 1).max(passed + 1)
    }
}

/// jemalloc, which may hold up whoever reads it, but not the sampler.
#[derive(Debug)]
struct Allocator {
    reader: Aside<AllocatorReading>,
    patience: Duration,
}

impl Allocator {
    fn spawn(patience: Duration, cpus: Vec<usize>) -> Result<Self, Error> {
        let reader = jemalloc::Reader::new()?;
        let ready = move || {
            // As for the sampler: late is better than none.
            let _ = process::run_on(&cpus);
        };
        // One that fails once in a run is better left out than an abort.
        Ok(Self { reader: Aside::spawn("jemalloc-reader", ready, move || reader.read().ok())?, patience })
    }
}

/// Everything that is read but the allocator's figures, for a thread that wants a reading when it wants it; the
/// [`Sampler`] takes them in time.
#[derive(Debug)]
pub struct Readings<G> {
    process: process::Reader,
    gauges: G,
    origin_ns: u64,
}

impl<G: FnMut() -> Gauges> Readings<G> {
    /// Opens what is to be read; `gauges` tells what only the service can.
    pub fn new(origin_ns: u64, gauges: G) -> Self {
        Self { process: process::Reader::new(), gauges, origin_ns }
    }

    /// One reading, with what the allocator told just now and what the sampler cost so far.
    pub fn take(&mut self, allocator: Option<AllocatorReading>, sampler: SamplerReading) -> TargetReading {
        let usage = self.process.read();
        let counts = counting::total();
        let gauges = (self.gauges)();
        TargetReading {
            elapsed_ns: clock::monotonic_ns().saturating_sub(self.origin_ns),
            allocator,
            rss_bytes: usage.rss_bytes,
            rss_peak_bytes: usage.rss_peak_bytes,
            minor_faults: usage.minor_faults,
            major_faults: usage.major_faults,
            cpu_ns: usage.cpu_ns,
            voluntary_switches: usage.voluntary_switches,
            involuntary_switches: usage.involuntary_switches,
            allocations: counts.allocations,
            allocation_bytes: counts.bytes,
            requests: gauges.requests,
            requests_ended: gauges.requests_ended,
            live_tasks: gauges.live_tasks,
            busy_ns: gauges.busy_ns,
            queue_depth: gauges.queue_depth,
            pool: gauges.pool,
            soft_limit: gauges.soft_limit,
            sampler,
        }
    }
}

fn run(
    schedule: &Schedule,
    stop: &AtomicBool,
    allocator: &Allocator,
    readings: &mut Readings<impl FnMut() -> Gauges>,
    mut sink: impl FnMut(u64, &TargetReading) -> Delivery,
) {
    let mut cost = SamplerReading::default();
    let (cpu_at_start, mut allocations_at_start) = (clock::thread_cpu_ns(), 0);
    let mut tick = 0;
    while !stop.load(Ordering::Relaxed) {
        let now_ns = clock::monotonic_ns();
        if let Some(wait) = schedule.due_ns(tick).checked_sub(now_ns).filter(|&wait| wait > 0) {
            // May wake early; the loop looks again. Unlike a sleep, `stop` can end it.
            thread::park_timeout(Duration::from_nanos(wait));
            continue;
        }
        let (told, aside) = allocator.reader.ask(allocator.patience);
        let reading = readings.take(told, cost);
        if sink(tick, &reading) == Delivery::Dropped {
            cost.dropped += 1;
        }
        if cost.samples == 0 {
            // What the first sample sets up (thread-local state, lazy buffers) is not steady state.
            allocations_at_start = counting::of_this_thread().allocations;
        }
        cost.samples += 1;
        cost.cpu_ns = clock::thread_cpu_ns() - cpu_at_start + aside.cpu_ns;
        cost.allocations = counting::of_this_thread().allocations - allocations_at_start + aside.allocations;
        tick = schedule.next(tick, clock::monotonic_ns());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tikv_jemallocator::Jemalloc;

    use super::*;
    use crate::CountingAllocator;

    #[global_allocator]
    static ALLOCATOR: CountingAllocator<Jemalloc> = CountingAllocator::new(Jemalloc);

    #[test]
    fn instants_that_passed_are_skipped() {
        let schedule = Schedule { origin_ns: 1000, interval_ns: 100 };
        assert_eq!(schedule.due_ns(3), 1300);
        assert_eq!(schedule.next(3, 1310), 4);
        assert_eq!(schedule.next(3, 1750), 8, "1400 to 1700 are past");
        assert_eq!(schedule.next(3, 900), 4);
    }

    #[test]
    fn readings_come_in_order_and_cost_no_allocation() {
        const SAMPLES: usize = 20;
        let (sender, readings) = mpsc::sync_channel(SAMPLES);
        let origin = clock::monotonic_ns();
        let sampler = Sampler::spawn(
            Duration::from_millis(5),
            origin,
            Vec::new(),
            || Gauges { requests: 7, requests_ended: 6, ..Gauges::default() },
            move |tick, reading| match sender.try_send((tick, *reading)) {
                Ok(()) => Delivery::Delivered,
                Err(_) => Delivery::Dropped,
            },
        )
        .unwrap();
        let taken: Vec<(u64, TargetReading)> = (0..SAMPLES).map(|_| readings.recv().unwrap()).collect();
        sampler.stop();
        assert!(
            taken.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1.elapsed_ns < pair[1].1.elapsed_ns)
        );
        let last = &taken[SAMPLES - 1].1;
        assert_eq!((last.sampler.allocations, last.sampler.dropped, last.requests), (0, 0, 7));
        assert!(
            last.sampler.cpu_ns > 0
                && last
                    .allocator
                    .is_some_and(|told| told.allocated_bytes > 0 && told.resident_bytes >= told.active_bytes)
        );
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let (sender, readings) = mpsc::channel();
        let sampler = Sampler::spawn(
            Duration::from_millis(1),
            clock::monotonic_ns(),
            Vec::new(),
            Gauges::default,
            move |_, reading| {
                let _ = sender.send(reading.sampler);
                Delivery::Dropped
            },
        )
        .unwrap();
        let costs: Vec<SamplerReading> = readings.iter().take(5).collect();
        sampler.stop();
        assert_eq!(costs[4].dropped, 4, "the fifth reading knows of the four before it");
    }
}
