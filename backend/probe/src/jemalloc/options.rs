//! The options in effect in this process, read back from jemalloc.

use super::mib::{read, read_word};
use crate::Error;

/// The options in effect, in jemalloc's notation: what was asked for, or jemalloc's own default.
///
/// # Errors
/// When jemalloc does not know one of them.
pub fn options() -> Result<String, Error> {
    let parts = [
        // Both may be switched at run time; the option tells how it was at the start.
        ("background_thread", read::<bool>("background_thread")?.to_string()),
        ("max_background_threads", read::<usize>("max_background_threads")?.to_string()),
        ("dirty_decay_ms", read::<isize>("opt.dirty_decay_ms")?.to_string()),
        ("muzzy_decay_ms", read::<isize>("opt.muzzy_decay_ms")?.to_string()),
        ("narenas", read::<u32>("opt.narenas")?.to_string()),
        ("percpu_arena", read_word(b"opt.percpu_arena\0")?),
        ("tcache", read::<bool>("opt.tcache")?.to_string()),
        ("tcache_max", read::<usize>("opt.tcache_max")?.to_string()),
        ("oversize_threshold", read::<usize>("opt.oversize_threshold")?.to_string()),
        ("retain", read::<bool>("opt.retain")?.to_string()),
        ("thp", read_word(b"opt.thp\0")?),
        ("metadata_thp", read_word(b"opt.metadata_thp\0")?),
        ("prof", read::<bool>("opt.prof")?.to_string()),
    ];
    Ok(parts.map(|(name, value)| format!("{name}:{value}")).join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_has_a_value() {
        let options = options().unwrap();
        assert!(
            options.split(',').all(|part| part.split_once(':').is_some_and(|(_, value)| !value.is_empty()))
        );
        assert!(options.contains("thp:default") && options.contains("tcache_max:32768"), "{options}");
    }
}
