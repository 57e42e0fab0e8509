//! A global allocator that counts allocations and bytes, by thread and without locks.
//!
//! jemalloc's own `small.nmalloc` and `nrequests` stay in thread caches and are wrong by orders of
//! magnitude (a million allocations moved them by 59), so the truth is counted around it. Each thread
//! has counters that only it writes, with plain loads and stores; readers sum those of all threads.

#![expect(unsafe_code, reason = "a global allocator is unsafe to implement; each block says why it is sound")]

use std::{
    alloc::{GlobalAlloc, Layout},
    ops::Add,
};

mod packed;
mod switched;
mod threads;

pub use switched::{Before, SwitchedAllocator, switch};

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

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { allocations: self.allocations + other.allocations, bytes: self.bytes + other.bytes }
    }
}

impl<A> CountingAllocator<A> {
    /// A counting allocator around `inner`.
    pub const fn new(inner: A) -> Self {
        Self { inner }
    }
}

/// The counts of all threads, those that ended included.
pub fn total() -> Counts {
    threads::sum()
}

/// The counts of the calling thread. Only differences mean something.
pub fn of_this_thread() -> Counts {
    threads::of_this_thread()
}

/// The same where the counters have to be settled first. Apart, so that what it saves across its calls costs the
/// others nothing.
impl<A: GlobalAlloc> CountingAllocator<A> {
    /// # Safety
    /// As of [`GlobalAlloc::alloc`].
    #[cold]
    #[inline(never)]
    unsafe fn alloc_settled(&self, layout: Layout) -> *mut u8 {
        threads::settle();
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc(layout) }
    }

    /// # Safety
    /// As of [`GlobalAlloc::alloc_zeroed`].
    #[cold]
    #[inline(never)]
    unsafe fn alloc_zeroed_settled(&self, layout: Layout) -> *mut u8 {
        threads::settle();
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    /// # Safety
    /// As of [`GlobalAlloc::realloc`].
    #[cold]
    #[inline(never)]
    unsafe fn realloc_settled(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        threads::settle();
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.realloc(pointer, layout, new_size) }
    }
}

// SAFETY: every call is passed on unchanged to `inner`, which keeps the contract; counting touches
// neither the memory nor the layout, and does not unwind.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !threads::count(layout.size()) {
            // SAFETY: the caller's contract is its.
            return unsafe { self.alloc_settled(layout) };
        }
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if !threads::count(layout.size()) {
            // SAFETY: the caller's contract is its.
            return unsafe { self.alloc_zeroed_settled(layout) };
        }
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !threads::count(new_size) {
            // SAFETY: the caller's contract is its.
            return unsafe { self.realloc_settled(pointer, layout, new_size) };
        }
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
        const THREADS: u64 = 20;
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
