//! The thresholds of an attack: what the load engine counts must hold, and no memory is known.

use heapgym_shared::{
    Rejection,
    sample::Phase,
    threshold::{Clock, Counter, MOST, Threshold, ThresholdResult},
    unit::Unit,
};

use crate::{child::LoadDone, load::plan::Plan, runner::judge::Judge};

/// Reads the values of `--threshold`. With `abort_on_fail` each of them stops the load when it fails.
///
/// # Errors
/// A text that is no threshold, or one that only a run can judge.
pub(super) fn parse(
    texts: &[String],
    sample_interval_ms: u64,
    abort_on_fail: bool,
) -> Result<Vec<Threshold>, Rejection> {
    const FIELD: &str = "--threshold";
    if texts.len() > MOST {
        return Err(Rejection::new(
            FIELD,
            format!("is given {} times", texts.len()),
            format!("at most {MOST}"),
        ));
    }
    let parse = |text: &String| {
        let mut threshold = Threshold::parse(FIELD, text)?;
        if !threshold.measure.is_of_load() {
            let latencies = Clock::ALL.map(Clock::id);
            let counters = Counter::ALL.map(Counter::id);
            return Err(Rejection::new(
                FIELD,
                format!(
                    "is about `{}`, and an attack measures no process: use `heapgym run`",
                    threshold.measure
                ),
                format!("{}, {}, rate, throughput", latencies.join(", "), counters.join(", ")),
            ));
        }
        if let Some(ms) = threshold.window_ms.filter(|ms| *ms < sample_interval_ms) {
            let time = |ms: u64| Unit::Milliseconds.format(ms as f64);
            let allowed = format!("at least {}", time(sample_interval_ms));
            return Err(Rejection::new(FIELD, format!("has a window of {}", time(ms)), allowed));
        }
        if abort_on_fail {
            threshold.abort_on_fail();
        }
        Ok(threshold)
    };
    texts.iter().map(parse).collect()
}

/// Judges the thresholds of a plan while its load goes on.
#[derive(Debug)]
pub(super) struct Judged {
    judge: Judge,
    load_begins_ns: u64,
    /// Whether the load was to be stopped already.
    stopped: bool,
}

impl Judged {
    /// Nothing is known yet.
    pub(super) fn new(plan: &Plan) -> Self {
        let mut judge = Judge::new(&plan.thresholds);
        judge.begin(Phase::Warmup, 0);
        Self { judge, load_begins_ns: plan.phases.warmup_ms * 1_000_000, stopped: false }
    }

    /// Takes in the figures of a sample. True once, when a threshold has failed that stops the load.
    pub(super) fn wants_to_stop(&mut self, elapsed_ns: u64, figures: &[Option<f64>]) -> bool {
        if elapsed_ns >= self.load_begins_ns {
            self.judge.begin(Phase::Load, self.load_begins_ns);
        }
        self.judge.hear(elapsed_ns, figures);
        if self.stopped || self.judge.abort(elapsed_ns, false).is_none() {
            return false;
        }
        self.stopped = true;
        true
    }

    /// The results, in the order of the thresholds.
    pub(super) fn finish(mut self, load: &LoadDone) -> Vec<ThresholdResult> {
        self.judge.hear(load.drained_ns, &load.figures);
        self.judge.finish_load()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_load_knows_can_be_asked_for() {
        let parse = |text: &str| parse(&[text.to_owned()], 100, false);
        for text in ["response_time p(99) < 50ms", "failed rate < 1% over 1s", "throughput > 10 [warmup]"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        for (text, reason) in [
            ("rss max < 1GiB", "use `heapgym run`"),
            ("leak_slope < 64B", "use `heapgym run`"),
            ("failed count == 0 [recovery]", "where a phase belongs"),
            ("failed count == 0 over 50ms", "a window of 50 ms"),
            ("nonsense", "nonsense"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.field == "--threshold" && error.reason.contains(reason), "{error}");
        }
    }
}
