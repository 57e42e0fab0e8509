//! Gathers a run's report from its samples as they come, and from what the children said last.

use heapgym_shared::{
    Outcome, Report, RunSpec, Sample,
    report::{
        Environment, Evidence, GeneratorSummary, Leak, MemoryParts, MemorySummary, PerRequest, PoolSummary,
        SCHEMA, SamplerSummary, SoftLimitSummary, TaskSummary,
    },
    sample::{Phase, SizeClass, TargetReading},
};

use crate::child::LoadDone;

/// What has been seen so far. Its size does not grow with the number of requests; the points for the
/// leak verdict are one a sample.
#[derive(Debug, Default)]
pub(super) struct Summary {
    samples: u64,
    without_allocator: u64,
    /// The last reading of the baseline, with the allocator's figures.
    baseline: Option<TargetReading>,
    first_loaded: Option<TargetReading>,
    last_loaded: Option<TargetReading>,
    /// The first and the last reading of the recovery, with the allocator's figures.
    recovering: Option<TargetReading>,
    recovered: Option<TargetReading>,
    last: Option<TargetReading>,
    peaks: MemorySummary,
    generator: GeneratorSummary,
    live_tasks_peak: u64,
    pool_retained_peak_bytes: u64,
    soft_limit: SoftLimitSummary,
    /// Requests served and live bytes, in the load phase.
    growth: Vec<(u64, u64)>,
}

/// What the run itself knows when it is over.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) outcome: Outcome,
    pub(super) environment: Environment,
    pub(super) load: Option<Box<LoadDone>>,
    pub(super) rss_peak_bytes: u64,
    pub(super) size_classes: Vec<SizeClass>,
}

impl Summary {
    /// Takes in the next sample.
    pub(super) fn observe(&mut self, sample: &Sample) {
        self.samples += 1;
        self.soft_limit.observe(sample);
        if let Some(load) = &sample.load {
            self.generator.cpu_ns = load.cpu_ns;
            self.generator.rss_peak_bytes = self.generator.rss_peak_bytes.max(load.rss_bytes);
        }
        let Some(target) = sample.target else { return };
        if target.allocator.is_none() {
            self.without_allocator += 1;
        }
        let whole = target.allocator.is_some().then_some(target);
        match sample.phase {
            Phase::Baseline => self.baseline = whole.or(self.baseline),
            Phase::Load => {
                self.first_loaded.get_or_insert(target);
                self.last_loaded = Some(target);
                self.growth.extend(in_use(&target).map(|bytes| (target.requests, bytes)));
            }
            Phase::Recovery => {
                self.recovering = self.recovering.or(whole);
                self.recovered = whole.or(self.recovered);
            }
            Phase::Warmup | Phase::Drain => {}
        }
        self.last = Some(target);
        let allocator = target.allocator.unwrap_or_default();
        self.peaks.allocated_peak_bytes = self.peaks.allocated_peak_bytes.max(allocator.allocated_bytes);
        self.peaks.resident_peak_bytes = self.peaks.resident_peak_bytes.max(allocator.resident_bytes);
        self.peaks.rss_peak_bytes = self.peaks.rss_peak_bytes.max(target.rss_bytes);
        self.live_tasks_peak = self.live_tasks_peak.max(target.live_tasks);
        self.pool_retained_peak_bytes = self.pool_retained_peak_bytes.max(target.pool.retained_bytes);
    }

    /// Whether tasks of the load were still ending when the run was over: some are left, and either they became clearly
    /// fewer in the recovery, or nobody waited long enough to see it. Tasks that stay are part of a leak.
    fn work_unfinished(&self) -> bool {
        const LONG_ENOUGH_NS: u64 = 1_000_000_000;
        let (Some(before), Some(first), Some(last)) = (&self.baseline, &self.recovering, &self.recovered)
        else {
            return false;
        };
        let left = last.live_tasks > before.live_tasks + 2; // a connection may close late
        let fewer = last.live_tasks * 5 < first.live_tasks * 4;
        left && (fewer || last.elapsed_ns - first.elapsed_ns < LONG_ENOUGH_NS)
    }

