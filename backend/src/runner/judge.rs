//! Judges a run's thresholds: memory by the samples, latencies and requests by what the load generator says, the
//! rest by the finished report.
//!
//! A threshold without a window is judged by its last figure, one with a window by all of them. One without a figure
//! is not evaluated, which is no success: a latency without a successful reply is neither short nor long.

use heapgym_shared::{
    Outcome, Report, Sample,
    report::Verdict,
    sample::Phase,
    threshold::{Figure, Measure, Passed, Threshold, ThresholdResult},
    unit::Unit,
};

mod gauge;

use gauge::GaugeValues;

/// What has become of each threshold so far.
#[derive(Debug)]
pub(crate) struct Judge {
    watched: Vec<Watched>,
    /// When each phase was first seen, in the order of [`Phase::ALL`].
    began_ns: [Option<u64>; Phase::ALL.len()],
}

#[derive(Debug)]
struct Watched {
    threshold: Threshold,
    /// Of thresholds on a gauge.
    gauge: Option<GaugeValues>,
    /// The last figure; with a window the worst one.
    value: Option<f64>,
    /// Since when it fails; with a window that is for good.
    failed_ns: Option<u64>,
    /// Whether it was taken as the reason to stop; nothing changes it afterwards.
    aborted: bool,
}

impl Judge {
    /// Nothing is known of these thresholds yet.
    pub(crate) fn new(thresholds: &[Threshold]) -> Self {
        let watched = thresholds.iter().map(|&threshold| {
            let gauge = match threshold.measure {
                Measure::Gauge(_, extent) => Some(GaugeValues::new(extent, threshold.window_ms)),
                _ => None,
            };
            Watched { threshold, gauge, value: None, failed_ns: None, aborted: false }
        });
        Self { watched: watched.collect(), began_ns: Default::default() }
    }

    /// A phase has begun, unless it had before.
    pub(crate) fn begin(&mut self, phase: Phase, elapsed_ns: u64) {
        self.began_ns[phase as usize].get_or_insert(elapsed_ns);
    }

    /// Takes in a sample.
    pub(super) fn observe(&mut self, sample: &Sample) {
        self.begin(sample.phase, sample.elapsed_ns);
        for watched in &mut self.watched {
            if let (Measure::Gauge(gauge, _), Some(values)) = (watched.threshold.measure, &mut watched.gauge)
                && watched.threshold.phase == sample.phase
                && let Some(value) = gauge.metric().value(sample)
                && let Some(figure) = values.add(sample.elapsed_ns, value)
            {
                watched.weigh(sample.elapsed_ns, figure);
            }
        }
    }

    /// Takes in the load generator's figures, by position; `None` where there is nothing new.
    pub(crate) fn hear(&mut self, elapsed_ns: u64, figures: &[Option<f64>]) {
        for (watched, figure) in self.watched.iter_mut().zip(figures) {
            if let Some(figure) = figure {
                watched.weigh(elapsed_ns, *figure);
            }
        }
    }

    /// The threshold for which the run is to be stopped now, if any. It has failed then, whatever comes.
    ///
    /// When the load is over there is nothing left to save but the recovery, so only its own thresholds end it.
    pub(crate) fn abort(&mut self, now_ns: u64, load_is_over: bool) -> Option<Threshold> {
        let began_ns = self.began_ns;
        let due = |watched: &&mut Watched| {
            let delay_ns = watched.threshold.abort_after_ms.map(|ms| ms * 1_000_000);
            let began_ns = began_ns[watched.threshold.phase as usize];
            watched.failed_ns.is_some()
                && (!load_is_over || watched.threshold.phase == Phase::Recovery)
                && delay_ns.zip(began_ns).is_some_and(|(delay_ns, began_ns)| now_ns >= began_ns + delay_ns)
        };
        let watched = self.watched.iter_mut().find(due)?;
        watched.aborted = true;
        Some(watched.threshold)
    }

    /// The results, in the order of the thresholds.
    pub(super) fn finish(self, report: &Report) -> Vec<ThresholdResult> {
        self.watched.into_iter().map(|watched| watched.finish(|figure| figure_of(report, figure))).collect()
    }

    /// The results where there was a load alone, and no target was measured.
    pub(crate) fn finish_load(self) -> Vec<ThresholdResult> {
        let unknown = |_| Err("the target was not measured".to_owned());
        self.watched.into_iter().map(|watched| watched.finish(unknown)).collect()
    }
}

impl Watched {
    fn weigh(&mut self, now_ns: u64, figure: f64) {
        let threshold = &self.threshold;
        if self.aborted {
            return;
        }
        if threshold.window_ms.is_some() {
            self.value = Some(self.value.map_or(figure, |value| threshold.worse(value, figure)));
            if !threshold.holds(figure) {
                self.failed_ns.get_or_insert(now_ns);
            }
        } else {
            self.value = Some(figure);
            if threshold.has_failed(figure) {
                self.failed_ns.get_or_insert(now_ns);
            } else {
                self.failed_ns = None;
            }
        }
    }

    fn finish(self, finished: impl Fn(Figure) -> Result<f64, String>) -> ThresholdResult {
        let Self { threshold, value, failed_ns, aborted, .. } = self;
        let judged = match threshold.measure {
            Measure::Finished(figure) => finished(figure),
            _ => value.ok_or_else(|| nothing_to_judge(&threshold)),
        };
        let value = judged.as_ref().ok().copied();
        let passed = match value {
            None => Passed::NotEvaluated,
            Some(value) if threshold.holds(value) && !aborted => Passed::Yes,
            Some(_) => Passed::No,
        };
        let first_failed_ns = failed_ns.filter(|_| passed == Passed::No);
        let unit = threshold.measure.unit();
        ThresholdResult { threshold, value, unit, passed, reason: judged.err(), first_failed_ns, aborted }
    }
}

fn nothing_to_judge(threshold: &Threshold) -> String {
    let phase = threshold.phase.id();
    let figure = match threshold.measure {
        Measure::Latency(..) => "successful reply",
        _ => "figure",
    };
    match threshold.window_ms {
        Some(ms) => {
            let window = Unit::Milliseconds.format(ms as f64);
            format!("the {phase} phase had no whole window of {window} with a {figure}")
        }
        None => format!("the {phase} phase had no {figure}"),
    }
}

/// A figure of the finished report, or why there is none.
fn figure_of(report: &Report, figure: Figure) -> Result<f64, String> {
    let each =
        || report.per_request.as_ref().ok_or_else(|| "no request was served in the load phase".to_owned());
    match figure {
        Figure::HeldAfterRecovery | Figure::LeakSlope if report.outcome != Outcome::Completed => {
            Err("the run ended before its recovery did".to_owned())
        }
        Figure::HeldAfterRecovery => match report.memory.held_after_recovery_bytes {
            Some(held) => Ok(held as f64),
            None => Err("there was no sample of the baseline or of the recovery".to_owned()),
        },
        Figure::LeakSlope if report.leak.verdict == Verdict::Inconclusive => {
            Err("there were too few samples for a slope".to_owned())
        }
        Figure::LeakSlope => Ok(report.leak.slope_bytes_per_request),
        Figure::AllocatedPerRequest => Ok(each()?.allocated_bytes),
        Figure::AllocationsPerRequest => Ok(each()?.allocations),
        Figure::MinorFaultsPerRequest => Ok(each()?.minor_faults),
        Figure::CpuPerRequest => Ok(each()?.cpu_ns),
    }
}

#[cfg(test)]
mod tests;
