//! The figures on the tiles: what a run shows now, and what is left of it when it is over.

use heapgym_shared::{
    Report, Sample,
    metric::{self, Metric},
    report::PerRequest,
    unit::Unit,
};

use super::run::Run;

/// Rates are over this long; shorter ones flicker with every batch of replies.
const WINDOW_NS: u64 = 1_000_000_000;
/// Figures change this often at most: faster, nobody can read them.
const STEP_NS: u64 = 250_000_000;

/// One figure of a run, with title and meaning.
#[derive(Debug, Clone, Copy)]
pub struct Tile {
    /// Its id on the page.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The metric it is read from, whose help says what it means.
    metric: &'static str,
    reading: Reading,
    /// What the figure is once the run is over, in a word.
    whole: &'static str,
    /// The figure of the whole run.
    summary: fn(&Run, &Report) -> f64,
}

/// How the current figure is read from the samples.
#[derive(Debug, Clone, Copy)]
enum Reading {
    /// The last value.
    Latest,
    /// The last value of a window in which requests completed.
    Latency,
    /// The growth of a counter per second.
    Rate,
    /// The growth of a counter for each request.
    PerRequest,
}

/// A figure as it stands on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The figure with its unit; `-` where there is none.
    pub text: String,
    /// What it covers: `now`, `mean`, `peak`, ...
    pub scope: &'static str,
    /// Whether it needs attention: requests that should have been answered and were not.
    pub alarming: bool,
}

/// All tiles, from cause to effect.
#[rustfmt::skip] // a table, read as one
pub static TILES: &[Tile] = &[
    tile("offered", "Offered", "offered", Reading::Rate, "mean",
        |_, report| report.load.offered as f64 * 1e9 / report.load.duration_ns as f64),
    tile("achieved", "Achieved", "completed", Reading::Rate, "mean", |_, report| report.load.throughput_per_s),
    tile("p50", "p50", "response_p50", Reading::Latency, "all", |_, report| latency(report, report.response_time_ns.p50)),
    tile("p99", "p99", "response_p99", Reading::Latency, "all", |_, report| latency(report, report.response_time_ns.p99)),
    tile("in-flight", "In flight", "in_flight", Reading::Latest, "peak", |run, _| peak(run, "in_flight")),
    tile("failed", "Failed", "failed", Reading::Latest, "total", |_, report| report.load.failed as f64),
    tile("dropped", "Dropped", "dropped", Reading::Latest, "total", |_, report| report.load.dropped as f64),
    tile("live", "Live", "allocated", Reading::Latest, "peak", |_, report| report.memory.allocated_peak_bytes as f64),
    tile("resident", "Resident", "resident", Reading::Latest, "peak", |_, report| report.memory.resident_peak_bytes as f64),
    tile("rss", "RSS", "rss", Reading::Latest, "peak", |_, report| report.memory.rss_peak_bytes as f64),
    tile("churn", "Churn/req", "allocation_bytes", Reading::PerRequest, "mean", |_, report| each(report, |each| each.allocated_bytes)),
    tile("faults", "Faults/req", "minor_faults", Reading::PerRequest, "mean", |_, report| each(report, |each| each.minor_faults)),
];

/// A figure per request; none, shown as a dash, when the load phase served no request.
fn each(report: &Report, read: fn(&PerRequest) -> f64) -> f64 {
    report.per_request.as_ref().map_or(f64::NAN, read)
}

const fn tile(
    id: &'static str,
    title: &'static str,
    metric: &'static str,
    reading: Reading,
    whole: &'static str,
    summary: fn(&Run, &Report) -> f64,
) -> Tile {
    Tile { id, title, metric, reading, whole, summary }
}

impl Tile {
    /// What the figure means, from the metric catalogue, and what it covers.
    pub fn help(&self) -> String {
        let now = match self.reading {
            Reading::Latest => "the last sample",
            Reading::Latency => "the last sample in which requests completed",
            Reading::Rate => "the last second, per second",
            Reading::PerRequest => "the last second, for each request handled",
        };
        let whole = match self.whole {
            "peak" => "the most in any sample",
            "total" => "all of them, from the load phase on",
            "all" => "all completed requests of the load phase",
            _ => "the mean over the load phase, without the drain after it",
        };
        let help = metric::find(self.metric).map_or("", |metric| metric.help);
        format!("{help} Now: {now}. After the run: {whole}.")
    }

    /// The figure where there is no run to read it from.
    pub const NONE: &'static str = "-";

    /// The figure of a run.
    pub fn figure(&self, run: &Run) -> Figure {
        let Some(metric) = metric::find(self.metric) else {
            return Figure { text: Self::NONE.to_owned(), scope: "now", alarming: false };
        };
        let (value, scope) = match &run.report {
            Some(report) => (Some((self.summary)(run, report)), self.whole),
            None => (self.reading.read(metric, window(run.samples())), "now"),
        };
        let alarming = matches!(self.id, "failed" | "dropped") && value.is_some_and(|value| value > 0.0);
        Figure { text: self.format(metric, value.unwrap_or(f64::NAN)), scope, alarming }
    }