    /// The report.
    pub(super) fn finish(self, spec: &RunSpec, ending: Ending) -> Report {
        let allocated = |reading: &TargetReading| Some(reading.allocator?.allocated_bytes);
        let held = |read: fn(&TargetReading) -> Option<u64>| {
            Some(read(self.recovered.as_ref()?)? as i64 - read(self.baseline.as_ref()?)? as i64)
        };
        let evidence = Evidence {
            growth: &self.growth,
            held_bytes: held(in_use),
            work_unfinished: self.work_unfinished(),
        };
        let load = ending.load.map(|done| *done).unwrap_or_default();
        Report {
            schema: SCHEMA,
            spec: spec.clone(),
            environment: ending.environment,
            outcome: ending.outcome,
            load: load.summary,
            failure_reasons: load.failure_reasons,
            response_time_ns: load.response_time,
            service_time_ns: load.service_time,
            lateness_ns: load.lateness,
            generator: self.generator,
            memory: MemorySummary {
                baseline_allocated_bytes: self.baseline.as_ref().and_then(allocated).unwrap_or(0),
                rss_peak_bytes: self.peaks.rss_peak_bytes.max(ending.rss_peak_bytes),
                held_after_recovery_bytes: held(allocated),
                allocated_after_recovery_bytes: self.recovered.as_ref().and_then(allocated),
                active_after_recovery_bytes: self.recovered.and_then(|r| Some(r.allocator?.active_bytes)),
                baseline: self.baseline.as_ref().and_then(MemoryParts::of),
                after_recovery: self.recovered.as_ref().and_then(MemoryParts::of),
                ..self.peaks
            },
            per_request: per_request(self.first_loaded.as_ref(), self.last_loaded.as_ref()),
            tasks: TaskSummary {
                live_peak: self.live_tasks_peak,
                live_after_recovery: self.recovered.map(|reading| reading.live_tasks),
            },
            pool: spec.pool.and(self.last).map(|last| PoolSummary {
                retained_peak_bytes: self.pool_retained_peak_bytes,
                last: last.pool,
            }),
            soft_limit: self.soft_limit.finish(),
            leak: Leak::judge(&evidence),
            sampler: SamplerSummary {
                without_allocator: Some(self.without_allocator),
                ..sampler(self.last.as_ref())
            },
            size_classes: ending.size_classes,
            samples: self.samples,
            thresholds: Vec::new(),
            profiles: Vec::new(),
            profile_failures: Vec::new(),
        }
    }
}

/// Memory in use: a pool's waiting buffers are not, and neither is what waits in thread caches.
fn in_use(reading: &TargetReading) -> Option<u64> {
    Some(reading.allocator?.live_bytes().saturating_sub(reading.pool.retained_bytes))
}

fn per_request(first: Option<&TargetReading>, last: Option<&TargetReading>) -> Option<PerRequest> {
    let (first, last) = (first?, last?);
    // Those in flight at either end are done in part. Half of what began and half of what ended is what was
    // done, however many they are.
    let done = |reading: &TargetReading| (reading.requests + reading.requests_ended) as f64 / 2.0;
    let requests = done(last) - done(first);
    (requests > 0.0).then_some(())?;
    let each = |read: fn(&TargetReading) -> u64| read(last).saturating_sub(read(first)) as f64 / requests;
    Some(PerRequest {
        allocated_bytes: each(|reading| reading.allocation_bytes),
        allocations: each(|reading| reading.allocations),
        minor_faults: each(|reading| reading.minor_faults),
        cpu_ns: each(|reading| reading.cpu_ns),
    })
}

