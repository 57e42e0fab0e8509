//! Compares two sides, pair by pair, and says what is more than noise.
//!
//! The method: both runs of a pair have the same arrivals, and pairs alternate in which side goes first. For each
//! measure the logarithms of the ratios within the pairs are taken, so that twice and half weigh the same. Their mean
//! is the change; the half width of its Student interval is the noise, at 95 % for all measures together (Bonferroni),
//! and never less than the measure's least change worth a word, nor than what single runs differ by, divided by the
//! number of pairs: a machine that changes its pace makes a few pairs agree by chance. The interval of a few pairs
//! hardly has an end, so that the noise is also never more than what single runs differ by, and as far as a pair is
//! from the mean: pairs that would each be a change alone are one together. What is not larger than the noise is
//! unchanged.
//!
//! Without data there is no verdict but "cannot tell". A pair in which heapgym itself failed does not count. A run that
//! ended early has no figures, but counts as a run that did not complete. The side that fails more requests never wins.

use heapgym_shared::{
    Report, RunSpec,
    comparison::{Comparison, Delta, Verdict},
    spec::SEED,
};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::statistics::{mean, quantile, standard_deviation};

mod differences;
mod measure;
mod runs;
mod success;

pub use measure::{MEASURES, Measure};
use runs::Sorted;
pub use runs::{Pair, Run};
use success::{NOTHING_COMPLETED, Success};

/// Version of the comparison's shape.
const SCHEMA: u32 = 2;
/// How sure all verdicts together are to find nothing where there is nothing.
const CONFIDENCE: f64 = 0.95;

/// The seeds of the pairs: both runs of one have the same arrivals, and each pair others.
pub fn seeds(first: u64) -> impl Iterator<Item = u64> {
    const HIGHEST: u64 = SEED.max as u64;
    (0..).map(move |pair: u64| (first + pair) % (HIGHEST + 1))
}

/// Compares side B of the pairs with side A; `None` without a pair.
pub fn compare(pairs: &[Pair]) -> Option<Comparison> {
    let first = pairs.first()?;
    let (a, b) = (&first.a.spec, &first.b.spec);
    let sorted = Sorted::new(pairs);
    let success = Success::of(&sorted.completed);
    let deltas: Vec<Delta> =
        MEASURES.iter().filter_map(|measure| delta(measure, &sorted.completed, success)).collect();
    let verdicts = deltas.iter().map(|delta| delta.verdict).chain(sorted.verdict());
    let (verdict, reason) = match (sorted.verdict(), sorted.nothing()) {
        (None, Some(reason)) => (Verdict::CannotTell, Some(reason)),
        _ if success == Success::None => (Verdict::CannotTell, Some(NOTHING_COMPLETED)),
        _ => match Verdict::of(verdicts) {
            Verdict::CannotTell => (Verdict::CannotTell, Some("no measure has a verdict")),
            verdict => (verdict, None),
        },
    };
    let environments = pairs
        .iter()
        .find_map(|pair| Some((&pair.a.report.as_ref()?.environment, &pair.b.report.as_ref()?.environment)));
    let (a_name, b_name) = names(a, b);
    Some(Comparison {
        schema: SCHEMA,
        verdict,
        reason: reason.map(str::to_owned),
        endings: sorted.endings(),
        pairs: sorted.counted.len() as u32,
        left_out: sorted.left_out,
        waiting: 0,
        spec: differences::of_specs(a, b),
        environment: environments.map(|(a, b)| differences::of_environments(a, b)).unwrap_or_default(),
        a: a_name,
        b: b_name,
        deltas,
    })
}

/// What the sides are, in a few words that tell them apart where the words can.
fn names(a: &RunSpec, b: &RunSpec) -> (String, String) {
    let name = |spec: &RunSpec| format!("{} {}", spec.workload.info().id, spec.variant);
    match (name(a), name(b)) {
        (a, b) if a == b => (format!("{a} (A)"), format!("{b} (B)")),
        names => names,
    }
}

