//! Where things are: margins, the projection of time and value, and clipping.

use super::{
    Trace, View,
    axis::{self, Clock, ValueAxis},
};

/// A place in a drawing, in CSS pixels from its upper left corner.
pub(super) type Point = (f64, f64);

/// Room for the value axis's labels. It is fixed, so that charts above each other share one time axis.
const LEFT: f64 = 64.0;
/// Room for half a label at the end of the time axis.
const RIGHT: f64 = 20.0;
/// Room for the names of the phases.
const TOP: f64 = 20.0;
/// Room for the time axis's labels at the foot of a drawing, in CSS pixels.
pub const TIME_LABELS: u32 = 24;
/// What a line can reach beyond its points, in CSS pixels: half its width, and half of a dot.
pub(super) const REACH: f64 = 3.0;
/// Pixels that a label of the time axis takes with the space around it.
const TIME_LABEL: f64 = 64.0;
/// Device pixels by which a range that goes on with the run moves at a time. In between lines grow into the room that
/// this leaves at the end. To move costs much more than to grow: all pixels are copied, and the ticks are drawn anew.
const STRIDE: f64 = 4.0;

/// Where instants are in a drawing. It is the same for every chart of the same traces, width, range and span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeAxis {
    /// The instant at the left edge, in nanoseconds since the run began.
    pub begin_ns: u64,
    /// The instant at the right edge; always after the one at the left.
    pub end_ns: u64,
    /// The left edge of the plot, in CSS pixels.
    pub left: f64,
    /// The right edge of the plot, in CSS pixels; never left of the left edge.
    pub right: f64,
    /// When the run began, where the axis shows the clock.
    pub clock: Option<Clock>,
}

impl TimeAxis {
    /// The time axis of these traces in this view.
    ///
    /// A range is moved on by less than a device pixel, so that it begins with a whole one: drawings of a range that
    /// goes on differ by whole pixels, and what was drawn can be moved. One that does go on is moved by whole strides.
    pub fn new(traces: &[Trace<'_>], view: &View) -> Self {
        let right = (f64::from(view.width) - RIGHT).max(LEFT);
        let mut axis = Self { begin_ns: 0, end_ns: 1, left: LEFT, right, clock: view.clock };
        if let Some(range) = view.range {
            let length = range.to_ns.saturating_sub(range.from_ns).max(1);
            axis.end_ns = length;
            let stride = axis.ns_per_pixel() / view.density * if view.goes_on { STRIDE } else { 1.0 };
            axis.begin_ns = ((range.from_ns as f64 / stride).ceil() * stride).round() as u64;
            axis.begin_ns = axis.begin_ns.min(u64::MAX - length);
            axis.end_ns = axis.begin_ns + length;
            return axis;
        }
        let last =
            traces.iter().filter_map(|trace| trace.samples.last()).map(|sample| sample.elapsed_ns).max();
        let last = last.unwrap_or(0).max(1);
        axis.end_ns = match view.span_ns {
            Some(span) if last <= span => span,
            // A run that takes longer than planned moves the axis by whole steps.
            Some(_) => last.checked_next_multiple_of(axis::time_step(last, axis.intervals())).unwrap_or(last),
            None => last,
        };
        axis
    }

    /// The horizontal position of an instant, in CSS pixels from the drawing's left edge; outside the plot for one
    /// that is not in sight.
    pub fn x(&self, elapsed_ns: u64) -> f64 {
        let since = elapsed_ns as f64 - self.begin_ns as f64;
        self.left + (self.right - self.left) * (since / self.length_ns() as f64)
    }

    /// The instant at a horizontal position; `None` outside the plot.
    pub fn elapsed_ns(&self, x: f64) -> Option<u64> {
        let width = self.right - self.left;
        let inside = width > 0.0 && (self.left..=self.right).contains(&x);
        inside.then(|| self.begin_ns + ((x - self.left) / width * self.length_ns() as f64) as u64)
    }

    /// Whether an instant is in sight.
    pub fn contains(&self, elapsed_ns: u64) -> bool {
        (self.begin_ns..=self.end_ns).contains(&elapsed_ns)
    }

    /// How much of the run is in sight, in nanoseconds; never zero.
    pub fn length_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.begin_ns).max(1)
    }

    /// How long a CSS pixel is; where the plot has no width, as if it had one.
    pub(super) fn ns_per_pixel(&self) -> f64 {
        self.length_ns() as f64 / (self.right - self.left).max(1.0)
    }

    /// The most steps between its ticks that leave room for their labels.
    pub(super) fn intervals(&self) -> u32 {
        ((self.right - self.left) / TIME_LABEL).max(1.0) as u32
    }
}

/// Where the layer in front is in a drawing without a caption, in device pixels: on the plot, and as far around it as
/// lines reach. What a canvas costs a browser in each frame grows with its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrontPlace {
    /// From the drawing's left edge.
    pub left: u32,
    /// From its upper edge.
    pub top: u32,
    /// At least one.
    pub width: u32,
    /// At least one.
    pub height: u32,
}

