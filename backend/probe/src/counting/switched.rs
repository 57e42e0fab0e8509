//! The counting allocator with a switch, to measure what the counting costs.
//!
//! Two builds, one with and one without, differ by more than the counting: where the compiler and the linker put the
//! allocator's loops was worth 20 % between two builds that do the same. Here both are one build.

use std::{
    alloc::{GlobalAlloc, Layout},
    arch::asm,
    cell::Cell,
    ptr,
    sync::atomic::{AtomicU8, Ordering},
};

use super::CountingAllocator;

/// Does before each allocation what [`switch`] said.
#[derive(Debug)]
pub struct SwitchedAllocator<A> {
    counting: CountingAllocator<A>,
}

/// What stands before an allocation. All but the last count nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Before {
    /// Nothing at all.
    Nothing,
    /// An instruction that does nothing, at another place of the program: the difference is that of the switch.
    Branch,
    /// One store to a word of the thread's own: the least that something that counts has to do.
    Store,
    /// What [`CountingAllocator`] does.
    Count,
}

static BEFORE: AtomicU8 = AtomicU8::new(Before::Count as u8);

thread_local! {
    static WORD: Cell<usize> = const { Cell::new(0) };
}

/// What this process does from here on. Threads see it within moments.
pub fn switch(before: Before) {
    BEFORE.store(before as u8, Ordering::Relaxed);
}

impl<A> SwitchedAllocator<A> {
    /// A counting allocator around `inner`, with a switch.
    pub const fn new(inner: A) -> Self {
        Self { counting: CountingAllocator::new(inner) }
    }

    /// Does what comes before an allocation, and tells whether that is the counting, which is the caller's.
    #[inline(always)]
    fn is_counting(size: usize) -> bool {
        const NOTHING: u8 = Before::Nothing as u8;
        const BRANCH: u8 = Before::Branch as u8;
        const STORE: u8 = Before::Store as u8;
        match BEFORE.load(Ordering::Relaxed) {
            NOTHING => false,
            BRANCH => {
                // SAFETY: it does nothing. Without it the compiler would make this case one with the first.
                unsafe { asm!("nop", options(nomem, nostack, preserves_flags)) };
                false
            }
            STORE => {
                // SAFETY: the word is the thread's own. Nobody reads it, so a plain store would be left out.
                WORD.with(|word| unsafe { ptr::write_volatile(word.as_ptr(), size) });
                false
            }
            _ => true,
        }
    }
}

// SAFETY: every call is passed on unchanged to `inner` or to what counts around it, which both keep the contract.
unsafe impl<A: GlobalAlloc> GlobalAlloc for SwitchedAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if Self::is_counting(layout.size()) {
            // SAFETY: the caller's contract is `counting`'s.
            return unsafe { self.counting.alloc(layout) };
        }
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.counting.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if Self::is_counting(layout.size()) {
            // SAFETY: the caller's contract is `counting`'s.
            return unsafe { self.counting.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.counting.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if Self::is_counting(new_size) {
            // SAFETY: the caller's contract is `counting`'s.
            return unsafe { self.counting.realloc(pointer, layout, new_size) };
        }
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.counting.inner.realloc(pointer, layout, new_size) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's contract is `inner`'s.
        unsafe { self.counting.dealloc(pointer, layout) }
    }
}
