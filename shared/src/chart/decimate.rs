//! Fewer points for the same picture: first, least, greatest and last of each column of pixels (M4), which grow with
//! the samples.

use std::collections::VecDeque;

use super::{columns::Column, extent::Extent, plot::TimeAxis};

/// Columns of device pixels as stretches of time, counted from the run's beginning: a sample is in the same column
/// wherever the drawing begins, so nothing shimmers when it scrolls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Grid {
    /// Never zero.
    ns_per_column: f64,
    /// The first column in sight.
    pub(super) first: i64,
    /// The last one in sight.
    pub(super) last: i64,
}

impl Grid {
    /// The columns of a time axis with so many device pixels to a CSS pixel.
    pub(super) fn new(time: &TimeAxis, density: f64) -> Self {
        let ns_per_column = time.ns_per_pixel() / density;
        let mut grid = Self { ns_per_column, first: 0, last: 0 };
        // The axis begins with a column; what rounding took or gave is less than half of one.
        grid.first = (time.begin_ns as f64 / ns_per_column).round() as i64;
        grid.last = grid.column(time.end_ns).max(grid.first);
        grid
    }

    /// The column of an instant.
    pub(super) fn column(&self, elapsed_ns: u64) -> i64 {
        (elapsed_ns as f64 / self.ns_per_column).floor() as i64
    }

    /// Whether columns of the other one are as wide, so that they are the same stretches of time.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.ns_per_column == other.ns_per_column
    }
}

/// The columns of one series that hold samples, each with what is kept of them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct PixelColumns {
    grid: Option<Grid>,
    kept: VecDeque<(i64, Extent)>,
    /// The index of the first sample that is not in them, because it lies beyond or is still to come.
    taken: usize,
    /// Whether it lies beyond: then the line goes on to the end of the sight.
    goes_beyond: bool,
}

impl PixelColumns {
    /// Takes in what is new of a series, at the cost of what is new; where columns have changed their width or
    /// earlier ones come into sight, it looks at the whole sight once, at the cost of its width.
    ///
    /// Answers with the first column that is not as before.
    pub(super) fn update(&mut self, grid: Grid, times: &[u64], column: &Column) -> i64 {
        let goes_on = self.grid.is_some_and(|before| {
            before.is_like(&grid) && before.first <= grid.first && before.last <= grid.last
        });
        if !goes_on || self.taken > times.len() {
            self.begin(grid, times, column);
            return grid.first;
        }
        self.grid = Some(grid);
        while self.kept.front().is_some_and(|(at, _)| *at < grid.first) {
            self.kept.pop_front();
        }
        let mut changed = i64::MAX;
        // The last column is not as before once the line goes on from it.
        let went_beyond = std::mem::take(&mut self.goes_beyond);
        for (index, time) in times.iter().enumerate().skip(self.taken) {
            let at = grid.column(*time);
            if at > grid.last {
                self.goes_beyond = true;
                changed = if went_beyond { changed } else { changed.min(grid.last) };
                break;
            }
            changed = changed.min(at);
            self.taken = index + 1;
            let next = Extent::of(&column.values, index);
            match self.kept.back_mut() {
                Some((last, extent)) if *last == at => *extent = extent.then(next, &column.values),
                _ if at < grid.first => {}
                _ => self.kept.push_back((at, next)),
            }
        }
        changed
    }

    fn begin(&mut self, grid: Grid, times: &[u64], column: &Column) {
        self.grid = Some(grid);
        self.kept.clear();
        let mut at = times.partition_point(|time| grid.column(*time) < grid.first);
        while let Some(key) = times.get(at).map(|time| grid.column(*time)).filter(|key| *key <= grid.last) {
            let end = at + times[at..].partition_point(|time| grid.column(*time) == key);
            self.kept.push_back((key, column.pyramid.extent(&column.values, at..end)));
            at = end;
        }
        self.taken = at;
        self.goes_beyond = at < times.len();
    }

