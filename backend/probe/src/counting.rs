//! A global allocator that counts allocations and bytes, by thread and without locks.
//!
//! jemalloc's own `small.nmalloc` and `nrequests` stay in thread caches and are wrong by orders of
//! magnitude (a million allocations moved them by 59), so the truth is counted around it. Each thread
//! owns a slot that only it writes, with plain loads and stores; readers sum all slots.

#![expect(unsafe_code, reason = "a global allocator is unsafe to implement; each block says why it is sound")]

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
};

mod switched;

pub use switched::{SwitchedAllocator, switch_off};

/// Counts what passes through `A`, and leaves everything else to it.
#[derive(Debug)]
pub struct CountingAllocator<A> {
    inner: A,
}

/// Allocations and the bytes they asked for, since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls that gave memory; a reallocation is one.
    pub allocations: u64,
    /// Bytes asked for; a reallocation counts its whole new size, as jemalloc's `thread.allocated` does.
    pub bytes: u64,
}

impl<A> CountingAllocator<A> {
    /// A counting allocator around `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

/// The counts of all threads, those that ended included.
pub fn total() -> Counts {
    let mut sum = SHARED.counts();
    for slot in &SLOTS {
        let counts = slot.counts();
        sum.allocations += counts.allocations;
        sum.bytes += counts.bytes;
    }
    sum
}

/// The counts of the calling thread's slot. Only differences mean something: a slot keeps what its
/// earlier owners counted.
pub fn of_this_thread() -> Counts {
    // A thread that has allocated nothing gets its slot now: a later one would bring its past along.
    slot_of_this_thread().unwrap_or(&SHARED).counts()
}

/// Threads that count without sharing; further ones share one slot, with atomic additions.
const OWNED_SLOTS: usize = 512;

/// One thread's counters, alone on their cache line.
#[derive(Debug)]
#[repr(align(64))]
struct Slot {
    allocations: AtomicU64,
    bytes: AtomicU64,
}

static SLOTS: [Slot; OWNED_SLOTS] = [const { Slot::new() }; OWNED_SLOTS];
static SHARED: Slot = Slot::new();
/// One bit a slot of [`SLOTS`]: set while a thread owns it.
static OWNED: [AtomicU64; OWNED_SLOTS / 64] = [const { AtomicU64::new(0) }; OWNED_SLOTS / 64];

thread_local! {
    /// The slot that this thread owns. Needs no destructor, so it can be read at any time of a thread's life.
    static SLOT: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    /// Whether this thread owns none and never will: all were taken, or it is on its way out.
    static SHARES: Cell<bool> = const { Cell::new(false) };
    static OWNER: Owner = const { Owner { index: Cell::new(None) } };
}

/// Gives a thread's slot back when the thread ends.
struct Owner {
    index: Cell<Option<usize>>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        // What this thread still frees or allocates on its way out is counted in the shared slot.
        share();
        if let Some(index) = self.index.get() {
            // Release: the next owner sees this thread's last counts.
            OWNED[index / 64].fetch_and(!(1 << (index % 64)), Ordering::Release);
        }
    }
}

