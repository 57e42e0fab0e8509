//! How a reader looks at a chart: size, colours, the stretch of time and the scale.

use super::{Clock, Theme};

/// Size and look of a drawing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Width in CSS pixels.
    pub width: u32,
    /// Height in CSS pixels.
    pub height: u32,
    /// Drawing units per CSS pixel: the backend's size is the view's times this. Backends have whole
    /// coordinates, so 8 is what smooth lines take.
    pub scale: u32,
    /// Device pixels per CSS pixel: lines have as many points as there are columns of them.
    pub density: f64,
    /// The colours.
    pub theme: Theme,
    /// The series that the reader switched off.
    pub hidden: Hidden,
    /// How long the run is planned to take, in nanoseconds, so that the time axis stands still while it grows.
    pub span_ns: Option<u64>,
    /// The stretch of time that is in sight; `None` for all of it.
    pub range: Option<TimeRange>,
    /// Whether that stretch goes on with the run: then it moves in strides.
    pub goes_on: bool,
    /// When the run began, where its time is shown by the clock; `None` where it is counted from the run's beginning.
    pub clock: Option<Clock>,
    /// How values are placed.
    pub value_scale: ValueScale,
    /// Where title and legend are.
    pub caption: Caption,
}

impl Default for View {
    /// An image of all of a run, light, without title and legend.
    fn default() -> Self {
        Self {
            width: 900,
            height: 280,
            scale: 8,
            density: 1.0,
            theme: Theme::Light,
            hidden: Hidden::default(),
            span_ns: None,
            range: None,
            goes_on: false,
            clock: None,
            value_scale: ValueScale::Linear,
            caption: Caption::Outside,
        }
    }
}

/// A stretch of a run, in nanoseconds since it began. One that ends before it begins is one nanosecond long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// Where it begins.
    pub from_ns: u64,
    /// Where it ends.
    pub to_ns: u64,
}

impl TimeRange {
    /// Whether an instant is within.
    pub fn contains(self, instant_ns: u64) -> bool {
        (self.from_ns..=self.to_ns).contains(&instant_ns)
    }
}

/// How a value axis places its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ValueScale {
    /// From zero, in even steps.
    #[default]
    Linear,
    /// In even factors. Zero and below have no place on it: they are gaps.
    Log,
}

impl ValueScale {
    /// Takes the other one.
    pub fn toggle(&mut self) {
        *self = match self {
            Self::Linear => Self::Log,
            Self::Log => Self::Linear,
        };
    }
}

/// Where a chart's title and legend are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Caption {
    /// Around the drawing: the page writes them.
    #[default]
    Outside,
    /// In the drawing, which then explains itself: images and exports.
    Inside,
}

/// A set of a chart's series, by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hidden(u32);

impl Hidden {
    /// Whether the series is in the set.
    pub fn contains(self, series: usize) -> bool {
        self.0 & Self::bit(series) != 0
    }

    /// Puts the series in the set, or takes it out.
    pub fn toggle(&mut self, series: usize) {
        self.0 ^= Self::bit(series);
    }

    /// Hides all of `count` series but one; shows all of them where that one was alone.
    pub fn solo(&mut self, series: usize, count: usize) {
        let others = (0..count).filter(|other| *other != series).fold(0, |set, other| set | Self::bit(other));
        self.0 = if self.0 == others { 0 } else { others };
    }

    fn bit(series: usize) -> u32 {
        u32::try_from(series).ok().and_then(|series| 1_u32.checked_shl(series)).unwrap_or(0)
    }
}
