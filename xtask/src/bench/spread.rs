//! The median of several rounds, with the least and the most.

use std::fmt;

/// What several rounds gave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spread {
    /// The middle value, or the mean of the two in the middle.
    pub(super) median: f64,
    min: f64,
    max: f64,
}

impl Spread {
    /// None where there is no value.
    pub(super) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let middle = values.len() / 2;
        let median =
            if values.len() % 2 == 1 { values[middle] } else { values[middle - 1].midpoint(values[middle]) };
        Some(Self { median, min, max })
    }

    /// The median, and between which values the median of endless rounds lies, 19 times in 20: an interval of order
    /// statistics, which asks nothing of how the values are spread (Conover, Practical Nonparametric Statistics, 3.2).
    /// None where there is no value.
    pub(super) fn of_median(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let outside = ((count - 1.96 * count.sqrt()) / 2.0).floor().max(0.0) as usize;
        Self::of(values[outside..values.len() - outside].iter().copied())
    }

    /// The same of the middle half: its ends hold however many rounds there are. None where there is no value.
    pub(super) fn of_middle_half(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.into_iter().collect();
        values.sort_by(f64::total_cmp);
        let quarter = values.len() / 4;
        Self::of(values[quarter..values.len() - quarter].iter().copied())
    }
}

/// `median (min..max)`, with as many decimals as asked for.
impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or(2);
        let Self { median, min, max } = self;
        write!(f, "{median:.decimals$} ({min:.decimals$}..{max:.decimals$})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_and_the_ends_are_shown() {
        assert_eq!(format!("{:.1}", Spread::of([3.0, 1.0, 2.5]).unwrap()), "2.5 (1.0..3.0)");
        assert_eq!(Spread::of([4.0, 1.0, 2.0, 3.0]).unwrap().median, 2.5);
        assert_eq!(Spread::of([]), None);
        let half = Spread::of_middle_half([9.0, 1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 7.0, -9.0]).unwrap();
        assert_eq!(format!("{half:.0}"), "4 (2..6)");
        assert_eq!(Spread::of_middle_half([]), None);
    }

    #[test]
    fn the_median_of_many_rounds_is_known_better_than_that_of_few() {
        let interval =
            |rounds: u32| format!("{:.0}", Spread::of_median((1..=rounds).map(f64::from)).unwrap());
        assert_eq!(interval(3), "2 (1..3)");
        // Of 100 values the 41st to the 60th, as tables of the sign test have it.
        assert_eq!(interval(100), "50 (41..60)");
        assert_eq!(Spread::of_median([]), None);
    }
}
