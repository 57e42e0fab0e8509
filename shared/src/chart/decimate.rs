//! Fewer points for the same picture: first, least, greatest and last of each pixel column (M4).

use super::plot::Point;

/// Keeps at most four points of each pixel column: first, least, greatest and last, in their order.
///
/// A line of one pixel's width through them covers the same pixels as through all of them, so a
/// spike survives. Points come in the order of `x`, in pixels.
pub(super) fn m4(points: &[Point]) -> Vec<Point> {
    let by_value = |left: &usize, right: &usize| points[*left].1.total_cmp(&points[*right].1);
    let mut kept = Vec::new();
    let mut begin = 0;
    for column in points.chunk_by(|left, right| left.0.floor() == right.0.floor()) {
        let range = begin..begin + column.len();
        begin = range.end;
        let (Some(least), Some(greatest)) = (range.clone().min_by(by_value), range.clone().max_by(by_value))
        else {
            continue;
        };
        let mut indices = [range.start, least.min(greatest), least.max(greatest), range.end - 1];
        indices.sort_unstable();
        kept.extend(
            indices
                .iter()
                .enumerate()
                .filter(|(at, index)| *at == 0 || indices[at - 1] != **index)
                .map(|(_, index)| points[*index]),
        );
    }
    kept
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// First, least, greatest and last value of each column.
    fn columns(points: &[Point]) -> BTreeMap<i64, (f64, f64, f64, f64)> {
        let mut columns = BTreeMap::new();
        for &(x, y) in points {
            let column = columns.entry(x.floor() as i64).or_insert((y, y, y, y));
            *column = (column.0, column.1.min(y), column.2.max(y), y);
        }
        columns
    }

    #[test]
    fn a_spike_survives() {
        let mut points: Vec<Point> = (0..10_000).map(|index| (f64::from(index) / 1_000.0, 1.0)).collect();
        points[4_321].1 = 99.0;
        let kept = m4(&points);
        assert!(kept.contains(&points[4_321]));
        assert!(kept.len() <= 40, "{} points are left", kept.len());
    }

    #[test]
    fn few_points_stay_as_they_are() {
        assert_eq!(m4(&[]), []);
        assert_eq!(m4(&[(0.5, 1.0), (0.5, 1.0)]), [(0.5, 1.0), (0.5, 1.0)]);
    }

    proptest! {
        #[test]
        fn each_column_keeps_its_first_least_greatest_and_last(
            mut points in prop::collection::vec((0.0..40.0, -1e9..1e9), 0..600),
        ) {
            points.sort_by(|left: &Point, right: &Point| left.0.total_cmp(&right.0));
            let kept = m4(&points);
            prop_assert_eq!(columns(&kept), columns(&points));
            prop_assert!(kept.len() <= 4 * columns(&points).len());
            prop_assert!(kept.windows(2).all(|pair| pair[0].0 <= pair[1].0), "the order stays");
        }
    }
}
