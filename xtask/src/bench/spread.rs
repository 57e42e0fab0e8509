//! The middle of several rounds, with what lies around it.

use std::fmt;

/// What several rounds gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The median, or a mean.
    pub(super) middle: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// The median, with the least and the most. `None` where there is no value.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let half = values.len() / 2;
        let middle =
            if values.len() % 2 == 1 { values[half] } else { values[half - 1].midpoint(values[half]) };
        Some(Self { middle, min, max })
    }

    /// The geometric mean of ratios, and where that of endless rounds lies, 19 times in 20, as the central limit
    /// theorem has it. `None` where there is no value.
    pub(super) fn of_ratios(ratios: impl IntoIterator<Item = f64>) -> Option<Self> {
        let logarithms: Vec<_> = ratios.into_iter().map(f64::ln).collect();
        let count = logarithms.len() as f64;
        let mean = logarithms.iter().sum::<f64>() / count;
        let squares: f64 = logarithms.iter().map(|logarithm| (logarithm - mean).powi(2)).sum();
        let either_side = 1.96 * (squares / (count - 1.0).max(1.0) / count).sqrt();
        let [middle, min, max] = [mean, mean - either_side, mean + either_side].map(f64::exp);
        (count > 0.0).then_some(Self { middle, min, max })
    }

    /// The median, with the ends of the middle half: they hold however many rounds there are. `None` where there is no
    /// value.
    pub(super) fn of_middle_half(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let quarter = values.len() / 4;
        Self::of(values[quarter..values.len() - quarter].iter().copied())
    }
}

/// `middle (min..max)`, with as many decimals as asked for.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(2);
        let Self { middle, min, max } = self;
        write!(f, "{middle:.decimals$} ({min:.decimals$}..{max:.decimals$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_ends_are_shown() {
        assert_eq!(format!("{:.1}", Spread::of([3.0, 1.0, 2.5]).unwrap()), "2.5 (1.0..3.0)");
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).unwrap().middle, 2.5);
        assert_eq!(Spread::of([]), None);
        let half = Spread::of_middle_half([9.0, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 7.0, -9.0]).unwrap();
        assert_eq!(format!("{half:.0}"), "4 (2..6)");
        assert_eq!(Spread::of_middle_half([]), None);
    }

    #[test]
    fn a_ratio_and_its_inverse_are_none_and_many_rounds_know_it_better_than_few() {
        let ratios = |rounds| std::iter::repeat_n([0.9, 1.0 / 0.9], rounds).flatten();
        let spread = |rounds| format!("{:.3}", Spread::of_ratios(ratios(rounds)).unwrap());
        assert_eq!(spread(8), "1.000 (0.948..1.055)");
        assert_eq!(spread(800), "1.000 (0.995..1.005)");
        assert_eq!(Spread::of_ratios([]), None);
    }
}
