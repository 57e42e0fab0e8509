//! The figures of thresholds on latencies and requests: only the load generator has histograms, and counts by phase.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hdrhistogram::{CreationError, Histogram};
use heapgym_shared::{
    sample::Phase,
    threshold::{Amount, Clock, Counter, Measure, Statistic, Threshold},
};

use super::{
    plan::{Segment, Timeline},
    window::{Counters, Latencies},
};
use crate::child::Figures;

mod sliding;

use sliding::{Grid, SlidingCounters, SlidingLatencies};

const NS_PER_MS: u64 = 1_000_000;
/// A rate over less than this is noise while the load goes on.
const LEAST_RATE_NS: u64 = 1_000_000_000;

/// What thresholds are told at each tick.
#[derive(Debug)]
pub(super) struct Watch {
    /// By the threshold's position; `None` where somebody else knows the figure.
    watched: Vec<Option<Watched>>,
    /// All latencies of the warm-up, where a threshold is about them.
    warmup: Option<Box<Latencies>>,
    timeline: Timeline,
    end_ns: Arc<AtomicU64>,
    /// What happens after the last reply is not judged.
    over: bool,
}

#[derive(Debug)]
struct Watched {
    measure: Measure,
    segment: Segment,
    window: Option<Window>,
}

#[derive(Debug)]
enum Window {
    Latencies(Box<SlidingLatencies>),
    Counters(SlidingCounters),
}

/// What is known at an instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known<'a> {
    /// The instant, of `CLOCK_MONOTONIC`.
    pub(super) now_ns: u64,
    /// By [`Segment::index`].
    pub(super) counters: [Counters; 2],
    /// All latencies of the load phase.
    pub(super) load: &'a Latencies,
}

impl Watch {
    /// # Errors
    /// Never, with the bounds of the histograms.
    pub(super) fn new(
        thresholds: &[Threshold],
        timeline: Timeline,
        end_ns: Arc<AtomicU64>,
        interval_ns: u64,
    ) -> Result<Self, CreationError> {
        let watched = thresholds.iter().map(|threshold| {
            threshold
                .measure
                .is_of_load()
                .then(|| Watched::new(threshold, &timeline, interval_ns))
                .transpose()
        });
        let watched = watched.collect::<Result<Vec<_>, _>>()?;
        let of_warmup = watched.iter().flatten().any(Watched::wants_warmup);
        let warmup = if of_warmup { Some(Box::new(Latencies::new()?)) } else { None };
        Ok(Self { watched, warmup, timeline, end_ns, over: false })
    }

    /// Takes in latencies of requests that completed since the last tick, by [`Segment::index`].
    pub(super) fn add(&mut self, latencies: &[Latencies; 2]) {
        if let Some(warmup) = &mut self.warmup {
            warmup.add(&latencies[Segment::Warmup.index()]);
        }
        for watched in self.watched.iter_mut().flatten() {
            if let (Measure::Latency(clock, _), Some(Window::Latencies(window))) =
                (watched.measure, &mut watched.window)
            {
                window.add(of_clock(&latencies[watched.segment.index()], clock));
            }
        }
    }

    /// The figures at a tick; `None` where a threshold has nothing new to be judged by. Those of a window are of
    /// the window that ends now.
    pub(super) fn figures(&mut self, known: Known<'_>) -> Figures {
        self.figures_at(known, false)
    }

    /// The figures when the last reply is in. There are none any more afterwards.
    pub(super) fn last_figures(&mut self, known: Known<'_>) -> Figures {
        let figures = self.figures_at(known, true);
        self.over = true;
        figures
    }

    fn figures_at(&mut self, known: Known<'_>, last: bool) -> Figures {
        if self.over {
            return Figures::new();
        }
        let end_ns = self.end_ns.load(Ordering::Relaxed);
        let Self { watched, warmup, timeline, .. } = self;
        let figure = |watched: &mut Option<Watched>| {
            let watched = watched.as_mut()?;
            let bounds = timeline.bounds(watched.segment, end_ns);
            let figure = match &mut watched.window {
                None => watched.whole(known, warmup.as_deref(), bounds, last),
                Some(_) => watched.windowed(known, bounds, last),
            };
            figure.filter(|figure| figure.is_finite())
        };
        watched.iter_mut().map(figure).collect()
    }
}

impl Watched {
    fn new(threshold: &Threshold, timeline: &Timeline, interval_ns: u64) -> Result<Self, CreationError> {
        let segment = if threshold.phase == Phase::Warmup { Segment::Warmup } else { Segment::Load };
        let (start_ns, _) = timeline.bounds(segment, u64::MAX);
        let window = |ms: u64| {
            let grid = Grid::new(start_ns, ms * NS_PER_MS, interval_ns);
            Ok(match threshold.measure {
                Measure::Latency(..) => Window::Latencies(Box::new(SlidingLatencies::new(grid)?)),
                _ => Window::Counters(SlidingCounters::new(grid)),
            })
        };
        let window = threshold.window_ms.map(window).transpose()?;
        Ok(Self { measure: threshold.measure, segment, window })
    }