fn sampler(last: Option<&TargetReading>) -> SamplerSummary {
    let Some(reading) = last.filter(|reading| reading.sampler.samples > 0) else {
        return SamplerSummary::default();
    };
    let cost = reading.sampler;
    let samples = cost.samples as f64;
    SamplerSummary {
        cpu_ns_per_sample: cost.cpu_ns as f64 / samples,
        cpu_share: cost.cpu_ns as f64 / reading.elapsed_ns.max(1) as f64,
        allocations_per_sample: cost.allocations as f64 / samples,
        dropped: cost.dropped,
        without_allocator: None,
    }
}

#[cfg(test)]
mod tests {
    use heapgym_shared::sample::AllocatorReading;

    use super::*;

    fn reading(requests: u64, allocated_bytes: u64) -> TargetReading {
        TargetReading {
            requests,
            requests_ended: requests,
            allocator: Some(AllocatorReading { allocated_bytes, ..Default::default() }),
            allocation_bytes: requests * 3000,
            allocations: requests * 3,
            live_tasks: 5,
            ..Default::default()
        }
    }

    fn observe(summary: &mut Summary, phase: Phase, target: TargetReading) {
        summary.observe(&Sample {
            seq: 0,
            elapsed_ns: 0,
            phase,
            target: Some(target),
            load: None,
            events: Vec::new(),
        });
    }

    #[test]
    fn figures_per_request_cover_the_load_phase_only() {
        let mut summary = Summary::default();
        observe(&mut summary, Phase::Baseline, reading(0, 1000));
        observe(
            &mut summary,
            Phase::Warmup,
            TargetReading { allocation_bytes: 1 << 40, ..reading(10, 1000) },
        );
        observe(&mut summary, Phase::Load, reading(100, 9000));
        observe(&mut summary, Phase::Load, reading(200, 8000));
        observe(&mut summary, Phase::Recovery, reading(200, 1500));
        let each = per_request(summary.first_loaded.as_ref(), summary.last_loaded.as_ref()).unwrap();
        assert_eq!((each.allocated_bytes, each.allocations), (3000.0, 3.0));
        assert_eq!((summary.peaks.allocated_peak_bytes, summary.live_tasks_peak), (9000, 5));
        assert_eq!(summary.recovered.unwrap().allocator.unwrap().allocated_bytes, 1500);
    }

    #[test]
    fn a_reading_without_the_allocators_figures_is_counted_and_takes_no_others_place() {
        let mut summary = Summary::default();
        let silent = TargetReading { allocator: None, ..reading(9, 0) };
        for phase in [Phase::Baseline, Phase::Load, Phase::Recovery] {
            observe(&mut summary, phase, silent);
            observe(&mut summary, phase, reading(8, 1500));
            observe(&mut summary, phase, silent);
        }
        let idle = [summary.baseline, summary.recovering, summary.recovered];
        assert!(idle.iter().all(|idle| idle.is_some_and(|reading| reading.requests == 8)), "{idle:?}");
        assert_eq!((summary.without_allocator, summary.peaks.allocated_peak_bytes), (6, 1500));
        assert_eq!(summary.growth, [(8, 1500)]);
        assert_eq!(summary.last_loaded.unwrap().requests, 9, "all else of it counts");
    }

    #[test]
    fn requests_in_flight_count_half() {
        // 100 in flight at the beginning, none at the end: 50 requests' worth of work was done on them.
        let first = TargetReading { requests: 100, requests_ended: 0, ..Default::default() };
        let last =
            TargetReading { requests: 300, requests_ended: 300, allocations: 500, ..Default::default() };
        assert_eq!(per_request(Some(&first), Some(&last)).unwrap().allocations, 2.0);
    }

    #[test]
    fn no_requests_give_no_figures_rather_than_nan() {
        let same = reading(7, 1);
        assert_eq!(per_request(Some(&same), Some(&same)), None);
        assert_eq!(sampler(None), SamplerSummary::default());
    }
}
