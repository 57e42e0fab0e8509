//! What can be changed of jemalloc while it works: decay of all arenas, purging, background threads.

use tikv_jemalloc_ctl::{background_thread, epoch};

use super::mib::{ALL_ARENAS, perform, read, write};
use crate::Error;

/// Which of the freed pages a decay is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {
    /// Freed, and still backed by memory.
    Dirty,
    /// Freed, and the kernel may take them (`MADV_FREE`).
    Muzzy,
}

impl Pages {
    fn name(self) -> &'static str {
        match self {
            Self::Dirty => "dirty_decay_ms",
            Self::Muzzy => "muzzy_decay_ms",
        }
    }
}

/// Lets all arenas keep such pages for `ms` milliseconds: 0 gives them back at once, -1 never. Arenas that come
/// later begin with the same. Each arena is purged at once of what is older, except by -1.
///
/// The arena of allocations of 8 MiB and more is changed too, whose own decay is 0 without background
/// threads: what is set is what holds, for all sizes.
///
/// # Errors
/// When jemalloc refuses the value.
pub fn set_decay(pages: Pages, ms: isize) -> Result<(), Error> {
    let name = pages.name();
    write(&format!("arenas.{name}"), ms)?;
    for arena in 0..read::<u32>("arenas.narenas")? {
        // Arenas that nobody has used yet refuse it; they begin with what was set above.
        let _ = write(&format!("arena.{arena}.{name}"), ms);
    }
    Ok(())
}

/// How long arenas keep such pages that come from now on, in milliseconds; -1 is for ever.
///
/// # Errors
/// When jemalloc does not answer.
pub fn decay(pages: Pages) -> Result<isize, Error> {
    read(&format!("arenas.{}", pages.name()))
}

/// Gives all dirty and muzzy pages of all arenas back. Takes about 5 ms for each 64 MiB.
///
/// # Errors
/// When jemalloc refuses.
pub fn purge() -> Result<(), Error> {
    perform(&format!("arena.{ALL_ARENAS}.purge"))
}

/// Switches jemalloc's background threads on or off. Call it before the first allocation of 8 MiB or
/// more, whose arena takes its decay from this setting.
///
/// # Errors
/// When this build has no background threads.
pub fn set_background_thread(on: bool) -> Result<(), Error> {
    Ok(background_thread::write(on)?)
}

/// Bytes of dirty and muzzy pages now.
///
/// # Errors
/// When jemalloc does not answer.
pub fn cached_bytes() -> Result<u64, Error> {
    epoch::advance()?;
    let page = read::<usize>("arenas.page")?;
    let pages = |kind: &str| read::<usize>(&format!("stats.arenas.{ALL_ARENAS}.{kind}"));
    Ok(((pages("pdirty")? + pages("pmuzzy")?) * page) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, for the settings are the process's.
    #[test]
    fn what_is_set_is_in_effect() {
        let _alone = crate::alone_with_memory();
        set_decay(Pages::Dirty, -1).unwrap();
        assert_eq!(decay(Pages::Dirty).unwrap(), -1);
        let pieces: Vec<Vec<u8>> = (0..64).map(|_| vec![1; 1 << 20]).collect();
        drop(std::hint::black_box(pieces));
        let kept = cached_bytes().unwrap();
        assert!(kept > 32 << 20, "{kept}");
        purge().unwrap();
        let left = cached_bytes().unwrap();
        assert!(left < kept / 4, "{left} of {kept}");
        set_decay(Pages::Dirty, 10_000).unwrap();
        set_decay(Pages::Muzzy, 0).unwrap();
        assert_eq!((decay(Pages::Dirty).unwrap(), decay(Pages::Muzzy).unwrap()), (10_000, 0));
        assert!(set_decay(Pages::Dirty, -2).is_err());
    }
}
