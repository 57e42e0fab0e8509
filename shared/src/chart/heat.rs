//! The cells of a heat map: which part of a moment's requests took how long.

use plotters::style::RGBColor;

use super::{DrawError, cells::DrawCells, decimate::Grid, paint::Painter, plot::TimeAxis, scene::Layout};
use crate::{
    buckets::{self, Buckets},
    sample::Sample,
};

/// How opaque a cell is that holds next to nothing of its moment.
const FAINTEST: f64 = 0.12;
/// How opaque one is that holds all of it; the lines over it have to show.
const FULLEST: f64 = 0.8;

/// The least and the greatest latency in sight, in nanoseconds, as the ends of their cells; `None` without requests.
pub(super) fn range(samples: &[Sample], time: &TimeAxis) -> Option<(f64, f64)> {
    let first = samples.partition_point(|sample| sample.elapsed_ns < time.begin_ns);
    // One that is read after the sight holds what ended at its end.
    let in_sight = samples.iter().skip(first).take_while(|sample| sample.elapsed_ns <= time.end_ns);
    let after = samples.iter().skip(first).find(|sample| sample.elapsed_ns > time.end_ns);
    let (first, last) = in_sight
        .chain(after)
        .filter_map(|sample| counted(sample).ends())
        .reduce(|(first, last), (low, high)| (first.min(low), last.max(high)))?;
    Some((foot_ns(first), buckets::end_ns(last)))
}

/// Draws the cells of the sight; with a place, those right of there.
pub(super) fn draw<DB: DrawCells>(
    painter: &Painter<DB>,
    layout: &Layout,
    samples: &[Sample],
    color: RGBColor,
    right_of: Option<f64>,
) -> Result<(), DrawError> {
    let Layout { area, grid, values, density, .. } = layout;
    let first = right_of.map_or(0, |x| ((x - area.left) * density).floor().max(0.0) as i64);
    let columns = ((area.right - area.left) * density).floor() as i64 - first;
    let fits = |bucket| values.contains(foot_ns(bucket)) && values.contains(buckets::end_ns(bucket));
    let Some(map) = Map::new(samples, grid, grid.first + first, columns, fits) else { return Ok(()) };
    let left = area.left + first as f64 / density;
    let right = left + map.columns as f64 / density;
    let (top, bottom) = (area.y(buckets::end_ns(map.last), values), area.y(foot_ns(map.first), values));
    painter.cells((left, top), (right, bottom), map.columns, &map.colors(color))
}

/// Where a bucket begins on a logarithmic axis, which has no zero: the first one is as high as the others.
fn foot_ns(bucket: u32) -> f64 {
    match bucket {
        0 => buckets::end_ns(0) * buckets::begin_ns(1) / buckets::end_ns(1),
        bucket => buckets::begin_ns(bucket),
    }
}

/// The latencies of a sample.
fn counted(sample: &Sample) -> &Buckets {
    static NONE: Buckets = Buckets::NONE;
    sample.load.as_ref().map_or(&NONE, |load| &load.response_times)
}

/// How many latencies are in each cell.
struct Map {
    /// The lowest bucket, at the foot.
    first: u32,
    last: u32,
    columns: usize,
    /// Row by row from the top.
    counts: Vec<u64>,
}

impl Map {
    /// The map of `columns` columns from `first_column` on, as far as there are samples, with the buckets that fit;
    /// `None` where no request ended.
    fn new(
        samples: &[Sample],
        grid: &Grid,
        first_column: i64,
        columns: i64,
        fits: impl Fn(u32) -> bool,
    ) -> Option<Self> {
        let begin = samples.partition_point(|sample| grid.column(sample.elapsed_ns) < first_column);
        // A sample tells of the time since the one before; those of one column are told together.
        let before = begin.checked_sub(1).and_then(|before| samples.get(before));
        let before = before.map(|sample| grid.column(sample.elapsed_ns));
        let strips = samples.iter().skip(begin).scan(before, |before, sample| {
            let last = grid.column(sample.elapsed_ns);
            let first = before.map_or(last, |before| before.saturating_add(1).min(last));
            *before = Some(last);
            let from_first = |column: i64| column.saturating_sub(first_column);
            let held: Vec<_> = counted(sample).iter().filter(|(bucket, _)| fits(*bucket)).collect();
            Some((from_first(first), from_first(last), held))
        });
        let strips: Vec<_> = strips.take_while(|(first, ..)| *first < columns).collect();
        let held = || strips.iter().flat_map(|(.., held)| held.iter().map(|(bucket, _)| *bucket));
        let (first, last) = (held().min()?, held().max()?);
        let end = strips.iter().map(|(_, last, _)| last.saturating_add(1)).max()?.clamp(0, columns);
        let columns = usize::try_from(end).ok().filter(|columns| *columns > 0)?;
        let mut counts = vec![0; columns * (last - first + 1) as usize];
        for (from, to, held) in strips {
            for (bucket, count) in held {
                let row = (last - bucket) as usize * columns;
                for column in from.max(0)..=to.min(end - 1) {
                    counts[row + column as usize] += u64::from(count);
                }
            }
        }
        Some(Self { first, last, columns, counts })
    }

