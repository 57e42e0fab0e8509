//! A run as a file holds it: all that is known of it, in one JSON object.

use heapgym_shared::{
    Outcome, Report, RunSpec, Sample,
    chart::{Stretch, Trace},
    report::size_classes,
};
use serde::{Deserialize, Serialize};

/// A run with its samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// What was run.
    pub spec: RunSpec,
    /// How it ended; `None` while it goes on.
    pub outcome: Option<Outcome>,
    /// Its summary; `None` while it goes on, and for a run that never started.
    pub report: Option<Box<Report>>,
    /// Its samples, in their order.
    pub samples: Vec<Sample>,
}

impl Document {
    /// Its samples as the lines of a chart.
    pub fn trace(&self) -> Trace<'_> {
        let size_classes = size_classes(self.report.as_deref());
        Trace { variant: &self.spec.variant, samples: &self.samples, size_classes }
    }

    /// Drops the samples outside a stretch of time.
    pub fn keep(&mut self, stretch: Stretch) {
        let end_ns = self.samples.last().map_or(0, |sample| sample.elapsed_ns);
        let range = stretch.range(end_ns);
        self.samples.retain(|sample| range.contains(sample.elapsed_ns));
    }

    /// What was run, in a few words: `products naive`.
    pub fn name(&self) -> String {
        format!("{} {}", self.spec.workload.info().id, self.spec.variant)
    }
}

/// A document as JSON in parts: this, the samples of [`json_samples`], and [`JSON_END`].
pub fn json_begin(spec: &RunSpec, outcome: Option<&Outcome>, report: Option<&Report>) -> String {
    // These types hold only what JSON can say, so writing them does not fail.
    let [spec, outcome, report] = [
        serde_json::to_string(spec).unwrap_or_default(),
        serde_json::to_string(&outcome).unwrap_or_default(),
        serde_json::to_string(&report).unwrap_or_default(),
    ];
    format!("{{\"spec\":{spec},\n\"outcome\":{outcome},\n\"report\":{report},\n\"samples\":[")
}

/// The end of a document as JSON.
pub const JSON_END: &str = "]}\n";

/// The next items of a list of samples, a line each. Sample 0 begins the list.
pub fn json_samples(samples: &[Sample]) -> String {
    let mut text = String::new();
    for sample in samples {
        text.push_str(if sample.seq == 0 { "\n" } else { ",\n" });
        text.push_str(&serde_json::to_string(sample).unwrap_or_default());
    }
    text
}
