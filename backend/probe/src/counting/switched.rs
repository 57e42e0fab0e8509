//! The counting allocator with a switch, to measure what the counting costs.
//!
//! Two builds, one with and one without, differ by more than the counting: where the compiler and the linker put the
//! allocator's loops was worth 20 % between two builds that do the same. Here both are one build.

use std::{
    alloc::{GlobalAlloc, Layout},
    sync::atomic::{AtomicBool, Ordering},
};

use super::CountingAllocator;

/// Counts as [`CountingAllocator`] does, but for the time that [`switch`] turned it off.
#[derive(Debug)]
pub struct SwitchedAllocator<A> {
    counting: CountingAllocator<A>,
}

static OFF: AtomicBool = AtomicBool::new(false);

/// Whether this process counts from here on. Threads see it within moments.
pub fn switch(on: bool) {
    OFF.store(!on, Ordering::Relaxed);
}

impl<A> SwitchedAllocator<A> {
    /// A counting allocator around `inner`, with a switch.
    pub const fn new(inner: A) -> Self {
        Self { counting: CountingAllocator::new(inner) }
    }
}

// SAFETY: every call is passed on unchanged to `inner` or to what counts around it, which both keep the contract.
unsafe impl<A: GlobalAlloc> GlobalAlloc for SwitchedAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if OFF.load(Ordering::Relaxed) {
            // SAFETY: the caller's contract is `inner`'s.
            return unsafe { self.counting.inner.alloc(layout) };
        }
        // SAFETY: the caller's contract is `counting`'s.
        unsafe { self.counting.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if OFF.load(Ordering::Relaxed) {
            // SAFETY: the caller's contract is `inner`'s.
            return unsafe { self.counting.inner.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's contract is `counting`'s.
        unsafe { self.counting.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if OFF.load(Ordering::Relaxed) {
            // SAFETY: the caller's contract is `inner`'s.
            return unsafe { self.counting.inner.realloc(pointer, layout, new_size) };
        }
        // SAFETY: the caller's contract is `counting`'s.
        unsafe { self.counting.realloc(pointer, layout, new_size) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.counting.dealloc(pointer, layout) }
    }
}
