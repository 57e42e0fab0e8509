//! A sampler beside a thread that holds one of jemalloc's locks for as long as it likes.

#![expect(unsafe_code, reason = "an arena with hooks has no typed wrapper; each block says why it is sound")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::{
    ffi::{c_uint, c_void},
    ptr,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use heapgym_probe::{CountingAllocator, Delivery, Gauges, Jemalloc, Sampler, clock};
use tikv_jemalloc_ctl::raw;
use tikv_jemalloc_sys::{MALLOCX_ARENA, MALLOCX_TCACHE_NONE, dallocx, extent_hooks_t, mallctl, mallocx};

#[global_allocator]
static ALLOCATOR: CountingAllocator<Jemalloc> = CountingAllocator::new(Jemalloc);

/// The lock is held once both have come here, and until both have come there.
static HELD: Barrier = Barrier::new(2);
static RELEASED: Barrier = Barrier::new(2);

/// Whether the next split takes as long as the test wants.
static SLOW: AtomicBool = AtomicBool::new(false);

/// What an arena calls to take a part of a free extent, while it holds the lock of its dirty ones.
unsafe extern "C" fn split(
    _hooks: *mut extent_hooks_t,
    _address: *mut c_void,
    _size: usize,
    _first: usize,
    _second: usize,
    _committed: bool,
    _arena: c_uint,
) -> bool {
    if SLOW.swap(false, Ordering::Relaxed) {
        HELD.wait();
        RELEASED.wait();
    }
    false // it may be split
}

/// Makes an arena of its own with one free extent of 1 MiB, and returns its number.
fn arena_with_a_free_extent() -> usize {
    // SAFETY: the manual gives this name a value of type `extent_hooks_t *`, which points to jemalloc's own hooks.
    let own: *mut extent_hooks_t = unsafe { raw::read(b"arena.0.extent_hooks\0") }.unwrap();
    // SAFETY: they are static.
    let mut hooks = unsafe { ptr::read(own) };
    hooks.split = Some(split);
    let mut hooks: *mut extent_hooks_t = Box::leak(Box::new(hooks));
    let mut arena: c_uint = 0;
    let mut length = size_of::<c_uint>();
    // SAFETY: the name ends in NUL; it takes a pointer to hooks, which live for ever, and gives an `unsigned`.
    let refused = unsafe {
        mallctl(
            c"arenas.create".as_ptr(),
            (&raw mut arena).cast(),
            &raw mut length,
            (&raw mut hooks).cast(),
            size_of::<*mut extent_hooks_t>(),
        )
    };
    assert_eq!(refused, 0);
    let arena = arena as usize;
    // SAFETY: what is freed was made just before, in the same arena.
    unsafe { dallocx(allocate(1 << 20, arena), MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE) };
    arena
}

fn allocate(bytes: usize, arena: usize) -> *mut c_void {
    // SAFETY: the arena exists, and the size is not zero.
    unsafe { mallocx(bytes, MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE) }
}

/// In a run the holder is a thread that waits its turn for a CPU; the sampler must not wait with it.
#[test]
fn readings_go_on_without_the_allocator_while_its_lock_is_held() {
    let arena = arena_with_a_free_extent();
    SLOW.store(true, Ordering::Relaxed);
    let holder = thread::spawn(move || assert!(!allocate(1 << 16, arena).is_null()));
    HELD.wait();

    let (sender, readings) = mpsc::channel();
    let sampler = Sampler::spawn(
        Duration::from_millis(20),
        clock::monotonic_ns(),
        Vec::new(),
        Gauges::default,
        move |_, reading| match sender.send(*reading) {
            Ok(()) => Delivery::Delivered,
            Err(_) => Delivery::Dropped,
        },
    )
    .unwrap();
    for reading in readings.iter().take(5) {
        assert_eq!(reading.allocator, None);
        assert!(reading.rss_bytes > 0 && reading.allocations > 0, "the rest is told: {reading:?}");
    }

    RELEASED.wait();
    let told = readings.iter().find_map(|reading| reading.allocator).unwrap();
    assert!(told.allocated_bytes > 0, "{told:?}");
    sampler.stop();
    holder.join().unwrap();
}