/// How a measure differs; `None` where neither side has it.
fn delta(measure: &Measure, pairs: &[(&Report, &Report)], success: Success) -> Option<Delta> {
    let figures = || pairs.iter().map(|(a, b)| ((measure.of)(a), (measure.of)(b)));
    let a = median(figures().filter_map(|(a, _)| a));
    let b = median(figures().filter_map(|(_, b)| b));
    let both: Vec<(f64, f64)> = figures().filter_map(|(a, b)| a.zip(b)).collect();
    let untold = Delta {
        measure: measure.id.to_owned(),
        title: measure.title.to_owned(),
        unit: measure.unit,
        a,
        b,
        change: None,
        noise: None,
        noise_in_unit: None,
        noise_measured: false,
        effect: None,
        verdict: Verdict::CannotTell,
        reason: None,
    };
    let cannot_tell = |reason: &str| Some(Delta { reason: Some(reason.to_owned()), ..untold.clone() });
    match (a, b) {
        (None, None) => return None,
        (Some(_), None) => return cannot_tell("B has no figure"),
        (None, Some(_)) => return cannot_tell("A has no figure"),
        _ if both.is_empty() => return cannot_tell("no pair has both figures"),
        _ => {}
    }
    // Below the smallest figure of interest all figures are alike, and none is zero.
    let ratio = |(a, b): &(f64, f64)| ((b + measure.smallest) / (a + measure.smallest)).ln();
    let ratios: Vec<f64> = both.iter().map(ratio).collect();
    let (change, deviation) = (mean(&ratios), standard_deviation(&ratios));
    let alone = measure.assumed.ln_1p();
    let farthest = ratios.iter().map(|ratio| (ratio - change).abs()).fold(0.0, f64::max);
    let least = measure.least.ln_1p().max(alone / ratios.len() as f64);
    let noise = half_width(deviation, ratios.len()).min(alone + farthest).max(least);
    let verdict = match change {
        change if change.abs() <= noise => Verdict::Unchanged,
        change if (change < 0.0) == measure.less_is_better => Verdict::Improved,
        _ => Verdict::Regressed,
    };
    if let Some(reason) = success.forbids(measure, verdict) {
        return cannot_tell(reason);
    }
    // A change of what is above the smallest figure of interest, told of the whole figure: what the reader sees of both
    // sides, and the noise with it.
    let whole = a.filter(|a| *a > 0.0).map_or(1.0, |a| 1.0 + measure.smallest / a);
    // The same in the unit of the figures, none of which is below zero.
    let a = a.unwrap_or(0.0);
    let from = a + measure.smallest;
    let [below, above] = [(-from * (-noise).exp_m1()).min(a), from * noise.exp_m1()];
    Some(Delta {
        change: Some((whole * change.exp_m1()).max(-1.0)),
        noise: Some(whole * noise.exp_m1()),
        noise_in_unit: above.is_finite().then_some([below, above]),
        noise_measured: ratios.len() > 1,
        effect: (deviation > 0.0).then(|| change / deviation),
        verdict,
        ..untold
    })
}

/// The half width of the interval that holds the mean of so many figures; without end for one, which tells nothing of
/// it.
fn half_width(deviation: f64, count: usize) -> f64 {
    let tail = (1.0 - CONFIDENCE) / MEASURES.len() as f64 / 2.0;
    // Without a degree of freedom there is no distribution.
    StudentsT::new(0.0, 1.0, count as f64 - 1.0)
        .map_or(f64::INFINITY, |student| student.inverse_cdf(1.0 - tail) * deviation / (count as f64).sqrt())
}

fn median(figures: impl Iterator<Item = f64>) -> Option<f64> {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    (!figures.is_empty()).then(|| quantile(&figures, 0.5))
}

#[cfg(test)]
mod tests;