    /// A color for each cell: the more of its column it holds, the more opaque. The eye tells small parts apart better
    /// than large ones, so opacity grows with the square root.
    fn colors(&self, RGBColor(red, green, blue): RGBColor) -> Vec<[u8; 4]> {
        let mut totals = vec![0; self.columns];
        for row in self.counts.chunks(self.columns) {
            totals.iter_mut().zip(row).for_each(|(total, count)| *total += count);
        }
        let opacity = |(index, count): (usize, &u64)| {
            let part = *count as f64 / totals[index % self.columns] as f64;
            let opacity = if *count == 0 { 0.0 } else { FAINTEST + (FULLEST - FAINTEST) * part.sqrt() };
            [red, green, blue, (opacity * 255.0).round() as u8]
        };
        self.counts.iter().enumerate().map(opacity).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{LoadReading, Phase};

    /// A sample that was read at an instant, with requests that took so many nanoseconds.
    fn sample(elapsed_ns: u64, latencies: &[u64]) -> Sample {
        let response_times = Buckets::of_ascending(latencies.iter().map(|latency| (*latency, 1)));
        let load = Some(LoadReading { response_times, ..Default::default() });
        Sample { seq: 0, elapsed_ns, phase: Phase::Load, target: None, load, events: Vec::new() }
    }

    /// A hundred nanoseconds in ten columns.
    fn axis() -> TimeAxis {
        TimeAxis { begin_ns: 0, end_ns: 100, left: 0.0, right: 10.0, clock: None }
    }

    /// The cells of a map, row by row from the top.
    fn rows(map: &Map) -> Vec<&[u64]> {
        map.counts.chunks(map.columns).collect()
    }

    #[test]
    fn a_sample_fills_the_time_since_the_one_before() {
        let samples = [sample(5, &[500]), sample(35, &[1_000, 1_090]), sample(38, &[999])];
        let map = Map::new(&samples, &Grid::new(&axis(), 1.0), 0, 10, |_| true).unwrap();
        assert_eq!((map.first, map.last), (0, 1));
        assert_eq!(rows(&map), [[0, 2, 2, 2], [1, 0, 0, 1]], "two of one column are told together");
    }

    #[test]
    fn a_part_is_as_in_the_whole() {
        let samples: Vec<_> = (0..40).map(|at| sample(at * 3, &[500, 600 + at * 40])).collect();
        let grid = Grid::new(&axis(), 1.0);
        let (whole, part) = (
            Map::new(&samples, &grid, 0, 10, |_| true).unwrap(),
            Map::new(&samples, &grid, 6, 4, |_| true).unwrap(),
        );
        for (whole, part) in rows(&whole).iter().zip(rows(&part)) {
            assert_eq!(whole[6..], *part);
        }
    }

    #[test]
    fn color_is_the_part_of_the_moment() {
        let samples = [sample(5, &[500; 4]), sample(15, &[500, 500, 500, 1_000])];
        let map = Map::new(&samples, &Grid::new(&axis(), 1.0), 0, 10, |_| true).unwrap();
        let opacities: Vec<u8> = map.colors(RGBColor(1, 2, 3)).iter().map(|color| color[3]).collect();
        assert_eq!(opacities, [0, 117, 204, 181]);
    }

    #[test]
    fn the_range_is_that_of_what_is_in_sight() {
        let samples =
            [sample(10, &[900_000_000]), sample(50, &[1_000]), sample(120, &[2_000]), sample(900, &[5])];
        let time = TimeAxis { begin_ns: 20, ..axis() };
        assert_eq!(range(&samples, &time), Some((1_000.0, buckets::end_ns(9))));
        assert_eq!(range(&[], &time), None);
        assert!(range(&[sample(30, &[5])], &time).unwrap().0 > 900.0, "the lowest cell has a foot");
    }
}
