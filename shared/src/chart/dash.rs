//! Dashed lines, cut by hand: plotters backends draw only solid ones.

use std::mem;

use super::plot::Point;

/// The most dashes of one line. Beyond them the dashes grow: a dense line would cost too much, and its
/// dashes could not be told apart anyway.
const MOST_DASHES: f64 = 1_000.0;

/// Cuts a line into its dashes. `pattern` has lengths on and off in turn; empty is a solid line.
pub(super) fn dashes(line: &[Point], pattern: &[u32]) -> Vec<Vec<Point>> {
    let period: f64 = pattern.iter().copied().map(f64::from).sum();
    let length: f64 = line.windows(2).map(|ends| distance(ends[0], ends[1])).sum();
    // A pattern of odd length would swap on and off with each round.
    if period <= 0.0 || !pattern.len().is_multiple_of(2) || !length.is_finite() {
        return vec![line.to_vec()];
    }
    // In steps of two, so that dashes of a growing line do not creep.
    let stretch = (length / period / MOST_DASHES).max(1.0).log2().ceil().exp2();
    let mut lengths = pattern.iter().map(|length| f64::from(*length) * stretch).cycle();
    let mut left = lengths.next().unwrap_or(f64::INFINITY);
    let mut on = true;
    let mut dash: Vec<Point> = line.first().copied().into_iter().collect();
    let mut done = Vec::new();
    for ends in line.windows(2) {
        let (mut from, to) = (ends[0], ends[1]);
        let mut rest = distance(from, to);
        while rest > left {
            let part = left / rest;
            from = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
            rest -= left;
            // The end of a dash, or the beginning of the next one.
            dash.push(from);
            if on {
                done.push(mem::take(&mut dash));
            }
            on = !on;
            left = lengths.next().unwrap_or(f64::INFINITY);
        }
        left -= rest;
        if on {
            dash.push(to);
        }
    }
    if !dash.is_empty() {
        done.push(dash);
    }
    done
}

fn distance(from: Point, to: Point) -> f64 {
    (to.0 - from.0).hypot(to.1 - from.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn length(line: &[Point]) -> f64 {
        line.windows(2).map(|ends| distance(ends[0], ends[1])).sum()
    }

    #[test]
    fn a_straight_line_is_cut_by_the_pattern() {
        let cut = dashes(&[(0.0, 0.0), (20.0, 0.0)], &[8, 4]);
        assert_eq!(cut, [[(0.0, 0.0), (8.0, 0.0)], [(12.0, 0.0), (20.0, 0.0)]]);
    }

    #[test]
    fn a_dash_goes_round_corners() {
        let cut = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], &[8, 4]);
        assert_eq!(cut, [[(0.0, 0.0), (5.0, 0.0), (5.0, 3.0)]]);
    }

    #[test]
    fn no_pattern_is_a_solid_line() {
        let line = [(0.0, 0.0), (20.0, 3.0)];
        assert_eq!(dashes(&line, &[]), [line]);
        assert_eq!(dashes(&line, &[0, 0]), [line]);
        assert_eq!(dashes(&[], &[8, 4]), Vec::<Vec<Point>>::new());
        assert_eq!(dashes(&[(1.0, 1.0)], &[8, 4]), [[(1.0, 1.0)]], "one point stays");
    }

    proptest! {
        #[test]
        fn dashes_have_their_share_of_the_line_and_stay_few(
            line in prop::collection::vec((0.0..900.0, 0.0..300.0), 2..200),
        ) {
            let cut = dashes(&line, &[8, 4]);
            let total = length(&line);
            let drawn: f64 = cut.iter().map(|dash| length(dash)).sum();
            let period = 12.0 * (total / 12.0 / MOST_DASHES).max(1.0) * 2.0;
            prop_assert!((drawn - total * 2.0 / 3.0).abs() <= period);
            prop_assert!(cut.len() as f64 <= MOST_DASHES + 1.0);
        }
    }
}
