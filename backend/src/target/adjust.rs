//! Changes to the target itself while it serves: its allocator's knobs, its pools, its soft limit.

use heapgym_probe::{
    Error, clock,
    jemalloc::{self, Pages},
};
use heapgym_shared::adjust::{Adjustment, Effect};

use super::{
    pool::Pools,
    soft_limit::{Limiter, Teller},
};

/// Makes a change, and tells what came of it. A limit that is set has no effect of its own: what is done to hold it is
/// told as it is done.
pub(super) fn make<T: Teller>(change: Adjustment, pools: &Pools, limiter: &mut Limiter<T>) -> Option<Effect> {
    if let Adjustment::SetSoftLimit { bytes } = change {
        return limiter.set(bytes).err().map(|error| Effect::Refused { reason: error.to_string() });
    }
    let began_ns = clock::monotonic_ns();
    let kept = || match change {
        Adjustment::SetPoolLimit { .. } => pools.reading().retained_bytes,
        // What cannot be read is shown as none; the change itself tells whether jemalloc answers.
        _ => jemalloc::cached_bytes().unwrap_or_default(),
    };
    let before_bytes = kept();
    let made = match change {
        Adjustment::SetDecay { dirty_ms, muzzy_ms } => set_decay(dirty_ms, muzzy_ms),
        Adjustment::Purge => jemalloc::purge(),
        Adjustment::SetBackgroundThread { on } => jemalloc::set_background_thread(on),
        Adjustment::SetPoolLimit { idle } => {
            pools.limit(u64::from(idle));
            Ok(())
        }
        _ => return None,
    };
    let took_ns = clock::monotonic_ns() - began_ns;
    Some(match made {
        Ok(()) => Effect::Made { before_bytes, after_bytes: kept(), took_ns },
        Err(error) => Effect::Refused { reason: error.to_string() },
    })
}

fn set_decay(dirty_ms: Option<i64>, muzzy_ms: Option<i64>) -> Result<(), Error> {
    for (pages, ms) in [(Pages::Dirty, dirty_ms), (Pages::Muzzy, muzzy_ms)] {
        if let Some(ms) = ms {
            jemalloc::set_decay(pages, ms as isize)?;
        }
    }
    Ok(())
}
