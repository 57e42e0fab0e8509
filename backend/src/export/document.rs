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
    /// How it ended; none while it goes on.
    pub outcome: Option<Outcome>,
    /// Its summary; none while it goes on, and for a run that never started.
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
