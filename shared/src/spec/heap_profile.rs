//! Whether a heap profile is taken of a run, and when.

use serde::{Deserialize, Serialize};

use crate::field::{Choice, Reader, Rejection};

/// Whether a heap profile is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeapProfiling {
    /// Not unless somebody asks for one while the run goes on.
    #[default]
    Off,
    /// Allocations are counted by stack over the load phase, and a profile is taken at its end.
    Load,
}

/// When a heap profile is taken.
pub const HEAP_PROFILE: Choice = Choice {
    name: "heap_profile",
    title: "Heap profile",
    options: &["off", "load"],
    help: "`load` counts allocations by stack over the load phase, at some microseconds for one allocation in \
           512 KiB, and takes a profile at its end.",
};

impl HeapProfiling {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Rejection> {
        Ok(match reader.choice(&HEAP_PROFILE)? {
            "load" => Self::Load,
            _ => Self::Off,
        })
    }
}