    fn format(&self, metric: &Metric, value: f64) -> String {
        match self.reading {
            Reading::Latest | Reading::Latency => metric.unit.format(value),
            Reading::Rate => metric.shown_unit().format(value),
            Reading::PerRequest if metric.unit == Unit::Count && value.abs() < 10.0 => format!("{value:.2}"),
            Reading::PerRequest => metric.unit.format(value.round()),
        }
    }
}

impl Reading {
    fn read(self, metric: &Metric, window: &[Sample]) -> Option<f64> {
        let known = |sample: &&Sample| metric.value(sample).is_some();
        let (first, last) = (window.iter().find(known)?, window.iter().rfind(known)?);
        match self {
            Self::Latest => metric.value(last),
            Self::Latency => metric.value(window.iter().rfind(|sample| completed(sample))?),
            Self::Rate => metric.shown(Some(first), last),
            Self::PerRequest => {
                let grown = |metric: &Metric| Some(metric.value(last)? - metric.value(first)?);
                let requests = grown(metric::find("requests")?).filter(|requests| *requests > 0.0)?;
                Some(grown(metric)? / requests)
            }
        }
    }
}

/// Whether a request completed in the window of this sample: only then it has percentiles.
fn completed(sample: &Sample) -> bool {
    sample.load.as_ref().is_some_and(|load| load.response_time.count > 0)
}

/// The last second of samples, up to the last full step.
fn window(samples: &[Sample]) -> &[Sample] {
    let Some(last) = samples.last() else { return &[] };
    let until = last.elapsed_ns - last.elapsed_ns % STEP_NS;
    let end = samples.partition_point(|sample| sample.elapsed_ns <= until);
    let begin = samples.partition_point(|sample| sample.elapsed_ns + WINDOW_NS < until);
    &samples[begin.min(end)..end]
}

/// A percentile over no completed request is no number.
fn latency(report: &Report, nanoseconds: u64) -> f64 {
    if report.load.completed == 0 { f64::NAN } else { nanoseconds as f64 }
}

fn peak(run: &Run, metric: &str) -> f64 {
    let values = metric::find(metric).into_iter();
    values
        .flat_map(|metric| run.samples().iter().filter_map(|sample| metric.value(sample)))
        .fold(f64::NAN, f64::max)
}

#[cfg(test)]
mod tests {
    use heapgym_shared::sample::Phase;

    use super::*;
    use crate::model::run::tests::{batch, run, sample};

    fn figure(run: &Run, id: &str) -> Figure {
        TILES.iter().find(|tile| tile.id == id).unwrap().figure(run)
    }

    #[track_caller]
    fn shows(run: &Run, id: &str, text: &str) {
        assert_eq!(figure(run, id), Figure { text: text.to_owned(), scope: "now", alarming: false }, "{id}");
    }

    #[test]
    fn every_tile_is_explained() {
        assert!(TILES.iter().all(|tile| !tile.help().starts_with(' ')), "each metric is in the catalogue");
    }

    #[test]
    fn requests_without_an_answer_need_attention() {
        let mut run = run();
        let mut failing = sample(0, Phase::Load);
        failing.load.as_mut().unwrap().failed = 3;
        run.take(0, vec![failing]);
        assert_eq!(figure(&run, "failed"), Figure { text: "3".to_owned(), scope: "now", alarming: true });
        assert!(!figure(&run, "dropped").alarming);
    }

    #[test]
    fn figures_are_read_from_the_last_second() {
        let mut run = run();
        run.take(0, batch(0..31));
        shows(&run, "offered", "200/s");
        shows(&run, "achieved", "100/s");
        shows(&run, "p50", "1 ms");
        shows(&run, "p99", "9 ms");
        shows(&run, "in-flight", "7");
        shows(&run, "live", "31 MiB");
        shows(&run, "faults", "4.00");
    }

    #[test]
    fn figures_stand_still_between_steps() {
        let mut run = run();
        run.take(0, batch(0..31)); // 3.0 s
        let at_three = figure(&run, "live");
        run.take(31, batch(31..33)); // 3.2 s
        assert_eq!(figure(&run, "live"), at_three);
        run.take(33, batch(33..34)); // 3.3 s: past 3.25
        assert_ne!(figure(&run, "live"), at_three);
    }

    #[test]
    fn what_is_not_there_is_a_dash() {
        shows(&run(), "p99", "-");
        let mut idle = run();
        let mut quiet = sample(10, Phase::Recovery);
        quiet.load = None;
        idle.take(10, vec![quiet]);
        shows(&idle, "p99", "-");
        shows(&idle, "faults", "-");
    }
}