    /// The columns in their order, with what is kept of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(i64, Extent)> {
        self.kept.iter()
    }

    /// The index of the last one before this one.
    pub(super) fn before(&self, column: i64) -> Option<usize> {
        self.kept.partition_point(|(at, _)| *at < column).checked_sub(1)
    }

    /// Which column has this index; it must be one of those that hold samples.
    pub(super) fn at(&self, index: usize) -> i64 {
        self.kept[index].0
    }

    /// The index of the first sample that lies beyond the last column.
    pub(super) fn beyond(&self) -> usize {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::chart::{Columns, ValueScale, memory};

    fn grid(ns_per_column: f64, first: i64, last: i64) -> Grid {
        Grid { ns_per_column, first, last }
    }

    fn columns(points: &[(u64, f64)]) -> Columns {
        let mut columns = Columns::new(&memory::CHART, ValueScale::Linear);
        points.iter().for_each(|(time, value)| columns.push(*time, &[*value]));
        columns
    }

    fn at_once(grid: Grid, columns: &Columns) -> PixelColumns {
        let mut reduced = PixelColumns::default();
        reduced.update(grid, columns.times(), columns.column(0));
        reduced
    }

    #[test]
    fn a_spike_survives_at_any_width() {
        let points: Vec<_> = (0..50_000).map(|at| (at, if at == 31_234 { 99.0 } else { 1.0 })).collect();
        let columns = columns(&points);
        for width in [1, 7, 300, 1_000] {
            let reduced = at_once(grid(50_000.0 / f64::from(width), 0, i64::from(width)), &columns);
            assert!(reduced.iter().any(|(_, extent)| extent.greatest == 31_234), "{width}");
            assert!(reduced.iter().count() <= width as usize + 1);
        }
    }

    #[test]
    fn new_samples_change_the_last_column_and_those_after_it() {
        let mut columns = columns(&[(5, 1.0), (15, 2.0)]);
        let mut reduced = at_once(grid(10.0, 0, 9), &columns);
        assert_eq!(
            reduced.update(grid(10.0, 0, 9), columns.times(), columns.column(0)),
            i64::MAX,
            "nothing new"
        );
        columns.push(17, &[9.0]);
        columns.push(31, &[0.0]);
        assert_eq!(reduced.update(grid(10.0, 0, 9), columns.times(), columns.column(0)), 1);
        assert_eq!(reduced.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 1, 3]);
        assert_eq!(
            reduced.update(grid(10.0, 1, 10), columns.times(), columns.column(0)),
            i64::MAX,
            "it scrolls"
        );
        assert_eq!(reduced.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(
            reduced.update(grid(10.0, 0, 10), columns.times(), columns.column(0)),
            0,
            "back: all anew"
        );
        assert_eq!(reduced.update(grid(5.0, 0, 10), columns.times(), columns.column(0)), 0, "other columns");
        assert_eq!(reduced.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [1, 3, 6]);
    }

    prop_compose! {
        /// A series with gaps, spikes and instants that stand more than once.
        fn series()(
            points in prop::collection::vec(
                (0_u64..30, prop_oneof![4 => -1e9..1e9, 1 => Just(f64::NAN), 1 => Just(f64::INFINITY)]),
                0..700,
            ),
        ) -> Vec<(u64, f64)> {
            let mut time = 0;
            points.into_iter().map(|(step, value)| { time += step; (time, value) }).collect()
        }
    }

    /// First, least, greatest and last of a column's values.
    type Kept = (f64, f64, f64, f64);

    proptest! {
        #[test]
        fn each_column_keeps_its_first_least_greatest_and_last(
            points in series(),
            ns_per_column in 0.3..900.0,
            (first, width) in (0_i64..40, 0_i64..200),
        ) {
            let grid = grid(ns_per_column, first, first + width);
            let mut expect: BTreeMap<i64, Kept> = BTreeMap::new();
            for (time, value) in points.iter().filter(|(_, value)| value.is_finite()) {
                let at = grid.column(*time);
                if (grid.first..=grid.last).contains(&at) {
                    let kept = expect.entry(at).or_insert((*value, *value, *value, *value));
                    *kept = (kept.0, kept.1.min(*value), kept.2.max(*value), *value);
                }
            }
            let columns = columns(&points);
            let value = |index: u32| columns.column(0).values[index as usize];
            let found = at_once(grid, &columns);
            let found = found.iter().filter(|(_, extent)| !extent.is_empty()).map(|(at, extent)| {
                (*at, (value(extent.first), value(extent.least), value(extent.greatest), value(extent.last)))
            });
            prop_assert_eq!(found.collect::<BTreeMap<_, _>>(), expect);
        }

        #[test]
        fn growing_and_scrolling_end_where_one_look_does(
            points in series(),
            ns_per_column in 0.3..900.0,
            width in 0_i64..200,
            steps in prop::collection::vec((0_usize..80, 0_i64..9), 1..20),
        ) {
            let whole = columns(&points);
            let mut growing = Columns::new(&memory::CHART, ValueScale::Linear);
            let mut reduced = PixelColumns::default();
            let mut first = 0;
            for (more, scroll) in steps {
                let begin = growing.len();
                points[begin..].iter().take(more).for_each(|(time, value)| growing.push(*time, &[*value]));
                first += scroll;
                reduced.update(grid(ns_per_column, first, first + width), growing.times(), growing.column(0));
                let once = at_once(grid(ns_per_column, first, first + width), &growing);
                prop_assert_eq!(&reduced, &once);
            }
            prop_assert!(growing.len() <= whole.len());
        }
    }
}
