//! `cargo xtask bench latency`: from the instant of a sample to the frame that shows it in the page.

mod journey;
mod round;

use anyhow::Result;

use self::{
    journey::{Journey, PARTS},
    round::{ROUNDS, Seen},
};
use super::{environment, processors::Processors, rig, table::markdown, whole_seconds};
use crate::{needs, say};

/// What 99 of 100 samples may take, in milliseconds.
const BUDGET_MS: f64 = 100.0;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// How long the load of each run lasts, in whole seconds, such as 30s
    #[arg(long, default_value = "30s", value_parser = whole_seconds)]
    duration: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    needs::require(&needs::BROWSER)?;
    let heapgym = rig::build()?;
    let mut browser = String::new();
    for round in &ROUNDS {
        say::remark(&format!("{}, for {} s", round.title, args.duration));
        let seen = round.run(&heapgym, args.duration)?;
        say::result(&format!("{}\n", table(round.title, &seen)));
        say::result(&format!("{}\n", verdict(&seen)));
        browser = seen.browser;
    }
    say::result(&format!(
        "{}\n- Browser: {browser}, without a window and without a GPU",
        environment::machine(Processors::Shared),
    ));
    Ok(())
}

/// The way of all samples that were taken, then the parts of those that were drawn.
fn table(title: &str, seen: &Seen) -> String {
    let row = |what: &str, times: &[f64]| {
        let [p50, p90, p99, max] = [50.0, 90.0, 99.0, 100.0].map(|percent| shown(percentile(times, percent)));
        [what.to_owned(), times.len().to_string(), p50, p90, p99, max]
    };
    let wholes = [
        row("sample to pixel", &of_all(seen, Journey::whole)),
        row("the same from its reading on", &of_all(seen, Journey::since_read)),
    ];
    let parts = PARTS.iter().enumerate().map(|(part, name)| {
        let times: Vec<_> = seen.journeys.iter().map(|journey| journey.parts()[part]).collect();
        row(name, &times)
    });
    let rows: Vec<_> = wholes.into_iter().chain(parts).collect();
    markdown([&format!("{title}, ms"), "samples", "p50", "p90", "p99", "max"], &rows)
}

/// Whether the budget holds, and what the table does not say.
fn verdict(seen: &Seen) -> String {
    let p99 = percentile(&of_all(seen, Journey::whole), 99.0);
    let holds = if p99 < BUDGET_MS { "holds" } else { "does not hold" };
    format!(
        "{} charts in sight. Of {} samples {} were never drawn; {} more instants had none. The budget, {BUDGET_MS} ms at \
         p99, {holds}.",
        seen.charts,
        seen.taken,
        seen.never_drawn(),
        seen.skipped,
    )
}

/// Milliseconds that each sample took. One that was never drawn takes for ever.
fn of_all(seen: &Seen, took: impl Fn(&Journey) -> f64) -> Vec<f64> {
    let never = std::iter::repeat_n(f64::INFINITY, seen.never_drawn());
    seen.journeys.iter().map(took).chain(never).collect()
}

/// The least value that so many per cent of all are not above; not a number where there is none.
fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let rank = (percent / 100.0 * values.len() as f64).ceil() as usize;
    values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn shown(milliseconds: f64) -> String {
    match milliseconds {
        f64::INFINITY => "never".to_owned(),
        milliseconds => format!("{milliseconds:.1}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(drawn: usize, taken: usize) -> Seen {
        let journey =
            |at: usize| Journey { due: 0.0, read: 1.0, received: 3.0, drawn: 6.0, presented: at as f64 };
        let journeys = (10..10 + drawn).map(journey).collect();
        Seen { journeys, taken, skipped: 1, charts: 4, browser: String::new() }
    }

    #[test]
    fn a_sample_that_was_never_drawn_takes_for_ever() {
        let table = table("logs", &seen(99, 100));
        let cells =
            |line: usize| table.lines().nth(line).unwrap().split('|').map(str::trim).collect::<Vec<_>>();
        assert_eq!(cells(2)[1..7], ["sample to pixel", "100", "59.0", "99.0", "108.0", "never"]);
        assert_eq!(cells(3)[2..7], ["100", "58.0", "98.0", "107.0", "never"]);
        assert_eq!(cells(5)[2..7], ["99", "2.0", "2.0", "2.0", "2.0"]);
        assert!(verdict(&seen(80, 80)).ends_with("p99, holds."));
        assert!(verdict(&seen(80, 82)).contains("2 were never drawn; 1 more instants had none"));
        assert!(verdict(&seen(80, 82)).ends_with("p99, does not hold."));
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<_> = (1..=200).rev().map(f64::from).collect();
        assert_eq!([50.0, 99.0, 100.0].map(|percent| percentile(&values, percent)), [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 50.0), 7.0);
        assert!(percentile(&[], 50.0).is_nan());
    }
}
