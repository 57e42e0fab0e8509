//! One run, started in the page by its form and watched there to its end.

use std::{path::Path, thread, time::Duration};

use anyhow::{Result, ensure};

use super::journey::{Journey, Watched};
use crate::bench::{browser::Browser, server::Server};

/// What goes before the page's own scripts.
const WATCH: &str = include_str!("page/watch.js");

/// What it saw, once the last sample is on the screen: that is drawn in one frame, and told of in the second after
/// that.
const WATCHED: &str = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => \
    requestAnimationFrame(() => done(watch)))))";

/// Less than a person takes from the first change of the form to Run: the rest of the page has come by then.
const HESITATION: Duration = Duration::from_secs(2);

/// A kind of run.
#[derive(Debug)]
pub(super) struct Round {
    /// Its load in words.
    pub(super) title: &'static str,
    /// What is filled into the form, by field.
    fields: &'static [(&'static str, &'static str)],
}

/// Both sides mostly idle, both CPUs busy with small allocations, and both with a gigabyte in flight.
pub(super) const ROUNDS: [Round; 3] = [
    Round {
        title: "logs naive, 1000/s",
        fields: &[("#workload", "logs"), ("#load-kind", "constant_arrival_rate"), ("#rate", "1000")],
    },
    Round {
        title: "logs naive, 64 connections",
        fields: &[("#workload", "logs"), ("#load-kind", "constant_concurrency"), ("#concurrency", "64")],
    },
    Round {
        title: "products naive, 100 connections",
        fields: &[("#workload", "products"), ("#load-kind", "constant_concurrency"), ("#concurrency", "100")],
    },
];

/// What was seen of a run.
#[derive(Debug)]
pub(super) struct Seen {
    /// Of the samples that were drawn.
    pub(super) journeys: Vec<Journey>,
    /// How many samples the server has.
    pub(super) taken: usize,
    /// Instants for which there is none, because a process was held up for longer than the interval.
    pub(super) skipped: usize,
    /// Charts that were in sight.
    pub(super) charts: usize,
    /// Name and version of the browser.
    pub(super) browser: String,
}

impl Seen {
    /// Samples that never were on all charts in sight.
    pub(super) fn never_drawn(&self) -> usize {
        self.taken.saturating_sub(self.journeys.len())
    }
}

impl Round {
    /// Runs it in a page, with a server of its own.
    pub(super) fn run(&self, heapgym: &Path, seconds: u64) -> Result<Seen> {
        let server = Server::start(heapgym)?;
        let mut page = Browser::open_with(&server.url, WATCH)?;
        page.wait_for("document.querySelector('#connection[data-state=open]')")?;
        for (field, text) in self.fields {
            page.fill(field, text)?;
        }
        page.fill("#duration", &format!("{seconds}s"))?;
        thread::sleep(HESITATION);
        page.evaluate("document.querySelector('#run').click()")?;
        // Asking the page whether it is done is work of the thread that is measured.
        thread::sleep(Duration::from_secs(seconds));
        page.wait_for("document.querySelector('#outcome[data-outcome]')")?;
        let outcome = page.evaluate("document.querySelector('#outcome').dataset.outcome")?;
        ensure!(outcome == "completed", "the run of {} ended {outcome}", self.title);

        let watched: Watched = serde_json::from_value(page.evaluate(WATCHED)?)?;
        let (run, journeys) = watched.journeys()?;
        let instants = page.evaluate(&format!(
            "fetch('/api/runs/{run}/samples.json').then(reply => reply.json()).then(all => all.map(one => one.elapsed_ns))"
        ))?;
        let instants: Vec<u64> = serde_json::from_value(instants)?;
        let (taken, skipped) = (instants.len(), skipped(&instants));
        Ok(Seen { journeys, taken, skipped, charts: watched.charts, browser: page.version()? })
    }
}

/// How many instants of a schedule there is no sample for, up to the last one. It begins at 0.
fn skipped(instants: &[u64]) -> usize {
    let interval = instants.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap_or(0).max(1);
    let all = instants.last().map_or(0, |last| last / interval + 1);
    (all as usize).saturating_sub(instants.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_without_a_sample_are_counted() {
        assert_eq!(skipped(&[0, 100, 200]), 0);
        assert_eq!(skipped(&[0, 300, 400, 700]), 4);
        assert_eq!(skipped(&[100, 200]), 1);
        assert_eq!((skipped(&[]), skipped(&[0])), (0, 0));
    }
}
