//! jemalloc's own figures: the six totals, its version and the options in effect.

#![expect(
    unsafe_code,
    reason = "options without a typed wrapper are read by name; the block says why it is sound"
)]

use tikv_jemalloc_ctl::{background_thread, epoch, epoch_mib, opt, raw, stats, version};

use crate::Error;

/// jemalloc's six totals, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Bytes the application holds.
    pub allocated: u64,
    /// Bytes in pages with at least one live allocation.
    pub active: u64,
    /// Bytes of bookkeeping.
    pub metadata: u64,
    /// Bytes in physical pages, at most.
    pub resident: u64,
    /// Bytes in mapped extents.
    pub mapped: u64,
    /// Bytes of address space kept for later.
    pub retained: u64,
}

/// Reads the totals. Names are resolved once; a reading then allocates nothing.
#[expect(missing_debug_implementations, reason = "jemalloc-ctl's resolved names have none")]
pub struct Reader {
    epoch: epoch_mib,
    allocated: stats::allocated_mib,
    active: stats::active_mib,
    metadata: stats::metadata_mib,
    resident: stats::resident_mib,
    mapped: stats::mapped_mib,
    retained: stats::retained_mib,
}

impl Reader {
    /// Resolves the names.
    ///
    /// # Errors
    /// When jemalloc was built without statistics.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            epoch: epoch::mib()?,
            allocated: stats::allocated::mib()?,
            active: stats::active::mib()?,
            metadata: stats::metadata::mib()?,
            resident: stats::resident::mib()?,
            mapped: stats::mapped::mib()?,
            retained: stats::retained::mib()?,
        })
    }

    /// The totals now: statistics are cached by jemalloc until its epoch advances, which costs 6 to
    /// 60 us depending on the number of arenas.
    ///
    /// # Errors
    /// When jemalloc refuses a name that it resolved before.
    pub fn read(&self) -> Result<Totals, Error> {
        self.epoch.advance()?;
        Ok(Totals {
            allocated: self.allocated.read()? as u64,
            active: self.active.read()? as u64,
            metadata: self.metadata.read()? as u64,
            resident: self.resident.read()? as u64,
            mapped: self.mapped.read()? as u64,
            retained: self.retained.read()? as u64,
        })
    }
}

/// Name and version of the allocator.
///
/// # Errors
/// When jemalloc is not there.
pub fn describe() -> Result<String, Error> {
    // "5.3.1-0-g81034ce...": the release, the commits since, and the commit.
    let full = version::read()?;
    Ok(format!("jemalloc {}", full.split('-').next().unwrap_or(full)))
}

/// The options in effect in this process, read back, in jemalloc's notation.
///
/// # Errors
/// When jemalloc does not know one of them.
pub fn options() -> Result<String, Error> {
    Ok(format!(
        "background_thread:{},dirty_decay_ms:{},muzzy_decay_ms:{},narenas:{},tcache:{},tcache_max:{}",
        background_thread::read()?,
        decay_ms(b"opt.dirty_decay_ms\0")?,
        decay_ms(b"opt.muzzy_decay_ms\0")?,
        opt::narenas::read()?,
        opt::tcache::read()?,
        opt::tcache_max::read()?,
    ))
}

/// Switches jemalloc's background threads on or off. Call it before the first allocation of 8 MiB or
/// more, whose arena takes its decay from this setting.
///
/// # Errors
/// When this build has no background threads.
pub fn set_background_thread(on: bool) -> Result<(), Error> {
    Ok(background_thread::write(on)?)
}

fn decay_ms(name: &'static [u8]) -> Result<isize, Error> {
    // SAFETY: both decay options are of type `ssize_t` in jemalloc's manual, and the name ends in NUL.
    Ok(unsafe { raw::read::<isize>(name) }?)
}
