//! How a run goes on, for a person at a terminal or a log.

use heapgym_shared::{
    RunSpec, Sample,
    metric::{self, Metric},
    unit::Unit,
};

use super::print;

/// From one plain line to the next.
const PLAIN_EVERY_NS: u64 = 1_000_000_000;

/// A live line on a terminal; a plain line each second where nobody watches.
#[derive(Debug)]
pub(super) struct Progress {
    planned_ms: u64,
    watched: bool,
    earlier: Option<Sample>,
    told_ns: u64,
}

impl Progress {
    pub(super) fn new(spec: &RunSpec) -> Self {
        let load = Unit::Milliseconds.format(spec.load.profile.duration_ms() as f64);
        print::remark(&format!("{} {}: {load} of load", spec.workload.info().id, spec.variant));
        // The drain ends when it is done: leave its longest out of what is planned.
        let planned_ms = spec.planned_ms() - spec.phases.graceful_stop_ms;
        Self { planned_ms, watched: print::is_watched(), earlier: None, told_ns: 0 }
    }

    pub(super) fn tell(&mut self, sample: &Sample) {
        if self.watched {
            print::over(&line(self.earlier.as_ref(), sample, self.planned_ms));
        } else if sample.elapsed_ns >= self.told_ns {
            print::remark(&line(self.earlier.as_ref(), sample, self.planned_ms));
            self.told_ns += PLAIN_EVERY_NS;
        }
        self.earlier = Some(sample.clone());
    }

    pub(super) fn end(&self) {
        if self.watched {
            print::over("");
        }
    }
}

fn line(earlier: Option<&Sample>, sample: &Sample, planned_ms: u64) -> String {
    let seconds = sample.elapsed_ns as f64 / 1e9;
    let planned = planned_ms as f64 / 1e3;
    let shown = |id: &str| {
        let figure = |metric: &Metric| Some(metric.shown_unit().format(metric.shown(earlier, sample)?));
        metric::find(id).and_then(figure).unwrap_or_else(|| "-".to_owned())
    };
    format!(
        "{:>8} {seconds:5.1}/{planned:.0} s | {:>9} done, p99 {:>7} | live {:>8}, RSS {:>8} | resident {:>8}, \
         in flight {}, failed {}",
        sample.phase.id(),
        shown("completed"),
        shown("response_p99"),
        shown("allocated"),
        shown("rss"),
        shown("resident"),
        shown("in_flight"),
        sample.load.as_ref().map_or(0, |load| load.failed),
    )
}
