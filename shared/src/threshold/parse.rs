//! Reads thresholds, and says what was wrong at which word.

use serde_json::Value;

use super::{
    Amount, Clock, Comparison, Counter, Extent, Figure, Gauge, MOST, Measure, Statistic, Threshold, value,
};
use crate::{
    field::{Number, Reader, Rejection},
    sample::Phase,
    unit::Unit,
};

/// Why a text is no threshold.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) reason: String,
    pub(super) allowed: String,
}

/// Longest text of a threshold, in bytes.
const LONGEST: usize = 200;
/// Shortest and longest window, in milliseconds.
const WINDOW_MS: (u64, u64) = (20, 600_000);

/// k6's `delayAbortEval`.
const DELAY_ABORT_EVAL_MS: Number = Number {
    name: "delay_abort_eval_ms",
    title: "Delay of the abort",
    unit: Unit::Milliseconds,
    min: 0.0,
    max: 600_000.0,
    default: Some(0.0),
    whole: true,
    help: "How long after its phase began a threshold may stop the run at the earliest.",
};

/// A metric whose aggregate is still to come.
enum Subject {
    Latency(Clock),
    Gauge(Gauge),
    Requests(Counter),
    /// It has none.
    Whole(Measure),
}

impl Subject {
    fn named(name: &str) -> Option<Self> {
        let whole = match name {
            "rate" | "rate_per_s" => Some(Measure::Rate),
            "throughput" | "throughput_per_s" => Some(Measure::Throughput),
            _ => Figure::ALL.into_iter().find(|figure| figure.id() == name).map(Measure::Finished),
        };
        let latency = || Clock::ALL.into_iter().find(|clock| clock.id() == name).map(Self::Latency);
        let counter = || Counter::ALL.into_iter().find(|counter| counter.id() == name).map(Self::Requests);
        let gauge = || Gauge::all().find(|gauge| gauge.metric().id == name).map(Self::Gauge);
        whole.map(Self::Whole).or_else(latency).or_else(counter).or_else(gauge)
    }

    fn names() -> String {
        let latencies = Clock::ALL.map(Clock::id);
        let gauges: Vec<_> = Gauge::all().map(|gauge| gauge.metric().id).collect();
        let (counters, figures) = (Counter::ALL.map(Counter::id), Figure::ALL.map(Figure::id));
        [&latencies[..], &gauges, &counters, &["rate", "throughput"], &figures].concat().join(", ")
    }
}

