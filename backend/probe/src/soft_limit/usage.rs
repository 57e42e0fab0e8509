//! What is held against a soft limit: the greater of what the kernel counts and what jemalloc holds.

use tikv_jemalloc_ctl::{epoch, epoch_mib, stats};

use crate::{Error, jemalloc::Mib, process::Statm};

/// From one whole reading to the next: statistics are gathered arena by arena, which takes 40 to 400 us among busy
/// threads. In between, the kernel's count and the pages in use are read, which take no lock.
const WHOLE_EVERY_NS: u64 = 25_000_000;

/// Memory of this process at one instant, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// The greatest of resident memory, jemalloc's `resident` as it was last, and what is in use.
    pub(super) held_bytes: u64,
    /// In pages with anything live in them, and the allocator's bookkeeping.
    pub(super) in_use_bytes: u64,
}

/// Reads it without allocating. Not the sampler's reader: this one is asked up to 200 times a second, and reads no
/// more than it needs.
pub(super) struct Reader {
    /// `None` on systems without `/proc`.
    statm: Option<Statm>,
    epoch: epoch_mib,
    resident: stats::resident_mib,
    metadata: stats::metadata_mib,
    /// `approximate_stats.active`.
    active: Mib<usize>,
    whole_ns: u64,
    resident_bytes: u64,
    metadata_bytes: u64,
}

impl Reader {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self {
            statm: Statm::open("self").ok(),
            epoch: epoch::mib()?,
            resident: stats::resident::mib()?,
            metadata: stats::metadata::mib()?,
            active: Mib::new("approximate_stats.active")?,
            whole_ns: 0,
            resident_bytes: 0,
            metadata_bytes: 0,
        })
    }

    /// Usage at `now_ns`; jemalloc's `resident` in it is at most [`WHOLE_EVERY_NS`] old.
    pub(super) fn read(&mut self, now_ns: u64) -> Result<Usage, Error> {
        if now_ns.saturating_sub(self.whole_ns) >= WHOLE_EVERY_NS {
            self.refresh(now_ns)?;
        }
        let active = self.active.read()? as u64;
        let rss_bytes = self.statm.as_ref().and_then(Statm::rss_bytes).unwrap_or(0);
        let in_use_bytes = active + self.metadata_bytes;
        Ok(Usage { held_bytes: self.resident_bytes.max(rss_bytes).max(in_use_bytes), in_use_bytes })
    }

    /// Reads all of it anew, such as after a purge.
    pub(super) fn refresh(&mut self, now_ns: u64) -> Result<(), Error> {
        self.epoch.advance()?;
        self.resident_bytes = self.resident.read()? as u64;
        self.metadata_bytes = self.metadata.read()? as u64;
        self.whole_ns = now_ns;
        Ok(())
    }
}
