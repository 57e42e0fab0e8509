//! Where the memory of a process is: in use, held by pages in use, kept for reuse, and the system's.

use serde::{Deserialize, Serialize};

use crate::{sample::TargetReading, unit::Unit};

/// Where the memory of a process is. What is not `live_bytes` is no leak, whatever the kernel counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryParts {
    /// In use: allocated less thread caches. Buffers that wait in pools are among it.
    pub live_bytes: u64,
    /// In pages that something lives in, and in no use: active less allocated.
    pub fragmentation_bytes: u64,
    /// Freed and kept for reuse: the three below.
    pub cache_bytes: u64,
    /// In dirty pages.
    pub dirty_bytes: u64,
    /// In muzzy pages, which the kernel may take when it wants.
    pub muzzy_bytes: u64,
    /// In thread caches.
    pub tcache_bytes: u64,
    /// RSS less resident: code, stacks, muzzy pages; negative where the allocator counts untouched pages.
    pub os_gap_bytes: i64,
    /// What the kernel counts in all.
    pub rss_bytes: u64,
    /// Background threads of the allocator that ran.
    pub background_threads: u64,
}

impl MemoryParts {
    /// The parts at a reading; `None` where the allocator did not answer.
    pub fn of(reading: &TargetReading) -> Option<Self> {
        let allocator = reading.allocator.as_ref()?;
        Some(Self {
            live_bytes: allocator.live_bytes(),
            fragmentation_bytes: allocator.fragmentation_bytes(),
            cache_bytes: allocator.cache_bytes(),
            dirty_bytes: allocator.dirty_bytes,
            muzzy_bytes: allocator.muzzy_bytes,
            tcache_bytes: allocator.tcache_bytes,
            os_gap_bytes: reading.os_gap_bytes()?,
            rss_bytes: reading.rss_bytes,
            background_threads: allocator.background_threads,
        })
    }
}

/// Less than this is not worth a sentence.
pub(super) const WORTH_SAYING_BYTES: u64 = 8 << 20;

impl MemoryParts {
    /// The parts with their figures, on one line.
    pub fn line(&self) -> String {
        let bytes = |value: u64| Unit::Bytes.format(value as f64);
        let sign = if self.os_gap_bytes < 0 { "-" } else { "" };
        format!(
            "{} live, {} fragmentation, {} cache ({} dirty, {} muzzy, {} in thread caches), OS gap {sign}{}; RSS {}",
            bytes(self.live_bytes),
            bytes(self.fragmentation_bytes),
            bytes(self.cache_bytes),
            bytes(self.dirty_bytes),
            bytes(self.muzzy_bytes),
            bytes(self.tcache_bytes),
            bytes(self.os_gap_bytes.unsigned_abs()),
            bytes(self.rss_bytes),
        )
    }

    /// What the allocator holds without being in use and why that is no leak, in a sentence; `None` when it is little.
    pub(super) fn held_sentence(&self) -> Option<String> {
        let bytes = |value: u64| Unit::Bytes.format(value as f64);
        let largest = self.cache_bytes.max(self.fragmentation_bytes);
        if largest < WORTH_SAYING_BYTES {
            return None;
        }
        if self.fragmentation_bytes > self.cache_bytes {
            return Some(format!(
                "Pages with something live in them hold {} beside it: fragmentation, which only the end of what lives \
                 there gives back.",
                bytes(self.fragmentation_bytes)
            ));
        }
        let why = if self.background_threads == 0 {
            "With background threads on it would be given back while the service is idle."
        } else {
            "It is given back when its decay is over."
        };
        Some(format!(
            "The allocator keeps {} for reuse, which is in no use now. {why}",
            bytes(self.cache_bytes)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::AllocatorReading;

    fn parts(dirty: u64, active: u64, background_threads: u64) -> MemoryParts {
        let allocator = AllocatorReading {
            allocated_bytes: 10 << 20,
            tcache_bytes: 1 << 20,
            active_bytes: active,
            resident_bytes: active + dirty,
            dirty_bytes: dirty,
            background_threads,
            ..Default::default()
        };
        MemoryParts::of(&TargetReading {
            allocator: Some(allocator),
            rss_bytes: active + dirty - (1 << 20),
            ..Default::default()
        })
        .unwrap()
    }

    #[test]
    fn the_parts_are_told_apart() {
        let parts = parts(64 << 20, 12 << 20, 0);
        assert_eq!(
            parts.line(),
            "9 MiB live, 2 MiB fragmentation, 65 MiB cache (64 MiB dirty, 0 B muzzy, 1 MiB in thread caches), OS gap -1 MiB; \
             RSS 75 MiB"
        );
        let sentence = parts.held_sentence().unwrap();
        assert!(sentence.contains("65 MiB") && sentence.contains("background threads"), "{sentence}");
    }

    #[test]
    fn what_holds_most_is_named_and_little_is_not() {
        assert_eq!(parts(1 << 20, 12 << 20, 0).held_sentence(), None);
        assert!(parts(64 << 20, 12 << 20, 1).held_sentence().unwrap().contains("decay"));
        assert!(parts(1 << 20, 90 << 20, 0).held_sentence().unwrap().contains("fragmentation"));
    }
}
