//! jemalloc's tuning presets by name, as its TUNING.md gives them.

use serde::{Deserialize, Serialize};

use super::AllocatorOptions;

/// A set of options with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllocatorPreset {
    /// Memory is plenty: pages are kept long, and given back from background threads.
    HighThroughput,
    /// Memory is dear: pages go soon, thread caches are small.
    MemoryThrift,
    /// A service of a few threads: one arena.
    SmallService,
    /// As little memory as can be, whatever it costs.
    ExtremeThrift,
}

impl AllocatorPreset {
    /// The preset of this name, which is one of [`super::PRESET`]'s.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "high_throughput" => Self::HighThroughput,
            "memory_thrift" => Self::MemoryThrift,
            "small_service" => Self::SmallService,
            "extreme_thrift" => Self::ExtremeThrift,
            _ => return None,
        })
    }

    /// What it sets. TUNING.md gives `memory_thrift` an arena for each CPU; a measured target has one or two, and
    /// here it is one arena.
    pub fn options(self) -> AllocatorOptions {
        let none = AllocatorOptions { preset: Some(self), ..Default::default() };
        match self {
            Self::HighThroughput => AllocatorOptions {
                background_thread: Some(true),
                metadata_thp: Some("auto".to_owned()),
                dirty_decay_ms: Some(30_000),
                muzzy_decay_ms: Some(30_000),
                ..none
            },
            Self::MemoryThrift => AllocatorOptions {
                background_thread: Some(true),
                narenas: Some(1),
                tcache_max: Some(4_096),
                dirty_decay_ms: Some(5_000),
                muzzy_decay_ms: Some(5_000),
                ..none
            },
            Self::SmallService => AllocatorOptions {
                narenas: Some(1),
                tcache_max: Some(1_024),
                dirty_decay_ms: Some(1_000),
                muzzy_decay_ms: Some(0),
                ..none
            },
            Self::ExtremeThrift => AllocatorOptions {
                narenas: Some(1),
                tcache: Some(false),
                dirty_decay_ms: Some(0),
                muzzy_decay_ms: Some(0),
                ..none
            },
        }
    }
}
