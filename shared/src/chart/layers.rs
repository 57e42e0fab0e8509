//! A chart as a page keeps it: in layers, of which only what has changed is drawn again.

use super::{
    Chart, Columns, DrawError, Followed, Kind, Trace, View, classes,
    commands::{Commands, Recorder},
    line::{self, Crowd, Line},
    paint::Painter,
    plot::REACH,
    scene::{self, Frame, Layout},
    shares::{self, Shares},
    untimed::Untimed,
};

/// A chart that is shown again and again: its figures, their columns of pixels, and what is on its layers.
///
/// Behind are background, value axis, phases and events; in front are the lines. The ticks of the time axis have a
/// layer of their own, as high as [`TIME_LABELS`](super::TIME_LABELS) at the foot: when time goes on, only they move
/// with it.
#[derive(Debug)]
pub struct Layers {
    chart: &'static Chart,
    columns: Vec<Columns>,
    lines: Vec<Line>,
    /// Of a distribution, which has no columns.
    shares: Vec<Shares>,
    behind: Recorded,
    time: Recorded,
    front: Commands,
    /// What is on the layers now.
    shown: Option<Shown>,
}

/// What a drawing was made of.
#[derive(Debug)]
struct Shown {
    /// Without its stretch of time, which the layout has.
    view: View,
    layout: Option<Layout>,
    crowds: Vec<Crowd>,
}

impl Shown {
    /// Whether the layer behind is certainly as it was: on the same axis nothing lies that moves with time, neither
    /// then nor now. To find that out costs less than to record it all and compare.
    fn has_behind_what_was(&self, before: &Self, columns: &[Columns]) -> bool {
        let (Some(old), Some(new)) = (&before.layout, &self.layout) else { return false };
        // What lies between two sights decides too: the phase that a sight begins in is named.
        let between = old.time.begin_ns.min(new.time.begin_ns)..=old.time.end_ns.max(new.time.end_ns);
        let in_sight = |elapsed_ns| between.contains(&elapsed_ns);
        let moves = columns.iter().any(|columns| {
            columns.phases().iter().any(|(_, begin_ns)| in_sight(*begin_ns))
                || columns.events().iter().any(|event| in_sight(event.elapsed_ns))
        });
        old.values == new.values && old.area == new.area && !moves
    }

    /// Whether the ticks of the time axis are where they were.
    fn has_time_of(&self, before: &Self) -> bool {
        let (Some(old), Some(new)) = (&before.layout, &self.layout) else { return false };
        old.time == new.time && old.area == new.area
    }
}

/// What is on a layer, and room for what comes next.
#[derive(Debug, Default)]
struct Recorded {
    shown: Commands,
    next: Commands,
}

impl Recorded {
    /// Takes up what comes next; says whether it differs from what is shown.
    fn advance(&mut self, anew: bool) -> bool {
        let differs = anew || self.next != self.shown;
        std::mem::swap(&mut self.shown, &mut self.next);
        self.next.clear();
        differs
    }
}

/// What has to be drawn again.
#[derive(Debug)]
pub struct Repaint<'a> {
    /// The whole layer behind; `None` where it stays.
    pub behind: Option<&'a Commands>,
    /// The whole layer of the time axis, in places of the whole drawing; `None` where it stays.
    pub time: Option<&'a Commands>,
    /// Some of the layer in front; `None` where it stays.
    pub front: Option<Front<'a>>,
}

/// A part of the layer in front. Places are device pixels from the left edge of the drawing.
///
/// What is there from `left + shift` on goes to `left`; then the part from `from` to `right` is cleared and drawn.
/// Nothing is drawn outside of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Front<'a> {
    /// The left edge of the plot.
    pub left: u32,
    /// Its right edge.
    pub right: u32,
    /// By how much the plot moves to the left.
    pub shift: u32,
    /// Where the part begins.
    pub from: u32,
    /// What is drawn in it.
    pub commands: &'a Commands,
}

impl Layers {
    /// A chart that nothing is known of yet.
    pub fn new(chart: &'static Chart) -> Self {
        let (columns, lines, shares) = Default::default();
        let (behind, time, front) = Default::default();
        Self { chart, columns, lines, shares, behind, time, front, shown: None }
    }

    /// Forgets the runs: others are going to be shown.
    pub fn forget(&mut self) {
        self.columns.clear();
        self.lines.clear();
        self.shares.clear();
        self.shown = None;
    }

