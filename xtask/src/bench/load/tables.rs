//! The tables of the comparison: each round, the medians, and heapgym against its peers.

use super::figures::{Figures, Measure};
use crate::bench::{
    spread::Spread,
    table::{known, markdown},
};

/// One generator's figures of all rounds, in order.
#[derive(Clone, Debug)]
pub(super) struct Series {
    name: &'static str,
    /// The same number for every generator whenever a table is made.
    pub(super) rounds: Vec<Figures>,
}

impl Series {
    /// No round yet.
    pub(super) fn of(name: &'static str) -> Self {
        Self { name, rounds: Vec::new() }
    }

    fn values(&self, measure: Measure) -> impl Iterator<Item = f64> {
        self.rounds.iter().map(move |figures| figures.get(measure))
    }
}

/// The round with this index.
pub(super) fn of_round(series: &[Series], round: usize) -> String {
    let rows: Vec<_> = series
        .iter()
        .map(|series| {
            let figures = series.rounds[round];
            let [throughput, cpu, rss] =
                Measure::ALL.map(|measure| format!("{:.*}", measure.decimals(), figures.get(measure)));
            let busy = format!("{:.0} %", figures.generator_busy);
            let target = known(figures.target_busy.map(|busy| format!("{busy:.0} %")));
            [series.name.to_owned(), throughput, cpu, rss, busy, target]
        })
        .collect();
    let [throughput, cpu, rss] = Measure::ALL.map(Measure::title);
    markdown(["generator", throughput, cpu, rss, "generator busy", "target busy"], &rows)
}

/// All rounds in one row for each generator.
pub(super) fn medians(series: &[Series]) -> String {
    let rows: Vec<_> = series
        .iter()
        .map(|series| {
            let [throughput, cpu, rss] =
                Measure::ALL.map(|measure| spread(series.values(measure), measure.decimals()));
            let target = spread(series.rounds.iter().filter_map(|figures| figures.target_busy), 0);
            [series.name.to_owned(), throughput, cpu, rss, target]
        })
        .collect();
    let [throughput, cpu, rss] = Measure::ALL.map(Measure::title);
    markdown(["generator", throughput, cpu, rss, "target busy %"], &rows)
}

/// Ours divided by each peer's, and by the better of the peers, round by round: what slows a whole round cancels.
pub(super) fn ratios(ours: &Series, peers: &[Series]) -> String {
    let row = |name: String, theirs: &dyn Fn(Measure, usize) -> f64| {
        let [throughput, cpu, rss] = Measure::ALL.map(|measure| {
            let ratios = ours.values(measure).enumerate().map(|(round, own)| own / theirs(measure, round));
            spread(ratios, 2)
        });
        [name, throughput, cpu, rss]
    };
    let mut rows: Vec<_> = peers
        .iter()
        .map(|peer| row(peer.name.to_owned(), &|measure, round| peer.rounds[round].get(measure)))
        .collect();
    if let [first, others @ ..] = peers
        && !others.is_empty()
    {
        rows.push(row("the better".to_owned(), &|measure, round| {
            let figure = |peer: &Series| peer.rounds[round].get(measure);
            others.iter().map(figure).fold(figure(first), |a, b| measure.better(a, b))
        }));
    }
    markdown(["heapgym /", "requests/s", "CPU/request", "peak RSS"], &rows)
}

fn spread(values: impl Iterator<Item = f64>, decimals: usize) -> String {
    known(Spread::of(values).map(|spread| format!("{spread:.decimals$}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &'static str, rounds: &[(f64, f64, f64)]) -> Series {
        let rounds =
            rounds.iter().map(|&(throughput, cpu, rss)| Figures::sample(throughput, cpu, rss)).collect();
        Series { name, rounds }
    }

    #[test]
    fn ratios_are_taken_round_by_round_and_against_the_better_peer() {
        let ours = series("heapgym", &[(110.0, 2.0, 8.0), (60.0, 2.0, 8.0)]);
        let wrk = series("wrk", &[(100.0, 4.0, 4.0), (50.0, 1.0, 4.0)]);
        let oha = series("oha", &[(55.0, 1.0, 80.0), (120.0, 4.0, 160.0)]);
        let table = ratios(&ours, &[wrk, oha]);
        let cells = |name: &str| {
            let line = table.lines().find(|line| line.contains(name)).unwrap();
            line.split('|').skip(2).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(cells("wrk")[..3], ["1.15 (1.10..1.20)", "1.25 (0.50..2.00)", "2.00 (2.00..2.00)"]);
        assert_eq!(cells("oha")[0], "1.25 (0.50..2.00)");
        assert_eq!(cells("the better")[..3], ["0.80 (0.50..1.10)", "2.00 (2.00..2.00)", "2.00 (2.00..2.00)"]);
    }

    #[test]
    fn with_one_peer_there_is_no_better_one() {
        let ours = series("heapgym", &[(110.0, 2.0, 8.0)]);
        assert!(!ratios(&ours, &[series("wrk", &[(100.0, 4.0, 4.0)])]).contains("better"));
    }

    #[test]
    fn a_round_shows_whether_the_target_was_the_limit() {
        let table = of_round(&[series("wrk", &[(1.0, 1.0, 1.0), (12345.6, 4.125, 4.04)])], 1);
        let row = table.lines().last().unwrap().replace(' ', "");
        assert_eq!(row, "|wrk|12346|4.12|4.0|100%|80%|");
        assert!(medians(&[series("wrk", &[(1.0, 1.0, 1.0)])]).contains("80 (80..80)"));
    }
}
