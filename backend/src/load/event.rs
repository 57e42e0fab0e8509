//! What a load has to tell while it goes on, and when it is done.

use heapgym_shared::sample::LoadReading;

use crate::child::LoadDone;

/// What a load has to tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// What was counted by an instant of the schedule.
    Sample {
        /// Which instant: `tick * sample_interval` after the origin. A tick that was missed is left out.
        tick: u64,
        /// What was counted.
        reading: LoadReading,
    },
    /// The last reply is in, or was given up. Samples go on.
    Done(Box<LoadDone>),
}
