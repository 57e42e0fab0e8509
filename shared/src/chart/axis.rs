//! Ticks of axes: steps that people count in, and their labels.

mod time;
mod value;

pub use time::{Clock, clock_label, time_label};
pub(super) use time::{clock_ticks, time_step, time_ticks};
pub(super) use value::ValueAxis;

/// A marked place of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where it is, in the axis's base unit.
    pub(super) value: f64,
    /// How it is called.
    pub(super) label: String,
}
