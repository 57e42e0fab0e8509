//! The counters of each thread, and the list by which readers find them.
//!
//! They stand in the thread's own storage, so that to count is one addition to one word. A thread lists its counters at
//! its first allocation; at its end it adds them to those of the threads that ended, and takes them off the list. Both
//! happen under a lock that a reader holds too: what it reads is there while it reads. So does the emptying of a word
//! that is full, once in thousands of allocations.

use std::{
    cell::{Cell, UnsafeCell},
    ptr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{Counts, packed::Packed};

/// One thread's counters, on one cache line.
#[repr(align(64))]
struct Local {
    /// What was counted since it was emptied: [`Packed`]. Only its owner writes it, and any reader reads it.
    packed: AtomicU64,
    /// What was emptied out of it, under the lock of [`LIST`].
    emptied: Counters,
    state: Cell<State>,
    /// Its neighbours in the list, under the lock of [`LIST`].
    links: UnsafeCell<Links>,
}

/// A sum that others read.
#[derive(Debug)]
struct Counters {
    allocations: AtomicU64,
    bytes: AtomicU64,
}

/// Where a thread stands. Its word begins closed until it is listed, and empty from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// It has allocated nothing yet.
    New,
    /// It is about to be listed, or has left the list: it counts with [`ENDED`].
    Unlisted,
    /// Readers find its counters.
    Listed,
}

struct Links {
    before: *const Local,
    after: *const Local,
}

/// The first of the listed threads.
struct Head(*const Local);

// SAFETY: what it points to is read and written under the list's lock, and each thread leaves the list before its
// storage is gone.
unsafe impl Send for Head {}

/// Its lock allocates nothing, neither here nor when it has to wait: it is a futex.
static LIST: Mutex<Head> = Mutex::new(Head(ptr::null()));
/// What was counted by threads that ended, and by those that are not listed.
static ENDED: Counters = Counters::new();

thread_local! {
    /// Needs no destructor, so it can be used at any time of a thread's life.
    static LOCAL: Local = const {
        Local {
            packed: AtomicU64::new(Packed::CLOSED.0),
            emptied: Counters::new(),
            state: Cell::new(State::New),
            links: UnsafeCell::new(Links { before: ptr::null(), after: ptr::null() }),
        }
    };
    static OWNER: Owner = const { Owner };
}

/// Takes a thread's counters off the list when it ends.
struct Owner;

impl Drop for Owner {
    fn drop(&mut self) {
        LOCAL.with(unlist);
    }
}

impl Counters {
    const fn new() -> Self {
        Self { allocations: AtomicU64::new(0), bytes: AtomicU64::new(0) }
    }

    fn counts(&self) -> Counts {
        Counts {
            allocations: self.allocations.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }

    /// By anybody.
    fn add(&self, counts: Counts) {
        self.allocations.fetch_add(counts.allocations, Ordering::Relaxed);
        self.bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }
}

impl Local {
    #[inline]
    fn packed(&self) -> Packed {
        Packed(self.packed.load(Ordering::Relaxed))
    }

    /// By its owner, who alone writes it: a load and a store cost a fifth of a locked addition.
    #[inline]
    fn set(&self, packed: Packed) {
        self.packed.store(packed.0, Ordering::Relaxed);
    }

    /// What a listed thread has counted. Under the lock, or by the thread itself.
    fn counts(&self) -> Counts {
        self.emptied.counts() + self.packed().counts()
    }
}

/// Counts an allocation of the calling thread; tells whether it can go on, or has to [`settle`] first. It stands before
/// every allocation.
#[inline]
pub(super) fn count(bytes: usize) -> bool {
    LOCAL.with(|local| {
        let packed = local.packed().with(bytes);
        local.set(packed);
        !packed.is_full()
    })
}

/// Brings what the calling thread has counted to where it stays: its word is full, or it is not listed.
pub(super) fn settle() {
    LOCAL.with(|local| {
        if local.state.get() == State::Listed {
            // Before the word changes: a reader finds what was counted in one place or the other.
            let _list = lock();
            local.emptied.add(local.packed().counts());
            local.set(Packed::EMPTY);
            return;
        }
        let packed = local.packed();
        // What allocates below comes here again, and finds that nothing is left to do.
        local.set(Packed::CLOSED);
        ENDED.add(packed.counts_since_closed());
        list(local);
    });
}

/// The counts of the calling thread; of all that share theirs, on its way out.
pub(super) fn of_this_thread() -> Counts {
    LOCAL.with(|local| {
        list(local);
        match local.state.get() {
            State::Listed => local.counts(),
            State::New | State::Unlisted => ENDED.counts(),
        }
    })
}

/// The counts of all threads, those that ended included.
pub(super) fn sum() -> Counts {
    let list = lock();
    let mut sum = ENDED.counts();
    let mut at = list.0;
    // SAFETY: under the lock what is listed is there, and nobody changes the links. Of another thread's storage only
    // its counters are looked at, which are atomic, and its links, which only the lock's holder writes.
    while let Some(local) = unsafe { at.as_ref() } {
        sum = sum + local.counts();
        // SAFETY: as above.
        at = unsafe { (*local.links.get()).after };
    }
    sum
}

/// Lists the calling thread, if it is new.
fn list(local: &Local) {
    if local.state.get() != State::New {
        return;
    }
    // Registering the destructor may itself allocate, and comes here again.
    local.state.set(State::Unlisted);
    if OWNER.try_with(|_| ()).is_err() {
        return; // past its destructors: nobody would take it off the list
    }
    let mut list = lock();
    // SAFETY: under the lock nobody else looks at the links, and the first of the list is there.
    unsafe {
        (*local.links.get()).after = list.0;
        if let Some(first) = list.0.as_ref() {
            (*first.links.get()).before = local;
        }
    }
    list.0 = local;
    local.set(Packed::EMPTY);
    local.state.set(State::Listed);
}

/// Takes the calling thread off the list; what it counted stays in the sum.
fn unlist(local: &Local) {
    if local.state.replace(State::Unlisted) != State::Listed {
        return;
    }
    let mut list = lock();
    ENDED.add(local.counts());
    local.set(Packed::CLOSED);
    // SAFETY: under the lock nobody else looks at the links, and the neighbours are there.
    unsafe {
        let Links { before, after } = ptr::read(local.links.get());
        match before.as_ref() {
            Some(before) => (*before.links.get()).after = after,
            None => list.0 = after,
        }
        if let Some(after) = after.as_ref() {
            (*after.links.get()).before = before;
        }
    }
}

fn lock() -> MutexGuard<'static, Head> {
    LIST.lock().unwrap_or_else(PoisonError::into_inner)
}