impl FrontPlace {
    /// Its place in a view.
    pub fn of(view: &View) -> Self {
        let device = |css: f64| (css * view.density).max(0.0);
        let (left, top) = (device(LEFT - REACH).floor() as u32, device(TOP - REACH).floor() as u32);
        let right = device(f64::from(view.width) - RIGHT + REACH).ceil() as u32;
        let bottom = device(f64::from(view.height) - f64::from(TIME_LABELS) + REACH).ceil() as u32;
        Self {
            left,
            top,
            width: right.saturating_sub(left).max(1),
            height: bottom.saturating_sub(top).max(1),
        }
    }
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Area {
    /// Where the lines go, below a caption of some height; `None` when the view is too small for any.
    pub(super) fn of_plot(axis: &TimeAxis, view: &View, caption: f64) -> Option<Self> {
        let area = Self {
            left: axis.left,
            top: TOP + caption,
            right: axis.right,
            bottom: f64::from(view.height) - f64::from(TIME_LABELS),
        };
        (area.right - area.left >= 1.0 && area.bottom - area.top >= 1.0).then_some(area)
    }

    /// The vertical position of a value on an axis.
    pub(super) fn y(&self, value: f64, axis: &ValueAxis) -> f64 {
        self.bottom - (self.bottom - self.top) * axis.part(value)
    }

    /// The parts of a line that are inside.
    ///
    /// Segments are cut at the edge; moving their ends there instead would bend them.
    pub(super) fn clip(&self, line: &[Point]) -> Vec<Vec<Point>> {
        if line.iter().all(|point| self.contains(*point)) {
            return vec![line.to_vec()];
        }
        let mut parts: Vec<Vec<Point>> = Vec::new();
        for ends in line.windows(2) {
            let Some((from, to)) = self.clip_segment(ends[0], ends[1]) else { continue };
            match parts.last_mut() {
                // The end of the part before is this one's beginning as long as nothing was cut off.
                Some(part) if part.last() == Some(&from) && from == ends[0] => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
        parts
    }

    fn contains(&self, (x, y): Point) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    /// The part of a segment that is inside, after Liang and Barsky.
    fn clip_segment(&self, from: Point, to: Point) -> Option<(Point, Point)> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
        // For each edge: how fast the segment runs outwards, and how far its beginning is inside.
        let edges = [
            (-dx, from.0 - self.left),
            (dx, self.right - from.0),
            (-dy, from.1 - self.top),
            (dy, self.bottom - from.1),
        ];
        for (outwards, inside) in edges {
            if outwards < 0.0 {
                enter = enter.max(inside / outwards);
            } else if outwards > 0.0 {
                leave = leave.min(inside / outwards);
            } else if inside < 0.0 {
                return None;
            }
        }
        // False for NaN too.
        if enter <= leave {
            let at = |part: f64| match part {
                0.0 => from,
                1.0 => to,
                part => (from.0 + dx * part, from.1 + dy * part),
            };
            Some((at(enter), at(leave)))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        chart::TimeRange,
        sample::{Phase, Sample},
    };

    const AREA: Area = Area { left: 0.0, top: 0.0, right: 100.0, bottom: 50.0 };

    fn view(width: u32, span_ns: Option<u64>) -> View {
        View { width, height: 200, span_ns, ..View::default() }
    }

    #[test]
    fn a_segment_is_cut_at_the_edge_and_not_bent() {
        assert_eq!(AREA.clip(&[(-100.0, 0.0), (100.0, 50.0)]), [[(0.0, 25.0), (100.0, 50.0)]]);
        assert_eq!(AREA.clip(&[(10.0, -20.0), (20.0, -10.0)]), Vec::<Vec<Point>>::new());
    }

    #[test]
    fn a_line_that_leaves_and_returns_has_two_parts() {
        let parts = AREA.clip(&[(0.0, 40.0), (10.0, 60.0), (20.0, 40.0), (30.0, 40.0)]);
        assert_eq!(parts, [vec![(0.0, 40.0), (5.0, 50.0)], vec![(15.0, 50.0), (20.0, 40.0), (30.0, 40.0)]]);
    }

    #[test]
    fn the_time_axis_stands_still_within_the_plan() {
        assert_eq!(TimeAxis::new(&[], &view(884, Some(40_000_000_000))).end_ns, 40_000_000_000);
        assert_eq!(TimeAxis::new(&[], &view(884, None)).end_ns, 1);
    }

    #[test]
    fn a_run_beyond_its_plan_moves_the_time_axis_by_whole_steps() {
        let sample = |elapsed_ns| Sample {
            seq: 0,
            elapsed_ns,
            phase: Phase::Drain,
            target: None,
            load: None,
            events: Vec::new(),
        };
        let end_ns = |elapsed_ns, span_ns| {
            let trace = Trace { variant: "naive", samples: &[sample(elapsed_ns)], size_classes: &[] };
            TimeAxis::new(&[trace], &view(884, span_ns)).end_ns
        };
        assert_eq!(end_ns(39_000_000_000, Some(40_000_000_000)), 40_000_000_000);
        assert_eq!(end_ns(40_100_000_000, Some(40_000_000_000)), 45_000_000_000);
        assert_eq!(end_ns(40_100_000_000, None), 40_100_000_000, "a finished run ends where it ended");
        assert_eq!(end_ns(u64::MAX, Some(1)), u64::MAX);
    }

    #[test]
    fn positions_and_instants_are_each_others_inverse() {
        let axis = TimeAxis::new(&[], &view(884, Some(40_000)));
        assert_eq!((axis.x(0), axis.x(40_000)), (64.0, 864.0));
        assert_eq!(axis.elapsed_ns(axis.x(10_000)), Some(10_000));
        assert_eq!((axis.elapsed_ns(63.0), axis.elapsed_ns(865.0)), (None, None));
        assert_eq!(TimeAxis::new(&[], &view(10, None)).elapsed_ns(64.0), None, "no room, no instant");
    }

    #[test]
    fn a_range_is_in_sight_from_end_to_end_and_begins_with_a_whole_pixel() {
        let axis = |from_ns, to_ns| {
            TimeAxis::new(&[], &View { range: Some(TimeRange { from_ns, to_ns }), ..view(884, Some(9)) })
        };
        let zoomed = axis(5_000, 13_000);
        assert_eq!((zoomed.begin_ns, zoomed.end_ns, zoomed.ns_per_pixel()), (5_000, 13_000, 10.0));
        assert_eq!((zoomed.x(5_000), zoomed.x(9_000), zoomed.x(13_000)), (64.0, 464.0, 864.0));
        assert_eq!(zoomed.elapsed_ns(464.0), Some(9_000));
        assert!(zoomed.x(4_000) < 64.0 && zoomed.x(14_000) > 864.0);
        assert!(zoomed.contains(5_000) && !zoomed.contains(4_999) && !zoomed.contains(13_001));
        let scrolled = axis(5_028, 13_028);
        assert_eq!((scrolled.begin_ns, scrolled.end_ns), (5_030, 13_030));
        assert_eq!(axis(7, 3).length_ns(), 1);
        assert_eq!(axis(u64::MAX, u64::MAX).length_ns(), 1);
    }

    #[test]
    fn the_layer_in_front_holds_the_plot_whatever_the_size() {
        for (width, height, density) in
            [(600, 200, 1.0), (301, 117, 1.25), (884, 200, 2.0), (30, 10, 1.0), (0, 0, 1.5)]
        {
            let view = View { width, height, density, ..View::default() };
            let place = FrontPlace::of(&view);
            assert!(place.width > 0 && place.height > 0, "{view:?}");
            let Some(area) = Area::of_plot(&TimeAxis::new(&[], &view), &view, 0.0) else { continue };
            let (left, top) = (f64::from(place.left) / density, f64::from(place.top) / density);
            let (right, bottom) =
                (left + f64::from(place.width) / density, top + f64::from(place.height) / density);
            assert!(left <= area.left - REACH && right >= area.right + REACH, "{view:?}");
            assert!(top <= area.top - REACH && bottom >= area.bottom + REACH, "{view:?}");
        }
    }

    #[test]
    fn a_range_that_goes_on_moves_in_strides_and_never_hides_what_is_newest() {
        let axis = |from_ns, to_ns| {
            let range = Some(TimeRange { from_ns, to_ns });
            TimeAxis::new(&[], &View { range, goes_on: true, ..view(884, None) })
        };
        // Ten nanoseconds are a pixel, four pixels a stride.
        for (newest, end) in [(8_000, 8_000), (8_001, 8_040), (8_040, 8_040), (8_041, 8_080)] {
            let axis = axis(newest - 8_000, newest);
            assert_eq!((axis.begin_ns, axis.end_ns), (end - 8_000, end), "{newest}");
            assert!(axis.contains(newest));
        }
    }

    proptest! {
        #[test]
        fn positions_come_back_whatever_is_in_sight(
            (from_ns, to_ns) in any::<(u32, u32)>(),
            width in 90_u32..3_000,
            part in 0.0..1.0,
        ) {
            let range = TimeRange { from_ns: from_ns.into(), to_ns: to_ns.into() };
            let axis = TimeAxis::new(&[], &View { range: Some(range), ..view(width, None) });
            let x = axis.left + (axis.right - axis.left) * part;
            let back = axis.x(axis.elapsed_ns(x).unwrap());
            prop_assert!((x - back).abs() <= 1.0 / axis.ns_per_pixel() + 1e-6, "{x} is {back}");
        }

        #[test]
        fn clipping_never_leaves_the_area(
            line in prop::collection::vec((-200.0..300.0, -200.0..300.0), 0..50),
        ) {
            let slightly_larger = Area { left: -1e-6, top: -1e-6, right: 100.0 + 1e-6, bottom: 50.0 + 1e-6 };
            for part in AREA.clip(&line) {
                prop_assert!(part.iter().all(|point| slightly_larger.contains(*point)));
            }
        }
    }
}
