//! Extents of ever larger groups of values: what any range holds is known from a few of them.

use std::ops::Range;

use super::extent::Extent;

/// How many of one level make one of the next.
const FANOUT: usize = 16;

/// The extents of 16, 256, 4096, ... values, of all groups that are complete. It takes a tenth of the values' memory.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Pyramid {
    levels: Vec<Vec<Extent>>,
}

impl Pyramid {
    /// Takes in the last of the values; called once for each of them.
    pub(super) fn push(&mut self, values: &[f64]) {
        let mut complete = values.len();
        for level in 0.. {
            if complete == 0 || !complete.is_multiple_of(FANOUT) {
                return;
            }
            let group = complete - FANOUT..complete;
            let below = |index| match level {
                0 => Extent::of(values, index),
                level => self.levels[level - 1][index],
            };
            let extent = group.fold(Extent::EMPTY, |extent, index| extent.then(below(index), values));
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(extent);
            complete /= FANOUT;
        }
    }

    /// The extent of the values in a range: from the largest groups that lie in it.
    pub(super) fn extent(&self, values: &[f64], range: Range<usize>) -> Extent {
        let (mut at, end) = (range.start, range.end.min(values.len()));
        let mut extent = Extent::EMPTY;
        while at < end {
            let (mut next, mut size) = (Extent::of(values, at), 1);
            for level in &self.levels {
                let larger = size * FANOUT;
                if !at.is_multiple_of(larger) || at + larger > end {
                    break;
                }
                (next, size) = (level[at / larger], larger);
            }
            extent = extent.then(next, values);
            at += size;
        }
        extent
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Pyramid {
        let mut pyramid = Pyramid::default();
        (1..=values.len()).for_each(|count| pyramid.push(&values[..count]));
        pyramid
    }

    #[test]
    fn one_spike_of_many_values_is_found_in_few_steps() {
        let mut values = vec![1.0; 100_000];
        values[54_321] = 9.0;
        let pyramid = of(&values);
        assert_eq!(pyramid.levels.iter().map(Vec::len).collect::<Vec<_>>(), [6_250, 390, 24, 1]);
        assert_eq!(pyramid.extent(&values, 7..99_999).greatest, 54_321);
        assert_eq!(pyramid.extent(&values, 54_322..99_999).greatest, 54_322);
    }

    #[test]
    fn nothing_is_in_an_empty_range() {
        let values = [1.0, f64::NAN];
        let pyramid = of(&values);
        assert_eq!(pyramid.extent(&values, 1..1), Extent::EMPTY);
        assert_eq!(pyramid.extent(&[], 0..5), Extent::EMPTY);
        let gap = pyramid.extent(&values, 1..9);
        assert!(gap.is_empty() && gap.gap_before && gap.gap_after);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_look_at_each_value_finds(
            values in prop::collection::vec(prop_oneof![-9.0..9.0, Just(f64::NAN), Just(0.0)], 0..900),
            (start, length) in (0_usize..900, 0_usize..900),
        ) {
            let range = start.min(values.len())..(start + length).min(values.len());
            let each = range.clone().map(|index| Extent::of(&values, index));
            let expect = each.fold(Extent::EMPTY, |extent, next| extent.then(next, &values));
            prop_assert_eq!(of(&values).extent(&values, range.clone()), expect);

            let numbers: Vec<usize> = range.clone().filter(|index| !values[*index].is_nan()).collect();
            prop_assert_eq!(expect.is_empty(), numbers.is_empty());
            if let (Some(first), Some(last)) = (numbers.first(), numbers.last()) {
                prop_assert_eq!((expect.first as usize, expect.last as usize), (*first, *last));
                let (least, greatest) = (values[expect.least as usize], values[expect.greatest as usize]);
                prop_assert!(numbers.iter().all(|index| (least..=greatest).contains(&values[*index])));
                prop_assert_eq!(expect.gap_before, *first > range.start);
                prop_assert_eq!(expect.gap_after, *last + 1 < range.end);
            }
        }
    }
}