impl Slot {
    const fn new() -> Self {
        Self { allocations: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn counts(&self) -> Counts {
        Counts {
            allocations: self.allocations.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// By its owner, who alone writes to it: a load and a store cost a fifth of a locked addition.
    #[inline]
    fn count(&self, bytes: usize) {
        self.allocations.store(self.allocations.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        self.bytes.store(self.bytes.load(Ordering::Relaxed) + bytes as u64, Ordering::Relaxed);
    }
}

/// The slot of a thread that owns one already. Inline, with one test and no call: it stands before every allocation.
#[inline]
fn own() -> Option<&'static Slot> {
    SLOT.with(Cell::get)
}

/// Counts for a thread that owns no slot, or not yet.
fn count_without_slot(bytes: usize) {
    match slot_of_this_thread() {
        Some(slot) => slot.count(bytes),
        None => {
            SHARED.allocations.fetch_add(1, Ordering::Relaxed);
            SHARED.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        }
    }
}

/// The calling thread's own slot, claimed if need be; none where it shares.
fn slot_of_this_thread() -> Option<&'static Slot> {
    if SHARES.with(Cell::get) { None } else { own().or_else(claim) }
}

/// The calling thread owns no slot any more.
fn share() {
    SLOT.with(|slot| slot.set(None));
    SHARES.with(|shares| shares.set(true));
}

/// Finds the calling thread a slot, and remembers to give it back.
fn claim() -> Option<&'static Slot> {
    let claimed = OWNED.iter().enumerate().find_map(|(word, bits)| {
        let claim = bits.fetch_update(Ordering::Acquire, Ordering::Relaxed, |bits| {
            (bits != u64::MAX).then(|| bits | (1 << bits.trailing_ones()))
        });
        claim.ok().map(|before| word * 64 + before.trailing_ones() as usize)
    });
    let Some(index) = claimed else {
        share();
        return None;
    };
    let slot = &SLOTS[index];
    // Before the destructor is registered: registering may itself allocate, and must find a slot.
    SLOT.with(|cell| cell.set(Some(slot)));
    if OWNER.try_with(|owner| owner.index.set(claimed)).is_err() {
        // The thread is past its destructors: nobody would give the slot back.
        share();
        OWNED[index / 64].fetch_and(!(1 << (index % 64)), Ordering::Release);
        return None;
    }
    Some(slot)
}

/// The same for a thread without a slot. Apart, so that what it saves across its calls costs the others nothing.
impl<A: GlobalAlloc> CountingAllocator<A> {
    /// # Safety
    /// As of [`GlobalAlloc::alloc`].
    #[cold]
    #[inline(never)]
    unsafe fn alloc_without_slot(&self, layout: Layout) -> *mut u8 {
        count_without_slot(layout.size());
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc(layout) }
    }

    /// # Safety
    /// As of [`GlobalAlloc::alloc_zeroed`].
    #[cold]
    #[inline(never)]
    unsafe fn alloc_zeroed_without_slot(&self, layout: Layout) -> *mut u8 {
        count_without_slot(layout.size());
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    /// # Safety
    /// As of [`GlobalAlloc::realloc`].
    #[cold]
    #[inline(never)]
    unsafe fn realloc_without_slot(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count_without_slot(new_size);
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.realloc(pointer, layout, new_size) }
    }
}

// SAFETY: every call is passed on unchanged to `inner`, which keeps the contract; counting touches
// neither the memory nor the layout, and does not unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let Some(slot) = own() else {
            // SAFETY: the caller's contract is its.
            return unsafe { self.alloc_without_slot(layout) };
        };
        slot.count(layout.size());
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let Some(slot) = own() else {
            // SAFETY: the caller's contract is its.
            return unsafe { self.alloc_zeroed_without_slot(layout) };
        };
        slot.count(layout.size());
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        let Some(slot) = own() else {
            // SAFETY: the caller's contract is its.
            return unsafe { self.realloc_without_slot(pointer, layout, new_size) };
        };
        slot.count(new_size);
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.realloc(pointer, layout, new_size) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.dealloc(pointer, layout) }
    }
}

#[cfg(test)]
mod tests {
    use std::{hint::black_box, thread};

    use super::*;

    #[test]
    fn a_thread_counts_exactly_what_it_asks_for() {
        let before = of_this_thread();
        let boxes: Vec<Box<[u8; 100]>> = black_box((0..1000).map(|_| Box::new([0; 100])).collect());
        let after = of_this_thread();
        drop(boxes);
        assert_eq!(after.allocations - before.allocations, 1001, "a thousand boxes and the vector");
        assert_eq!(after.bytes - before.bytes, 1000 * 100 + 1000 * 8);
    }

    #[test]
    fn a_reallocation_counts_its_new_size() {
        let mut vector: Vec<u8> = Vec::with_capacity(100);
        let before = of_this_thread();
        vector.reserve_exact(5000);
        let after = of_this_thread();
        assert_eq!((after.allocations - before.allocations, after.bytes - before.bytes), (1, 5000));
        drop(black_box(vector));
    }

    #[test]
    fn nothing_is_lost_when_threads_come_and_go() {
        const ROUNDS: u64 = 40;
        const THREADS: u64 = 20; // together more threads than there are slots
        let allocate = || {
            let before = of_this_thread();
            (0..100).for_each(|_| drop(black_box(Box::new([0u8; 10_000]))));
            of_this_thread().bytes - before.bytes
        };
        let before = total();
        let mut told = 0;
        for _ in 0..ROUNDS {
            let threads: Vec<_> = (0..THREADS).map(|_| thread::spawn(allocate)).collect();
            told += threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>();
        }
        assert_eq!(told, ROUNDS * THREADS * 100 * 10_000, "each thread counts its own, and nobody else's");
        assert!(total().bytes - before.bytes >= told, "and the sum holds it all, with what other tests do");
    }
}
