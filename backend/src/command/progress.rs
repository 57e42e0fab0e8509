//! How a run goes on, for a person at a terminal or a log.

use heapgym_shared::{
    RunSpec, Sample,
    metric::{self, Metric},
    number,
    sample::Phase,
    unit::Unit,
};

use super::print;

const NS_PER_MS: u64 = 1_000_000;
/// From one plain line to the next.
const PLAIN_EVERY_NS: u64 = 1_000_000_000;

/// A live line on a terminal; a plain line each second where nobody watches.
#[derive(Debug)]
pub(super) struct Progress {
    /// How long the run takes, as far as that is known: before the drain, it is left out.
    planned_ns: u64,
    recovery_ns: u64,
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
        Self {
            planned_ns: planned_ms * NS_PER_MS,
            recovery_ns: spec.phases.recovery_ms * NS_PER_MS,
            watched: print::is_watched(),
            earlier: None,
            told_ns: 0,
        }
    }

    pub(super) fn tell(&mut self, sample: &Sample) {
        // A sample that only says what happened, such as the last one of a run that is stopped, has no figures.
        if sample.target.is_none() && sample.load.is_none() {
            return;
        }
        self.plan(sample);
        if self.watched {
            print::over(&line(self.earlier.as_ref(), sample, self.planned_ns));
        } else if sample.elapsed_ns >= self.told_ns {
            print::remark(&line(self.earlier.as_ref(), sample, self.planned_ns));
            self.told_ns += PLAIN_EVERY_NS;
        }
        self.earlier = Some(sample.clone());
    }

    /// Updates the planned time once the load is over: only the recovery is left then.
    fn plan(&mut self, sample: &Sample) {
        let recovers = self.earlier.as_ref().is_some_and(|earlier| earlier.phase == Phase::Recovery);
        if sample.phase >= Phase::Drain && !recovers {
            self.planned_ns = sample.elapsed_ns + self.recovery_ns;
        }
    }

    pub(super) fn end(&self) {
        if self.watched {
            print::over("");
        }
    }
}

fn line(earlier: Option<&Sample>, sample: &Sample, planned_ns: u64) -> String {
    let seconds = sample.elapsed_ns as f64 / 1e9;
    let planned = number::short(planned_ns as f64 / 1e9, 1);
    let shown = |id: &str| {
        let figure = |metric: &Metric| Some(metric.shown_unit().format(metric.shown(earlier, sample)?));
        metric::find(id).and_then(figure).unwrap_or_else(|| "-".to_owned())
    };
    format!(
        "{:>8} {seconds:5.1}/{planned} s | {:>9} done, p99 {:>7} | live {:>8}, RSS {:>8} | resident {:>8}, \
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

#[cfg(test)]
mod tests {
    use heapgym_shared::sample::LoadReading;

    use super::*;

    fn progress() -> Progress {
        let second = 1_000_000_000;
        Progress {
            planned_ns: 9 * second,
            recovery_ns: 3 * second,
            watched: false,
            earlier: None,
            told_ns: u64::MAX, // no line is printed
        }
    }

    fn sample(phase: Phase, ms: u64, load: Option<LoadReading>) -> Sample {
        Sample { seq: 0, elapsed_ns: ms * NS_PER_MS, phase, target: None, load, events: Vec::new() }
    }

    #[test]
    fn the_planned_time_follows_the_drain() {
        let mut progress = progress();
        for (phase, ms, begins) in [
            (Phase::Load, 5_900, "    load   5.9/9 s |"),
            (Phase::Drain, 6_000, "   drain   6.0/9 s |"),
            (Phase::Drain, 7_000, "   drain   7.0/10 s |"),
            (Phase::Recovery, 7_100, "recovery   7.1/10.1 s |"),
            (Phase::Recovery, 10_000, "recovery  10.0/10.1 s |"),
        ] {
            let sample = sample(phase, ms, Some(LoadReading::default()));
            progress.tell(&sample);
            let line = line(None, &sample, progress.planned_ns);
            assert!(line.starts_with(begins), "{line}");
        }
    }

    #[test]
    fn a_sample_without_figures_has_no_line() {
        let mut progress = Progress { told_ns: 0, ..progress() };
        progress.tell(&sample(Phase::Drain, 1_000, None));
        assert_eq!((progress.told_ns, progress.planned_ns), (0, 9_000_000_000));
    }
}
