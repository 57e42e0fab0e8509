//! Samples as CSV: one line a sample, one column a metric of the catalogue, unscaled.

use std::fmt::Write;

use heapgym_shared::{Sample, metric::METRICS};

/// A header, then a line for each sample; a field is empty where its process did not answer.
pub(super) fn csv(samples: &[Sample]) -> String {
    let mut text = String::from("seq,elapsed_ns,phase");
    for metric in METRICS {
        text.push(',');
        text.push_str(metric.id);
    }
    text.push('\n');
    for sample in samples {
        // Writing to a String does not fail.
        let _ = write!(text, "{},{},{}", sample.seq, sample.elapsed_ns, sample.phase.id());
        for metric in METRICS {
            let _ = match metric.value(sample) {
                Some(value) => write!(text, ",{value}"),
                None => write!(text, ","),
            };
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use heapgym_shared::sample::{LoadReading, Phase};

    use super::*;

    #[test]
    fn each_line_has_every_column() {
        let load = LoadReading { offered: 7, ..Default::default() };
        let sample = Sample {
            seq: 3,
            elapsed_ns: 100,
            phase: Phase::Load,
            target: None,
            load: Some(load),
            events: Vec::new(),
        };
        let text = csv(&[sample]);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(lines[0].len(), lines[1].len());
        assert_eq!(lines[1][..4], ["3", "100", "load", ""], "allocated is unknown");
        let offered = lines[0].iter().position(|name| *name == "offered").unwrap();
        assert_eq!(lines[1][offered], "7");
    }
}
