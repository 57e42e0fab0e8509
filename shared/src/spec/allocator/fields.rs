//! The allocator's options as a form and a command line show them: title, range, help.

use crate::{
    field::{Choice, Number},
    unit::{MIB, Unit},
};

/// How long freed pages are kept.
pub const DIRTY_DECAY_MS: Number = Number {
    name: "dirty_decay_ms",
    title: "Dirty decay",
    unit: Unit::Milliseconds,
    min: -1.0,
    max: 3_600_000.0,
    default: None,
    whole: true,
    help: "How long jemalloc keeps freed pages before it gives them back; -1 is for ever. Its own default is 10 s. Short \
           saves memory, long saves page faults.",
};

/// How long pages are kept that the kernel may take.
pub const MUZZY_DECAY_MS: Number = Number {
    name: "muzzy_decay_ms",
    title: "Muzzy decay",
    help: "How long jemalloc then keeps them where the kernel may take them (MADV_FREE); -1 is for ever. Its own default \
           is 0.",
    ..DIRTY_DECAY_MS
};

/// Arenas.
pub const NARENAS: Number = Number {
    name: "narenas",
    title: "Arenas",
    unit: Unit::Count,
    min: 1.0,
    max: 1_024.0,
    default: None,
    whole: true,
    help: "Into how many arenas threads are spread; four per CPU by default. Fewer waste less, more \
           wait less.",
};

/// Largest size class in thread caches. jemalloc 5.3.1 takes no more, and reads more as this, without a word: its
/// `TCACHE_MAXCLASS_LIMIT`.
pub const TCACHE_MAX: Number = Number {
    name: "tcache_max",
    title: "Largest cached by threads",
    unit: Unit::Bytes,
    min: 8.0,
    max: 32_768.0,
    default: None,
    whole: true,
    help: "Threads keep freed objects up to this size for themselves; 32 KiB by default, and at most.",
};

/// From where allocations have an arena of their own.
pub const OVERSIZE_THRESHOLD: Number = Number {
    name: "oversize_threshold",
    title: "Oversize threshold",
    unit: Unit::Bytes,
    min: 0.0,
    max: (1024 * 1024 * MIB) as f64,
    default: None,
    whole: true,
    help: "Allocations of at least this have an arena that keeps no dirty pages unless background threads are on; 8 MiB \
           by default, 0 for none. Above it, each allocation may cost a page fault a page.",
};

/// The smallest threshold that jemalloc takes where pages have 4 KiB: that of its large size classes. It reads what is
/// smaller as 0, which is no threshold at all, without a word (its `arena_boot`).
pub const LEAST_OVERSIZE_BYTES: u64 = 16 << 10;

/// Background threads.
pub const MAX_BACKGROUND_THREADS: Number = Number {
    name: "max_background_threads",
    title: "Most background threads",
    unit: Unit::Count,
    min: 1.0,
    max: 64.0,
    default: None,
    whole: true,
    help: "How many background threads there may be when they are on; four by default.",
};

/// jemalloc's tuning presets, from its TUNING.md, the first of them for none.
pub const PRESET: Choice = Choice {
    name: "preset",
    title: "Allocator preset",
    options: &[DEFAULT, "high_throughput", "memory_thrift", "small_service", "extreme_thrift"],
    help: "Settings by name, from jemalloc's TUNING.md; what is set beside it takes their place. high_throughput keeps pages \
           for 30 s; memory_thrift for 5 s, with small thread caches; small_service has one arena; extreme_thrift no \
           caches at all.",
};

/// Whether an arena belongs to a CPU.
pub const PERCPU_ARENA: Choice = Choice {
    name: "percpu_arena",
    title: "Arena for each CPU",
    options: &[DEFAULT, DISABLED, "percpu", "phycpu"],
    help: "Whether threads use the arena of the CPU they run on: of each, or of each physical one. Disabled by \
           default.",
};

/// Huge pages for what is allocated.
pub const THP: Choice = Choice {
    name: "thp",
    title: "Huge pages",
    options: &[DEFAULT, "always", "never"],
    help: "Whether jemalloc asks the kernel for transparent huge pages, or tells it to use none.",
};

/// Huge pages for bookkeeping.
pub const METADATA_THP: Choice = Choice {
    name: "metadata_thp",
    title: "Huge pages for metadata",
    options: &[DEFAULT, DISABLED, "auto", "always"],
    help: "Whether the allocator's bookkeeping uses huge pages; auto begins when there is much of it. Disabled by default.",
};

/// The words of a switch that may be left to jemalloc or to a preset.
const SWITCH: &[&str] = &[DEFAULT, ON, "off"];

/// The word that leaves an option to the preset and, where there is none, to jemalloc.
pub const DEFAULT: &str = "default";

/// The word that switches on.
pub const ON: &str = "on";

/// The word of what is not used.
pub const DISABLED: &str = "disabled";

/// Background threads.
pub const BACKGROUND_THREAD: Choice = Choice {
    name: "background_thread",
    title: "Background threads",
    options: SWITCH,
    help: "Whether threads of jemalloc's own give pages back. Without them, which is its default, pages go only while the \
           service allocates: an idle service keeps them.",
};

/// Thread caches.
pub const TCACHE: Choice = Choice {
    name: "tcache",
    title: "Thread caches",
    options: SWITCH,
    help: "Whether threads keep freed small objects for themselves, which saves them from waiting for each other. On by \
           default.",
};

/// Address space.
pub const RETAIN: Choice = Choice {
    name: "retain",
    title: "Keep address space",
    options: SWITCH,
    help: "Whether address space is kept for later instead of being given back to the kernel. On by default on Linux; it \
           costs no memory.",
};
