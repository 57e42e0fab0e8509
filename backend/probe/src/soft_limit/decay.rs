//! How long freed pages are kept, level by level; on the way back it is again as it was.

use heapgym_shared::soft_limit::SoftLimitLevel;

use crate::{
    Error,
    jemalloc::{Pages, decay, set_decay},
};

/// From [`SoftLimitLevel::Trim`] on.
const SHORT_MS: isize = 1_000;

/// What was set before the first level was entered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decay {
    dirty_ms: isize,
    muzzy_ms: isize,
}

impl Decay {
    /// What is set now.
    pub(super) fn now() -> Result<Self, Error> {
        Ok(Self { dirty_ms: decay(Pages::Dirty)?, muzzy_ms: decay(Pages::Muzzy)? })
    }

    /// Sets what belongs to a level.
    pub(super) fn apply(self, level: SoftLimitLevel) -> Result<(), Error> {
        let Self { dirty_ms, muzzy_ms } = match level {
            SoftLimitLevel::Below => self,
            SoftLimitLevel::Trim => {
                Self { dirty_ms: shortened(self.dirty_ms), muzzy_ms: shortened(self.muzzy_ms) }
            }
            SoftLimitLevel::Purge | SoftLimitLevel::Shed | SoftLimitLevel::Exceeded => {
                Self { dirty_ms: 0, muzzy_ms: 0 }
            }
        };
        set_decay(Pages::Dirty, dirty_ms)?;
        set_decay(Pages::Muzzy, muzzy_ms)
    }
}

/// Never lengthened; -1 is for ever.
fn shortened(ms: isize) -> isize {
    if (0..SHORT_MS).contains(&ms) { ms } else { SHORT_MS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_shortened_and_never_lengthened() {
        assert_eq!([-1, 0, 500, 10_000].map(shortened), [SHORT_MS, 0, 500, SHORT_MS]);
    }
}
