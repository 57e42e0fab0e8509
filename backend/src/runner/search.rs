//! The search for the highest rate at which something holds: double until it fails, then halve the gap.

/// The gap that is close enough: 5 % between the highest rate that held and the lowest that did not.
const CLOSE_ENOUGH: f64 = 1.05;
/// The first step up or down.
const STRIDE: f64 = 2.0;

/// A search under way. It knows nothing of runs: it is asked for a rate, and told whether that held.
#[derive(Debug, Clone)]
pub struct Search {
    start: f64,
    bounds: (f64, f64),
    held: Option<f64>,
    failed: Option<f64>,
}

impl Search {
    /// A search from `start` within `bounds`, all in requests per second and above 0.
    pub fn new(start: f64, bounds: (f64, f64)) -> Self {
        Self { start: start.clamp(bounds.0, bounds.1), bounds, held: None, failed: None }
    }

    /// The rate to try next; `None` when the search is over.
    pub fn next(&self) -> Option<f64> {
        let (lowest, highest) = self.bounds;
        match (self.held, self.failed) {
            (None, None) => Some(self.start),
            (Some(held), None) => (held < highest).then(|| (held * STRIDE).min(highest)),
            (None, Some(failed)) => (failed > lowest).then(|| (failed / STRIDE).max(lowest)),
            // In ratios, as a rate is felt: the middle is the geometric mean.
            (Some(held), Some(failed)) => {
                (failed / held > CLOSE_ENOUGH).then(|| rounded((held * failed).sqrt()))
            }
        }
        .filter(|next| Some(*next) != self.held && Some(*next) != self.failed)
    }

    /// Takes in whether a rate held. A rate that fails below one that held is believed: what was reached by
    /// luck is given up.
    pub fn record(&mut self, rate: f64, held: bool) {
        if held {
            self.held = Some(self.held.map_or(rate, |before| before.max(rate)));
        } else {
            self.failed = Some(self.failed.map_or(rate, |before| before.min(rate)));
            self.held = self.held.filter(|held| *held < rate);
        }
    }

    /// The highest rate that held; `None` when none did.
    pub fn held(&self) -> Option<f64> {
        self.held
    }

    /// The lowest rate that did not hold; `None` when all did.
    pub fn failed(&self) -> Option<f64> {
        self.failed
    }
}

/// To three digits: a rate that a person would choose.
fn rounded(rate: f64) -> f64 {
    let unit = 10f64.powf(rate.log10().floor() - 2.0);
    // Dividing by the whole inverse keeps 0.1 from becoming 0.1000000001.
    if unit < 1.0 { (rate / unit).round() / (1.0 / unit).round() } else { (rate / unit).round() * unit }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The rates that were tried, and what was found.
    fn search(start: f64, breaks_at: f64) -> (Vec<f64>, Search) {
        let mut search = Search::new(start, (0.1, 200_000.0));
        let mut steps = Vec::new();
        while let Some(rate) = search.next() {
            assert!(steps.len() < 60, "{steps:?}");
            steps.push(rate);
            search.record(rate, rate < breaks_at);
        }
        (steps, search)
    }

    #[test]
    fn it_doubles_until_it_fails_and_then_halves_the_gap() {
        let (steps, search) = search(10.0, 75.0);
        assert_eq!(steps, [10.0, 20.0, 40.0, 80.0, 56.6, 67.3, 73.4, 76.6]);
        assert_eq!((search.held(), search.failed()), (Some(73.4), Some(76.6)));
    }

    #[test]
    fn it_goes_down_when_the_first_rate_fails() {
        let (steps, found) = search(1_000.0, 300.0);
        assert_eq!(steps[..3], [1_000.0, 500.0, 250.0]);
        assert!(found.held().unwrap() < 300.0);
    }

    #[test]
    fn nothing_and_everything_hold_at_the_bounds() {
        let (_, nothing) = search(1.0, 0.0);
        assert_eq!((nothing.held(), nothing.failed()), (None, Some(0.1)));
        let (_, everything) = search(1.0, f64::INFINITY);
        assert_eq!((everything.held(), everything.failed()), (Some(200_000.0), None));
    }

    #[test]
    fn a_rate_that_fails_below_one_that_held_is_believed() {
        let mut search = Search::new(100.0, (0.1, 1_000.0));
        search.record(100.0, true);
        search.record(50.0, false);
        assert_eq!((search.held(), search.failed(), search.next()), (None, Some(50.0), Some(25.0)));
    }

    proptest! {
        #[test]
        fn it_ends_within_five_percent(start in 0.1..200_000.0f64, breaks_at in 0.2..199_000.0f64) {
            let (_, search) = search(start, breaks_at);
            let (held, failed) = (search.held().unwrap(), search.failed().unwrap());
            prop_assert!(held < breaks_at && breaks_at <= failed && failed / held < 1.06, "{held} {failed}");
        }
    }
}