/// The words of a text, read one after the other.
struct Words<'a> {
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    /// Operators and brackets are words of their own, with or without spaces around them.
    fn of(text: &'a str) -> Self {
        let operator = |c: char| "<>=!".contains(c);
        let bracket = |c: char| "[]".contains(c);
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let end = match first {
                c if operator(c) => rest.find(|c| !operator(c)),
                c if bracket(c) => Some(1),
                _ => rest.find(|c: char| c.is_whitespace() || operator(c) || bracket(c)),
            };
            let (word, tail) = rest.split_at(end.unwrap_or(rest.len()));
            words.push(word);
            rest = tail.trim_start();
        }
        Self { words, next: 0 }
    }

    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    /// Skips the next word if it is this one.
    fn skip(&mut self, word: &str) -> bool {
        let found = self.peek() == Some(word);
        self.next += usize::from(found);
        found
    }

    /// The refusal of the next word, which should have been `what`.
    fn wrong(&self, what: &str, allowed: impl Into<String>) -> Wrong {
        let reason = match self.peek() {
            Some(word) => {
                let word: String = word.chars().take(40).collect();
                format!("has `{word}` as word {} where {what} belongs", self.next + 1)
            }
            None => format!("ends after word {} where {what} belongs", self.next),
        };
        Wrong { reason, allowed: allowed.into() }
    }

    /// Reads the next word.
    fn read<T>(
        &mut self,
        what: &str,
        allowed: &str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, Wrong> {
        let found = self.peek().and_then(read).ok_or_else(|| self.wrong(what, allowed))?;
        self.next += 1;
        Ok(found)
    }

    /// Reads a value of one of these units. `50 ms` is as good as `50ms`.
    fn value(&mut self, what: &str, units: &[Unit]) -> Result<(f64, Unit), Wrong> {
        let number = self.peek().and_then(value::split);
        let known = |word: &str| {
            units.iter().any(|unit| value::suffixes(*unit).iter().any(|(suffix, _)| *suffix == word))
        };
        let apart = self.words.get(self.next + 1).filter(|word| known(word));
        let (number, length) = match (number, apart) {
            (Some((number, "")), Some(suffix)) => (Some((number, *suffix)), 2),
            (number, _) => (number, 1),
        };
        // Where there is a choice, only the suffix tells which.
        let clear = |suffix: &str| units.len() == 1 || !suffix.is_empty();
        let scaled = number.filter(|(_, suffix)| clear(suffix)).and_then(|(number, suffix)| {
            units.iter().find_map(|unit| Some((value::scale(*unit, number, suffix)?, *unit)))
        });
        let allowed = || units.iter().map(|unit| value::allowed(*unit)).collect::<Vec<_>>().join("; ");
        let scaled = scaled.ok_or_else(|| {
            let mut wrong = self.wrong(what, allowed());
            if let Some(why) = self.peek().and_then(value::misread) {
                wrong.reason = format!("{}: {why}", wrong.reason);
            }
            wrong
        })?;
        self.next += length;
        Ok(scaled)
    }

    /// Reads a duration in whole milliseconds.
    fn milliseconds(&mut self, what: &str, (least, most): (u64, u64)) -> Result<u64, Wrong> {
        let start = self.next;
        let (ns, _) = self.value(what, &[Unit::Nanoseconds])?;
        let ms = ns / 1e6;
        if ms.fract() == 0.0 && (least as f64..=most as f64).contains(&ms) {
            return Ok(ms as u64);
        }
        self.next = start;
        let bounds = [least, most].map(|ms| Unit::Milliseconds.format(ms as f64)).join(" to ");
        Err(self.wrong(what, format!("{bounds}, in whole milliseconds")))
    }

    fn measure(&mut self) -> Result<Measure, Wrong> {
        const LATENCIES: &str = "avg, min, med, max, p(N) with N from 0 to 100";
        Ok(match self.read("a metric", &Subject::names(), Subject::named)? {
            Subject::Latency(clock) => {
                Measure::Latency(clock, self.read("an aggregate", LATENCIES, statistic)?)
            }
            Subject::Gauge(gauge) => {
                let extent = |word: &str| Extent::ALL.into_iter().find(|extent| extent.id() == word);
                Measure::Gauge(gauge, self.read("an aggregate", "max, min, avg, last", extent)?)
            }
            Subject::Requests(counter) => {
                // Whether a rate is a share or one per second, its value tells.
                let amount = |word: &str| match word {
                    "count" => Some(Amount::Count),
                    "rate" => Some(Amount::Share),
                    _ => None,
                };
                Measure::Requests(counter, self.read("an aggregate", "count, rate", amount)?)
            }
            Subject::Whole(measure) => measure,
        })
    }

    fn phase(&mut self, measure: Measure) -> Result<Phase, Wrong> {
        let under_load = &[Phase::Warmup, Phase::Load];
        let phases = if measure.is_of_load() { &under_load[..] } else { &Phase::ALL };
        let allowed = phases.iter().map(|phase| phase.id()).collect::<Vec<_>>().join(", ");
        let named = |word: &str| phases.iter().copied().find(|phase| phase.id() == word);
        let phase = self.read("a phase", &allowed, named)?;
        self.read("`]`", "]", |word| (word == "]").then_some(phase))
    }
}

fn statistic(word: &str) -> Option<Statistic> {
    match word {
        "avg" => Some(Statistic::Avg),
        "min" => Some(Statistic::Min),
        "med" => Some(Statistic::Med),
        "max" => Some(Statistic::Max),
        _ => {
            let (percent, rest) = value::split(word.strip_prefix("p(")?)?;
            (rest == ")" && (0.0..=100.0).contains(&percent)).then_some(Statistic::Percentile(percent))
        }
    }
}

