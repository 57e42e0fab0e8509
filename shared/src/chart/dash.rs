//! Dashed lines, cut by hand: plotters backends draw only solid ones.

use std::mem;

use super::plot::Point;

/// The most dashes of one stretch. What comes after them is solid: a dense line would cost too much, and its dashes
/// could not be told apart anyway.
const MOST_DASHES: usize = 100;
/// The least length of a stretch, in CSS pixels.
const LEAST_STRETCH: f64 = 96.0;

/// How far it is from one place to the next where the pattern begins anew, whatever the line does: some periods of it.
pub(super) fn stretch(pattern: &[u32]) -> f64 {
    let period: f64 = pattern.iter().copied().map(f64::from).sum();
    (LEAST_STRETCH / period).ceil() * period
}

/// Cuts a line into its dashes. `pattern` has lengths on and off in turn; empty is a solid line.
///
/// Every [`stretch`] from `origin` the pattern begins anew, so that dashes are where they are whatever the line did
/// before: a part of it can be drawn anew, and a drawing can scroll.
pub(super) fn dashes(line: &[Point], pattern: &[u32], origin: f64) -> Vec<Vec<Point>> {
    let stretch = stretch(pattern);
    // A pattern of odd length would swap on and off with each round.
    if !stretch.is_finite() || !pattern.len().is_multiple_of(2) || line.len() < 2 {
        return vec![line.to_vec()].into_iter().filter(|line| !line.is_empty()).collect();
    }
    let number = |x: f64| ((x - origin) / stretch).floor();
    let mut done = Vec::new();
    let mut part: Vec<Point> = vec![line[0]];
    for ends in line.windows(2) {
        let (from, to) = (ends[0], ends[1]);
        let mut at = number(from.0);
        // Upright lines and those that go back stay in their stretch.
        while at < number(to.0) {
            at += 1.0;
            let x = (origin + at * stretch).clamp(from.0, to.0);
            let edge = (x, from.1 + (to.1 - from.1) * ((x - from.0) / (to.0 - from.0)));
            part.push(edge);
            cut(&mem::replace(&mut part, vec![edge]), pattern, &mut done);
        }
        part.push(to);
    }
    cut(&part, pattern, &mut done);
    done
}

/// Cuts one stretch.
fn cut(line: &[Point], pattern: &[u32], done: &mut Vec<Vec<Point>>) {
    let lengths = pattern.iter().copied().map(f64::from).cycle();
    let mut lengths = lengths.take(2 * MOST_DASHES - 2);
    let mut left = lengths.next().unwrap_or(f64::INFINITY);
    let mut on = true;
    let mut dash: Vec<Point> = line.first().copied().into_iter().collect();
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
    if dash.first() != dash.last() {
        done.push(dash);
    }
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
        let cut = dashes(&[(0.0, 0.0), (20.0, 0.0)], &[8, 4], 0.0);
        assert_eq!(cut, [[(0.0, 0.0), (8.0, 0.0)], [(12.0, 0.0), (20.0, 0.0)]]);
    }

    #[test]
    fn a_dash_goes_round_corners() {
        let cut = dashes(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)], &[8, 4], 0.0);
        assert_eq!(cut, [[(0.0, 0.0), (5.0, 0.0), (5.0, 3.0)]]);
    }

    #[test]
    fn no_pattern_is_a_solid_line() {
        let line = [(0.0, 0.0), (20.0, 3.0)];
        assert_eq!(dashes(&line, &[], 0.0), [line]);
        assert_eq!(dashes(&line, &[0, 0], 0.0), [line]);
        assert_eq!(dashes(&[], &[8, 4], 0.0), Vec::<Vec<Point>>::new());
        assert_eq!(dashes(&[(1.0, 1.0)], &[8, 4], 0.0), [[(1.0, 1.0)]], "one point stays");
    }

    #[test]
    fn a_level_line_shows_no_stretches() {
        let cut = dashes(&[(0.0, 3.0), (960.0, 3.0)], &[8, 4], 0.0);
        assert_eq!(cut.len(), 80);
        assert!(cut.iter().all(|dash| length(dash) == 8.0 && dash[0].0 % 12.0 == 0.0), "{cut:?}");
    }

    proptest! {
        #[test]
        fn dashes_have_their_share_of_the_line_and_stay_few(
            line in prop::collection::vec((0.0..900.0, 0.0..300.0), 2..200),
        ) {
            let mut line: Vec<Point> = line;
            line.sort_by(|left, right| left.0.total_cmp(&right.0));
            let cut = dashes(&line, &[8, 4], 0.0);
            let (total, stretches) = (length(&line), 1.0 + (900.0 / stretch(&[8, 4])).ceil());
            let drawn: f64 = cut.iter().map(|dash| length(dash)).sum();
            // In each stretch a period may be begun and not ended; and the end of a stretch may be solid.
            prop_assert!(drawn >= total * 2.0 / 3.0 - 24.0 * stretches && drawn <= total + 1e-6);
            prop_assert!(cut.len() as f64 <= MOST_DASHES as f64 * stretches);
        }

        #[test]
        fn the_end_of_a_line_has_the_same_dashes_without_its_beginning(
            heights in prop::collection::vec(0.0_f64..300.0, 3..60),
            origin in -500.0_f64..0.0,
        ) {
            let line: Vec<Point> = heights.iter().enumerate().map(|(at, y)| (at as f64 * 7.0, *y)).collect();
            let stretch = stretch(&[8, 4]);
            let begin = origin + (((line[line.len() - 1].0 - origin) / stretch).floor()) * stretch;
            let first = line.partition_point(|point| point.0 <= begin).saturating_sub(1);
            let after = |cut: Vec<Vec<Point>>| -> Vec<Vec<Point>> {
                cut.into_iter().filter(|dash| dash[0].0 >= begin).collect()
            };
            let (whole, end) = (dashes(&line, &[8, 4], origin), dashes(&line[first..], &[8, 4], origin));
            prop_assert_eq!(after(whole), after(end));
        }
    }
}
