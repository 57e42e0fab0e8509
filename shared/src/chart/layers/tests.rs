//! What is drawn again is what has changed: no more, and no less.

use proptest::prelude::*;

use super::*;
use crate::{
    chart::{TimeRange, commands::Command, memory},
    sample::{Phase, Sample, TargetReading},
};

const SECOND: u64 = 1_000_000_000;

fn view(range: Option<(u64, u64)>) -> View {
    let range = range.map(|(from_ns, to_ns)| TimeRange { from_ns, to_ns });
    View {
        width: 384,
        height: 140,
        span_ns: Some(60 * SECOND),
        range,
        goes_on: range.is_some(),
        ..View::default()
    }
}

const TRACE: Trace<'static> = Trace { variant: "pooled", samples: &[], size_classes: &[] };

/// Adds points of three series to a chart without samples.
fn push(layers: &mut Layers, view: &View, points: &[(u64, f64)]) {
    let columns = layers.columns_mut(1, 0, view).unwrap();
    points.iter().for_each(|(time, value)| columns.push(*time, &[*value, value / 2.0, 50.0]));
}

/// The pieces of lines right of a place, in drawing units.
fn pieces(commands: &Commands, right_of: f32) -> Vec<[f32; 4]> {
    let mut pieces = Vec::new();
    for command in commands.iter() {
        if let Command::Stroke { points, .. } = command {
            let ends = points.windows(2).map(|ends| [ends[0].0, ends[0].1, ends[1].0, ends[1].1]);
            pieces.extend(ends.filter(|[from, _, to, _]| from.min(*to) >= right_of));
        }
    }
    pieces.sort_by(|left, right| left.partial_cmp(right).unwrap());
    pieces
}

/// Whether each of these pieces is one of the others, but for a unit of rounding.
fn are_among(pieces: &[[f32; 4]], others: &[[f32; 4]]) -> bool {
    let near = |one: &[f32; 4], other: &[f32; 4]| {
        one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1.0)
    };
    pieces.iter().all(|piece| others.iter().any(|other| near(piece, other)))
}

/// Parts of the layer in front, one after the other, and whether the layer behind was drawn.
type Seen = Option<(u32, u32, bool)>;

fn seen(layers: &mut Layers, view: &View) -> Seen {
    let repaint = layers.show(&[TRACE], view).unwrap();
    let behind = repaint.behind.is_some();
    match repaint.front {
        Some(front) => Some((front.shift, front.from, behind)),
        None => behind.then_some((0, u32::MAX, behind)),
    }
}

#[test]
fn a_sample_draws_the_end_of_the_lines_and_no_axes() {
    let (mut layers, view) = (Layers::new(&memory::CHART), view(None));
    push(&mut layers, &view, &[(0, 10.0), (30 * SECOND, 90.0)]);
    assert_eq!(seen(&mut layers, &view), Some((0, 64, true)), "all of it at first");
    assert_eq!(seen(&mut layers, &view), None, "nothing new, nothing drawn");
    push(&mut layers, &view, &[(31 * SECOND, 80.0)]);
    // 30 s are in the middle of 300 pixels.
    assert_eq!(seen(&mut layers, &view), Some((0, 64 + 150 - 3, false)));
    push(&mut layers, &view, &[(32 * SECOND, 2_000.0)]);
    assert_eq!(seen(&mut layers, &view), Some((0, 64, true)), "the axis has to be longer");
}

#[test]
fn a_window_that_goes_on_is_moved() {
    let (mut layers, at) = (Layers::new(&memory::CHART), |end| view(Some((end - 30 * SECOND, end))));
    let points: Vec<_> = (0..400).map(|tenth| (tenth * SECOND / 10, 50.0)).collect();
    push(&mut layers, &at(40 * SECOND), &points);
    assert_eq!(seen(&mut layers, &at(40 * SECOND)), Some((0, 64, true)));
    // Ten pixels a second, in strides of four.
    let (shift, from, behind) = seen(&mut layers, &at(41 * SECOND)).unwrap();
    assert!((shift, behind) == (12, false) && from > 340, "{from}");
    assert_eq!(seen(&mut layers, &at(41 * SECOND + SECOND / 5)), None, "less than a stride");
    assert_eq!(seen(&mut layers, &at(41 * SECOND + SECOND / 5 + 1)).unwrap().0, 4, "one more stride");
    assert_eq!(seen(&mut layers, &at(40 * SECOND)).unwrap().0, 0, "back: drawn whole");
}

#[test]
fn time_that_goes_on_moves_its_ticks_alone() {
    let (mut layers, at) = (Layers::new(&memory::CHART), |end| view(Some((end - 30 * SECOND, end))));
    let mut drawn = |end, layer: fn(&Repaint<'_>) -> bool| {
        push(&mut layers, &at(end), &[(end, 50.0)]);
        layer(&layers.show(&[TRACE], &at(end)).unwrap())
    };
    assert!(drawn(40 * SECOND, |repaint| repaint.behind.is_some() && repaint.time.is_some()));
    assert!(drawn(41 * SECOND, |repaint| repaint.behind.is_none() && repaint.time.is_some()));
    assert!(drawn(41 * SECOND + SECOND / 10, |repaint| repaint.behind.is_none() && repaint.time.is_none()));
}