    /// Forgets what is on the layers: they are empty.
    pub fn wipe(&mut self) {
        self.shown = None;
    }

    /// Takes in what is new of the runs, and says what has to be drawn again. Samples of a run only grow, or are
    /// merged; for other runs it must forget first.
    ///
    /// # Errors
    /// When plotters refuses to draw.
    pub fn follow(&mut self, traces: &[Trace<'_>], view: &View) -> Result<Repaint<'_>, DrawError> {
        self.prepare(traces.len(), view);
        let followed = self.columns.iter_mut().zip(traces);
        let anew = followed.map(|(columns, trace)| columns.follow(trace.samples) == Followed::Anew);
        // Every one of them has to follow.
        if anew.fold(false, |any, anew| any | anew) {
            self.lines.clear();
            self.shares.clear();
            self.shown = None;
        }
        self.show(traces, view)
    }

    /// The figures of one run, to be filled by hand.
    pub fn columns_mut(&mut self, traces: usize, trace: usize, view: &View) -> Option<&mut Columns> {
        self.prepare(traces, view);
        self.columns.get_mut(trace)
    }

    /// Says what has to be drawn again of the figures that it has.
    ///
    /// # Errors
    /// When plotters refuses to draw.
    pub fn show(&mut self, traces: &[Trace<'_>], view: &View) -> Result<Repaint<'_>, DrawError> {
        if !self.chart.is_over_time() {
            return self.show_untimed(traces, view);
        }
        self.prepare(traces.len(), view);
        let lines = line::lines(self.chart, traces.iter().map(|trace| trace.variant), view);
        let are_alike = lines.len() == self.lines.len()
            && lines.iter().zip(&self.lines).all(|(line, known)| line.is_like(known));
        if !are_alike {
            self.lines = lines;
            self.shown = None;
        }
        let laid_out = Layout::new(self.chart, traces, view, &mut self.lines, &self.columns);
        let (layout, changed) =
            laid_out.map_or((None, i64::MAX), |(layout, changed)| (Some(layout), changed));
        let crowds = layout
            .iter()
            .flat_map(|layout| self.lines.iter().map(|line| line.crowd(layout, &self.columns[line.trace])));
        let now =
            Shown { crowds: crowds.collect(), view: View { range: None, span_ns: None, ..*view }, layout };
        let before = self.shown.take();
        let strip = before.as_ref().and_then(|before| Strip::between(before, &now, &self.lines, changed));
        let runs = (traces, self.columns.as_slice());
        // Another size or density clears a canvas.
        let anew = before.as_ref().is_none_or(|before| before.view != now.view);
        let before = before.filter(|_| !anew);
        let stays = before.as_ref().is_some_and(|before| now.has_behind_what_was(before, &self.columns));
        let time_stays = before.is_some_and(|before| now.has_time_of(&before));
        let frames = [(Frame::Behind, &mut self.behind, stays), (Frame::Time, &mut self.time, time_stays)];
        let [behind, time] = frames.map(|(frame, layer, stays)| {
            if stays {
                return Ok(false);
            }
            let painter = painter(&mut layer.next, &now.view);
            scene::draw_frame(&painter, frame, self.chart, runs, &now.view, now.layout.as_ref())?;
            drop(painter);
            Ok(layer.advance(anew))
        });
        let (behind, time) = (behind?, time?);
        let strip = strip.unwrap_or_else(|| Strip::whole(&now));
        self.record_front(traces, &now, &strip)?;
        self.shown = Some(now);
        let Strip { left, right, shift, from, .. } = strip;
        let front = Front { left, right, shift, from, commands: &self.front };
        Ok(Repaint {
            behind: behind.then_some(&self.behind.shown),
            time: time.then_some(&self.time.shown),
            front: (shift > 0 || from < right).then_some(front),
        })
    }

    /// Has a set of columns for each run, on the scale that is asked for.
    fn prepare(&mut self, runs: usize, view: &View) {
        if self.columns.iter().any(|columns| columns.scale() != self.chart.scale(view.value_scale)) {
            self.forget();
        }
        let chart = self.chart;
        self.columns.resize_with(runs, || Columns::new(chart, view.value_scale));
    }

    /// Without a time axis all of the figures are drawn again: each request moves a distribution everywhere.
    fn show_untimed(&mut self, traces: &[Trace<'_>], view: &View) -> Result<Repaint<'_>, DrawError> {
        let chart = self.chart;
        if chart.kind == Kind::SizeClasses {
            self.record(&classes::Drawing::new(chart, traces, view), view)?;
        } else {
            let mut shares = std::mem::take(&mut self.shares);
            shares.resize_with(traces.len(), Shares::default);
            shares
                .iter_mut()
                .zip(traces)
                .for_each(|(shares, trace)| shares.follow(trace.samples, view.range));
            self.record(&shares::Drawing::new(chart, traces, &shares, view), view)?;
            self.shares = shares;
        }
        let now = Shown { view: *view, layout: None, crowds: Vec::new() };
        let behind = self.behind.advance(self.shown.as_ref().is_none_or(|before| before.view != now.view));
        let Strip { left, right, shift, from, .. } = Strip::whole(&now);
        self.shown = Some(now);
        Ok(Repaint {
            behind: behind.then_some(&self.behind.shown),
            time: None,
            front: Some(Front { left, right, shift, from, commands: &self.front }),
        })
    }

    fn record(&mut self, drawing: &impl Untimed, view: &View) -> Result<(), DrawError> {
        self.front.clear();
        drawing.draw_frame(&painter(&mut self.behind.next, view))?;
        drawing.draw_figures(&painter(&mut self.front, view))
    }

    fn record_front(&mut self, traces: &[Trace<'_>], now: &Shown, strip: &Strip) -> Result<(), DrawError> {
        self.front.clear();
        let Some(layout) = now.layout.as_ref().filter(|_| strip.from < strip.right) else { return Ok(()) };
        let painter = painter(&mut self.front, &now.view);
        self.lines.iter().try_for_each(|line| {
            line.draw(&painter, layout, traces, &self.columns[line.trace], strip.right_of)
        })
    }
}

fn painter<'a>(commands: &'a mut Commands, view: &View) -> Painter<Recorder<'a>> {
    let scale = view.scale.max(1);
    let size = (view.width.saturating_mul(scale), view.height.saturating_mul(scale));
    Painter::new(Recorder::new(commands, size), scale)
}

/// The part of the layer in front that is drawn, in device pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Strip {
    left: u32,
    right: u32,
    shift: u32,
    from: u32,
    /// Where it begins, in CSS pixels; `None` when it is all of the plot.
    right_of: Option<f64>,
}

impl Strip {
    /// All of the plot.
    fn whole(now: &Shown) -> Self {
        let Some(Layout { area, density, .. }) = &now.layout else {
            return Self {
                left: 0,
                right: (f64::from(now.view.width) * now.view.density) as u32,
                shift: 0,
                from: 0,
                right_of: None,
            };
        };
        let (left, right) = ((area.left * density).floor() as u32, (area.right * density).ceil() as u32);
        Self { left, right, shift: 0, from: left, right_of: None }
    }

    /// What differs between two drawings; `None` where it may be anything. `changed` is the first column of pixels that
    /// holds something new.
    fn between(before: &Shown, now: &Shown, lines: &[Line], changed: i64) -> Option<Self> {
        let (old, new) = (before.layout.as_ref()?, now.layout.as_ref()?);
        let shift = new.grid.first - old.grid.first;
        let whole = Self::whole(now);
        let comparable = before.view == now.view
            && before.crowds == now.crowds
            && old.values == new.values
            && old.area == new.area
            && old.grid.is_like(&new.grid)
            && (0..i64::from(whole.right - whole.left)).contains(&shift)
            // Pixels are moved whole.
            && (new.area.left * new.density).fract() == 0.0;
        if !comparable {
            return None;
        }
        let changed = if shift > 0 { changed.min(old.grid.last) } else { changed };
        let shift = shift as u32;
        if changed == i64::MAX {
            return Some(Self { shift, from: whole.right, ..whole });
        }
        let from = lines.iter().map(|line| line.begin_of(changed)).fold(changed, i64::min);
        let right_of = new.middle(from.max(new.grid.first)) - REACH;
        let from = ((right_of * new.density).floor().max(0.0) as u32).clamp(whole.left, whole.right);
        Some(Self { shift, from, right_of: Some(right_of), ..whole })
    }
}

#[cfg(test)]
mod tests;
