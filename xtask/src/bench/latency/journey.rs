//! The way of each sample, from what the page was told and what it drew.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// What `watch.js` saw. Times are milliseconds since 1970 by the page's clock.
#[derive(Debug, Deserialize)]
pub(super) struct Watched {
    messages: Vec<Heard>,
    drawings: Vec<Drawing>,
    /// How many charts were in sight.
    pub(super) charts: usize,
    /// By how much the system's clock was ahead of the page's: the least and the most that was read. It is read in
    /// whole milliseconds, downwards, so that the most is nearest to the truth.
    least_apart: f64,
    most_apart: f64,
}

/// A message of the server.
#[derive(Debug, Deserialize)]
struct Heard {
    at: f64,
    text: String,
}

/// A frame in which the charts in sight were drawn.
#[derive(Debug, Deserialize)]
struct Drawing {
    /// The newest sample that is on all of them.
    seq: u64,
    drawn: f64,
    /// When the second frame after that began; `None` when there was none.
    presented: Option<f64>,
}

/// What a message holds of what is needed here.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Message {
    State {
        began_at_ms: Option<f64>,
    },
    Samples {
        run: String,
        batch: Vec<Sample>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
struct Sample {
    seq: u64,
    elapsed_ns: f64,
    target: Option<Reading>,
    load: Option<Reading>,
}

#[derive(Debug, Deserialize)]
struct Reading {
    elapsed_ns: f64,
}

/// The instants of one sample, in milliseconds since 1970 by the system's clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Journey {
    /// The instant it stands for.
    pub(super) due: f64,
    /// When target and load generator had read it, both.
    pub(super) read: f64,
    /// When the page was told.
    pub(super) received: f64,
    /// When the charts were drawn with it.
    pub(super) drawn: f64,
    /// When they were on the screen: the second frame after that began.
    pub(super) presented: f64,
}

/// The parts of a journey.
pub(super) const PARTS: [&str; 4] =
    ["due -> read", "read -> received", "received -> drawn", "drawn -> presented"];

impl Journey {
    /// From the instant that it stands for to its pixels, in milliseconds.
    pub(super) fn whole(&self) -> f64 {
        self.presented - self.due
    }

    /// The same from the later of its readings on.
    pub(super) fn since_read(&self) -> f64 {
        self.presented - self.read
    }

    /// Its parts in their order, in milliseconds.
    pub(super) fn parts(&self) -> [f64; PARTS.len()] {
        let Self { due, read, received, drawn, presented } = *self;
        [read - due, received - read, drawn - received, presented - drawn]
    }
}

impl Watched {
    /// The run that was watched, and the journeys of its samples that were drawn, in their order.
    ///
    /// # Errors
    /// When there was no run, or the system's clock was set meanwhile.
    pub(super) fn journeys(&self) -> Result<(String, Vec<Journey>)> {
        // A millisecond of that is how the system's clock is read.
        let moved = self.most_apart - self.least_apart - 1.0;
        ensure!(moved < 1.0, "the system's clock was set by {moved:.1} ms during the run: measure again");
        let (mut began_at, mut run, mut journeys) = (None, None, Vec::new());
        for Heard { at, text } in &self.messages {
            match serde_json::from_str(text)? {
                Message::State { began_at_ms } => began_at = began_at_ms.or(began_at),
                Message::Samples { run: name, batch } => {
                    let began_at = began_at.context("samples of a run that has not begun")?;
                    journeys.extend(batch.iter().filter_map(|sample| self.journey(sample, began_at, *at)));
                    run = Some(name);
                }
                Message::Other => {}
            }
        }
        Ok((run.context("the page was told no samples")?, journeys))
    }

    /// The journey of a sample that the page was told at an instant of its clock; `None` when it was never drawn.
    fn journey(&self, sample: &Sample, began_at: f64, told: f64) -> Option<Journey> {
        // Sequence numbers of drawings only grow.
        let first = self.drawings.partition_point(|drawing| drawing.seq < sample.seq);
        let Drawing { drawn, presented, .. } = self.drawings.get(first)?;
        let [received, drawn, presented] = [told, *drawn, (*presented)?].map(|at| at + self.most_apart);
        let readings = [&sample.target, &sample.load].into_iter().flatten();
        let read = readings.map(|reading| reading.elapsed_ns).fold(sample.elapsed_ns, f64::max);
        let [due, read] = [sample.elapsed_ns, read].map(|elapsed_ns| began_at + elapsed_ns / 1e6);
        Some(Journey { due, read, received, drawn, presented })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn watched(most_apart: f64) -> Watched {
        let sample = |seq: u64, target_ns: u64| {
            let elapsed_ns = seq * 100_000_000;
            json!({"seq": seq, "elapsed_ns": elapsed_ns, "phase": "load", "load": null,
                "target": {"elapsed_ns": elapsed_ns + target_ns, "rss_bytes": 1}})
        };
        let heard = |at: f64, message: serde_json::Value| json!({"at": at, "text": message.to_string()});
        let samples =
            |batch: serde_json::Value| json!({"type": "samples", "run": "a", "first_seq": 0, "batch": batch});
        let watched = json!({
            "messages": [
                heard(900.0, json!({"type": "hello", "protocol": 1})),
                heard(950.0, json!({"type": "state", "run": "a", "state": {"kind": "running"}, "began_at_ms": 1_000})),
                heard(1_004.0, samples(json!([sample(0, 2_000_000), sample(1, 0)]))),
                heard(1_204.0, samples(json!([sample(3, 0)]))),
            ],
            "drawings": [
                {"seq": 1, "drawn": 1_010.0, "presented": 1_020.0},
                {"seq": 2, "drawn": 1_210.0, "presented": null},
            ],
            "charts": 3, "least_apart": most_apart - 1.0, "most_apart": most_apart,
        });
        serde_json::from_value(watched).unwrap()
    }

    #[test]
    fn a_journey_is_by_the_systems_clock() {
        let (run, journeys) = watched(0.5).journeys().unwrap();
        assert_eq!(run, "a");
        let first =
            Journey { due: 1_000.0, read: 1_002.0, received: 1_004.5, drawn: 1_010.5, presented: 1_020.5 };
        assert_eq!(journeys[0], first);
        assert_eq!((first.whole(), first.parts()), (20.5, [2.0, 2.5, 6.0, 10.0]));
        assert_eq!(journeys[1].due, 1_100.0);
    }

    #[test]
    fn a_sample_that_was_not_drawn_or_not_presented_has_no_journey() {
        assert_eq!(watched(0.0).journeys().unwrap().1.len(), 2, "the third was told and never drawn");
        let mut watched = watched(0.0);
        watched.drawings[1].seq = 3;
        assert_eq!(watched.journeys().unwrap().1.len(), 2, "drawn, and no second frame after that");
        watched.drawings[1].presented = Some(1_220.0);
        assert_eq!(watched.journeys().unwrap().1.len(), 3);
    }

    #[test]
    fn a_clock_that_was_set_is_an_error() {
        let mut watched = watched(0.0);
        watched.least_apart = -40.0;
        assert!(watched.journeys().unwrap_err().to_string().contains("39.0 ms"));
    }
}