#[test]
fn other_looks_and_other_runs_draw_all() {
    let (mut layers, plain) = (Layers::new(&memory::CHART), view(None));
    push(&mut layers, &plain, &[(0, 10.0), (30 * SECOND, 90.0)]);
    let all = Some((0, 64, true));
    assert_eq!(seen(&mut layers, &plain), all);
    let dark = View { theme: crate::chart::Theme::Dark, ..plain };
    assert_eq!(seen(&mut layers, &dark), all);
    assert_eq!(seen(&mut layers, &View { density: 2.0, ..dark }), Some((0, 128, true)));
    layers.wipe();
    assert_eq!(seen(&mut layers, &View { density: 2.0, ..dark }), Some((0, 128, true)));
    layers.forget();
    assert_eq!(layers.columns_mut(1, 0, &plain).unwrap().len(), 0);
    let small = View { width: 30, ..plain };
    assert_eq!(seen(&mut layers, &small), Some((0, 0, true)), "no room, but what was there goes");
}

#[test]
fn merged_samples_and_other_runs_are_drawn_as_if_they_were_the_first() {
    let sample = |seq: u64| Sample {
        seq,
        elapsed_ns: seq * SECOND / 10,
        phase: Phase::Load,
        target: Some(TargetReading { rss_bytes: 1_000 + seq % 7 * 100, ..Default::default() }),
        load: None,
        events: Vec::new(),
    };
    let samples: Vec<_> = (0..300).map(sample).collect();
    let merged: Vec<_> = samples.chunks(2).filter_map(Sample::merge).collect();
    let (mut layers, view) = (Layers::new(&memory::CHART), view(None));
    let mut check = |samples: &[Sample], forget: bool| {
        if forget {
            layers.forget();
        }
        let traces = [Trace { variant: "naive", samples, size_classes: &[] }];
        let mut fresh = Layers::new(&memory::CHART);
        let expect = fresh.follow(&traces, &view).unwrap().front.map(|front| front.commands.to_string());
        let found = layers.follow(&traces, &view).unwrap().front.map(|front| front.commands.to_string());
        assert_eq!(found, expect);
    };
    check(&samples[..100], false);
    check(&merged, false);
    let other: Vec<_> = (0..200).map(|seq| Sample { target: None, ..sample(seq) }).collect();
    check(&other, true);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever comes in, a part drawn again holds what a whole drawing has there, and what is left of it stays.
    #[test]
    fn parts_make_the_whole(
        points in prop::collection::vec((0_u64..400_000_000, prop_oneof![9 => 30.0..100.0, 1 => Just(f64::NAN)]), 2..200),
        steps in prop::collection::vec(1_usize..40, 1..8),
        scrolls: bool,
    ) {
        let mut time = 0;
        let points: Vec<_> = points.into_iter().map(|(step, value)| { time += step; (time, value) }).collect();
        let mut layers = Layers::new(&memory::CHART);
        let (mut taken, mut before) = (0, Vec::new());
        for step in steps {
            let more = &points[taken.min(points.len())..(taken + step).min(points.len())];
            taken += step;
            let now = more.last().map_or(0, |(time, _)| *time).max(20 * SECOND);
            let view = view(scrolls.then(|| (now - 20 * SECOND, now)));
            push(&mut layers, &view, more);
            let mut fresh = Layers::new(&memory::CHART);
            push(&mut fresh, &view, &points[..taken.min(points.len())]);
            let whole = fresh.show(&[TRACE], &view).unwrap().front.map(|front| pieces(front.commands, 0.0)).unwrap();
            if let Some(front) = layers.show(&[TRACE], &view).unwrap().front {
                let from = (front.from * view.scale) as f32;
                let found = pieces(front.commands, from);
                // At its own edge the part may begin a dash where the whole goes on with one.
                let is_inside = |piece: &[f32; 4]| piece[0].min(piece[2]) > from + 1.0;
                let inside: Vec<_> = found.iter().copied().filter(is_inside).collect();
                prop_assert!(are_among(&inside, &whole), "too much right of {from}");
                let right: Vec<_> = whole.iter().copied().filter(is_inside).collect();
                prop_assert!(are_among(&right, &found), "too little right of {from}");
                // Left of it stays what was there, moved. At the left edge dashes begin where the line comes into
                // sight.
                let shift = (front.shift * view.scale) as f32;
                let edge = (64.0 + 97.0) * 8.0;
                let stays = |piece: &[f32; 4]| piece[0].max(piece[2]) < from - 1.0 && piece[0] > edge;
                let moved = before.iter().map(|[x, y, to_x, to_y]: &[f32; 4]| [x - shift, *y, to_x - shift, *to_y]);
                let all_moved: Vec<_> = moved.collect();
                let moved: Vec<_> = all_moved.iter().copied().filter(stays).collect();
                prop_assert!(front.from == front.left || are_among(&moved, &whole), "something should not stay left of {from}");
                let left: Vec<_> = whole.iter().copied().filter(stays).collect();
                prop_assert!(front.from == front.left || are_among(&left, &all_moved), "something misses left of {from}");
            }
            before = whole;
        }
    }
}