    fn wants_warmup(&self) -> bool {
        self.segment == Segment::Warmup
            && self.window.is_none()
            && matches!(self.measure, Measure::Latency(..))
    }

    /// The figure of the phase so far.
    fn whole(
        &self,
        known: Known<'_>,
        warmup: Option<&Latencies>,
        (start_ns, end_ns): (u64, u64),
        last: bool,
    ) -> Option<f64> {
        let now_ns = known.now_ns.checked_sub(start_ns).filter(|ns| *ns > 0)? + start_ns;
        if let Measure::Latency(clock, statistic) = self.measure {
            let latencies = if self.segment == Segment::Load { Some(known.load) } else { warmup };
            return statistic_of(of_clock(latencies?, clock), statistic);
        }
        let duration_ns = now_ns.min(end_ns).saturating_sub(start_ns);
        let duration_ns = Some(duration_ns).filter(|ns| last || *ns >= LEAST_RATE_NS);
        requests(self.measure, &known.counters[self.segment.index()], &Counters::default(), duration_ns)
    }

    /// The figure of the window that ends now, if one does.
    fn windowed(&mut self, known: Known<'_>, (_, end_ns): (u64, u64), last: bool) -> Option<f64> {
        match (self.window.as_mut()?, self.measure) {
            (Window::Latencies(window), Measure::Latency(_, statistic)) => {
                statistic_of(window.cut(known.now_ns, last)?, statistic)
            }
            (Window::Counters(window), measure) => {
                let counters = &known.counters[self.segment.index()];
                let (before, duration_ns) = window.cut(known.now_ns, counters, last)?;
                // A rate falls when the load ends, which is no failure of the target.
                let duration_ns = Some(duration_ns).filter(|_| known.now_ns <= end_ns);
                requests(measure, counters, &before, duration_ns)
            }
            (Window::Latencies(_), _) => None,
        }
    }
}

fn of_clock(latencies: &Latencies, clock: Clock) -> &Histogram<u64> {
    match clock {
        Clock::ResponseTime => latencies.response_time(),
        Clock::ServiceTime => latencies.service_time(),
    }
}

fn statistic_of<T: hdrhistogram::Counter>(histogram: &Histogram<T>, statistic: Statistic) -> Option<f64> {
    if histogram.is_empty() {
        return None;
    }
    Some(match statistic {
        Statistic::Avg => histogram.mean(),
        Statistic::Min => histogram.min() as f64,
        Statistic::Med => histogram.value_at_quantile(0.5) as f64,
        Statistic::Max => histogram.max() as f64,
        Statistic::Percentile(percent) => histogram.value_at_percentile(percent) as f64,
    })
}

/// What was counted since `before`; rates need a duration.
fn requests(measure: Measure, now: &Counters, before: &Counters, duration_ns: Option<u64>) -> Option<f64> {
    let since = |read: fn(&Counters) -> u64| read(now).saturating_sub(read(before)) as f64;
    let per_second = |count: f64| duration_ns.filter(|ns| *ns > 0).map(|ns| count * 1e9 / ns as f64);
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part * 100.0 / whole);
    match measure {
        Measure::Rate => per_second(since(|counters| counters.started)),
        Measure::Throughput => per_second(since(|counters| counters.completions)),
        Measure::Requests(counter, amount) => {
            let count = since(of_counter(counter));
            match (amount, counter) {
                (Amount::Count, _) => Some(count),
                (Amount::PerSecond, _) => per_second(count),
                // Those on their way have no fate yet. When all have ended, this is the share of the offered.
                (Amount::Share, Counter::Completed | Counter::Failed) => share(
                    count,
                    since(|counters| counters.completed + counters.failures.total() + counters.dropped),
                ),
                (Amount::Share, _) => share(count, since(|counters| counters.offered)),
            }
        }
        Measure::Latency(..) | Measure::Gauge(..) | Measure::Finished(_) => None,
    }
}

fn of_counter(counter: Counter) -> fn(&Counters) -> u64 {
    match counter {
        Counter::Offered => |counters| counters.offered,
        Counter::Started => |counters| counters.started,
        Counter::Completed => |counters| counters.completed,
        Counter::Failed => |counters| counters.failures.total(),
        Counter::Dropped => |counters| counters.dropped,
        Counter::Late => |counters| counters.late,
    }
}

#[cfg(test)]
mod tests;