/// Reads one threshold.
pub(super) fn threshold(text: &str) -> Result<Threshold, Wrong> {
    if text.len() > LONGEST {
        let reason = format!("has {} bytes", text.len());
        return Err(Wrong { reason, allowed: format!("at most {LONGEST} bytes") });
    }
    let mut words = Words::of(text);
    let mut measure = words.measure()?;
    let operators = Comparison::ALL.map(Comparison::id).join(" ");
    let known = |word: &str| Comparison::ALL.into_iter().find(|comparison| comparison.id() == word);
    let comparison = words.read("an operator", &operators, known)?;
    let units = match measure {
        Measure::Requests(_, Amount::Share) => &[Unit::Percent, Unit::PerSecond][..],
        _ => &[measure.unit()],
    };
    let (bound, unit) = words.value("a value", units)?;
    if let (Measure::Requests(counter, Amount::Share), Unit::PerSecond) = (measure, unit) {
        measure = Measure::Requests(counter, Amount::PerSecond);
    }
    let mut threshold =
        Threshold { measure, comparison, bound, window_ms: None, phase: Phase::Load, abort_after_ms: None };
    let mut allowed = "nothing more: it is judged when the run is over";
    if threshold.is_live() {
        allowed = "over WINDOW, [PHASE], abort_on_fail, in this order";
        if matches!(measure, Measure::Gauge(_, Extent::Last)) {
            allowed = "[PHASE], abort_on_fail, in this order: `last` is one value and has no window";
        } else if words.skip("over") {
            threshold.window_ms = Some(words.milliseconds("a window", WINDOW_MS)?);
        }
        if words.skip("[") {
            threshold.phase = words.phase(measure)?;
        }
        if words.skip("abort_on_fail") {
            let after = words.skip("after");
            let delay_ms = (0, DELAY_ABORT_EVAL_MS.max as u64);
            threshold.abort_after_ms =
                Some(if after { words.milliseconds("a delay", delay_ms)? } else { 0 });
        }
    }
    if words.peek().is_some() { Err(words.wrong("the end", allowed)) } else { Ok(threshold) }
}

/// Reads the list of a specification.
pub(super) fn list(reader: &mut Reader<'_>, sample_interval_ms: u64) -> Result<Vec<Threshold>, Rejection> {
    const ALLOWED: &str = "a list such as [\"response_time p(99) < 50ms\"]";
    let path = reader.path("thresholds");
    let items = match reader.value("thresholds") {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) => items,
        Some(_) => return Err(Rejection::new(path, "is no list", ALLOWED)),
    };
    if items.len() > MOST {
        return Err(Rejection::new(path, format!("has {}", items.len()), format!("at most {MOST}")));
    }
    let read = |(index, item)| {
        let field = format!("{path}[{index}]");
        let threshold = item_of_list(&field, item)?;
        match threshold.window_ms {
            Some(ms) if ms < sample_interval_ms => Err(Rejection::new(
                field,
                format!("has a window of {}", Unit::Milliseconds.format(ms as f64)),
                format!(
                    "at least the sample interval, {}",
                    Unit::Milliseconds.format(sample_interval_ms as f64)
                ),
            )),
            _ => Ok(threshold),
        }
    };
    items.iter().enumerate().map(read).collect()
}

fn item_of_list(field: &str, item: &Value) -> Result<Threshold, Rejection> {
    const ALLOWED: &str = "a string, or an object {threshold, abort_on_fail, delay_abort_eval_ms}";
    let mut reader = match item {
        Value::String(text) => return Threshold::parse(field, text),
        Value::Object(_) => Reader::new(field, item)?,
        _ => return Err(Rejection::new(field, "is neither a string nor an object", ALLOWED)),
    };
    let Some(Value::String(text)) = reader.value("threshold") else {
        return Err(Rejection::new(reader.path("threshold"), "is no string", "such as \"rss max < 512MiB\""));
    };
    let mut threshold = Threshold::parse(field, text)?;
    let abort = match reader.value("abort_on_fail") {
        None => false,
        Some(Value::Bool(abort)) => *abort,
        Some(_) => {
            return Err(Rejection::new(reader.path("abort_on_fail"), "is no truth value", "true, false"));
        }
    };
    let delay_ms = reader.optional_number(&DELAY_ABORT_EVAL_MS)?;
    if abort && !threshold.is_live() {
        let path = reader.path("abort_on_fail");
        return Err(Rejection::new(path, "is true", "false: it is judged when the run is over"));
    }
    if abort {
        threshold.abort_on_fail();
    }
    match (delay_ms, &mut threshold.abort_after_ms) {
        (Some(delay_ms), Some(after_ms)) => *after_ms = delay_ms as u64,
        (Some(_), None) => {
            let path = reader.path(DELAY_ABORT_EVAL_MS.name);
            return Err(Rejection::new(path, "delays nothing", "only beside \"abort_on_fail\": true"));
        }
        (None, _) => {}
    }
    reader.finish()?;
    Ok(threshold)
}
