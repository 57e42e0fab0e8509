//! Compares two sides, pair by pair, and says what is more than noise.
//!
//! The method: both runs of a pair have the same arrivals, and pairs alternate in which side goes first. For each measure
//! the logarithms of the ratios within the pairs are taken, so that twice and half weigh the same. Their mean is the change;
//! the half width of its Student interval is the noise, at 95 % for all measures together (Bonferroni), and never less than the
//! measure's least change worth a word, nor than what single runs differ by, divided by the number of pairs: a machine
//! that changes its pace makes a few pairs agree by chance. The interval of a few pairs hardly has an end, so that the noise
//! is also never more than what single runs differ by, and as far as a pair is from the mean: pairs that would each be a
//! change alone are one together. What is not larger than the noise is unchanged.

use heapgym_shared::{
    Outcome, Report,
    comparison::{Comparison, Delta, Verdict},
    spec::SEED,
};
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::statistics::{mean, quantile, standard_deviation};

mod differences;
mod measure;

pub use measure::{MEASURES, Measure};

/// Version of the comparison's shape.
const SCHEMA: u32 = 1;
/// How sure all verdicts together are to find nothing where there is nothing.
const CONFIDENCE: f64 = 0.95;

/// The seeds of the pairs: both runs of one have the same arrivals, and each pair others.
pub fn seeds(first: u64) -> impl Iterator<Item = u64> {
    const HIGHEST: u64 = SEED.max as u64;
    (0..).map(move |pair: u64| (first + pair) % (HIGHEST + 1))
}

/// Two runs with the same arrivals.
pub type Pair = (Report, Report);

/// Compares the second runs of the pairs with the first; none without a pair.
pub fn compare(pairs: &[Pair]) -> Option<Comparison> {
    let (a, b) = pairs.first()?;
    let deltas: Vec<Delta> = MEASURES.iter().filter_map(|measure| delta(measure, pairs)).collect();
    let ends = completed(pairs);
    let (a_name, b_name) = names(a, b);
    Some(Comparison {
        schema: SCHEMA,
        verdict: Verdict::of(deltas.iter().map(|delta| delta.verdict).chain([ends])),
        endings: endings(pairs),
        pairs: pairs.len() as u32,
        waiting: 0,
        spec: differences::of_specs(&a.spec, &b.spec),
        environment: differences::of_environments(&a.environment, &b.environment),
        a: a_name,
        b: b_name,
        deltas,
    })
}

/// What the sides are, in a few words that tell them apart where the words can.
fn names(a: &Report, b: &Report) -> (String, String) {
    let name = |report: &Report| format!("{} {}", report.spec.workload.info().id, report.spec.variant);
    match (name(a), name(b)) {
        (a, b) if a == b => (format!("{a} (A)"), format!("{b} (B)")),
        names => names,
    }
}

/// Which side has more runs that completed.
fn completed(pairs: &[Pair]) -> Verdict {
    let count = |side: fn(&Pair) -> &Report| {
        pairs.iter().filter(|pair| side(pair).outcome == Outcome::Completed).count()
    };
    match count(|pair| &pair.0).cmp(&count(|pair| &pair.1)) {
        std::cmp::Ordering::Less => Verdict::Improved,
        std::cmp::Ordering::Equal => Verdict::Unchanged,
        std::cmp::Ordering::Greater => Verdict::Regressed,
    }
}

fn endings(pairs: &[Pair]) -> Vec<String> {
    let runs = pairs.iter().zip(1..).flat_map(|((a, b), pair)| [(a, "A", pair), (b, "B", pair)]);
    runs.filter(|(report, ..)| report.outcome != Outcome::Completed)
        .map(|(report, side, pair)| format!("{side} of pair {pair}: {}", report.outcome.sentence()))
        .collect()
}

/// How a measure differs; none where a side never has it.
fn delta(measure: &Measure, pairs: &[Pair]) -> Option<Delta> {
    // A run that did not get to its end has other figures for that reason alone: the endings speak of it.
    let both = |(a, b): &&Pair| a.outcome == Outcome::Completed && b.outcome == Outcome::Completed;
    let figures: Vec<(f64, f64)> =
        pairs.iter().filter(both).filter_map(|(a, b)| Some(((measure.of)(a)?, (measure.of)(b)?))).collect();
    if figures.is_empty() {
        return None;
    }
    // Below the smallest figure of interest all figures are alike, and none is zero.
    let ratio = |(a, b): &(f64, f64)| ((b + measure.smallest) / (a + measure.smallest)).ln();
    let ratios: Vec<f64> = figures.iter().map(ratio).collect();
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
    let (a, b) = (median(figures.iter().map(|(a, _)| *a)), median(figures.iter().map(|(_, b)| *b)));
    // A change of what is above the smallest figure of interest, told of the whole figure: what the reader sees of both
    // sides, and the noise with it.
    let whole = if a > 0.0 { 1.0 + measure.smallest / a } else { 1.0 };
    Some(Delta {
        measure: measure.id.to_owned(),
        title: measure.title.to_owned(),
        unit: measure.unit,
        a,
        b,
        change: (whole * change.exp_m1()).max(-1.0),
        noise: whole * noise.exp_m1(),
        noise_measured: ratios.len() > 1,
        effect: (deviation > 0.0).then(|| change / deviation),
        verdict,
    })
}

/// The half width of the interval that holds the mean of so many figures; without end for one, which tells nothing of it.
fn half_width(deviation: f64, count: usize) -> f64 {
    let tail = (1.0 - CONFIDENCE) / MEASURES.len() as f64 / 2.0;
    // Without a degree of freedom there is no distribution.
    StudentsT::new(0.0, 1.0, count as f64 - 1.0)
        .map_or(f64::INFINITY, |student| student.inverse_cdf(1.0 - tail) * deviation / (count as f64).sqrt())
}

fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    quantile(&figures, 0.5)
}

#[cfg(test)]
mod tests;
