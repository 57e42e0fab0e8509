//! The counters of each thread, and the list by which readers find them.
//!
//! They stand in the thread's own storage, so that to count is one test and two additions on one cache line. A thread
//! lists its counters at its first allocation; at its end it adds them to those of the threads that ended, and takes
//! them off the list. Both happen under a lock that a reader holds too: what it reads is there while it reads.

use std::{
    cell::{Cell, UnsafeCell},
    ptr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Counts;

/// One thread's counters, on one cache line with what tells whether they are listed.
#[repr(align(64))]
struct Local {
    counters: Counters,
    state: Cell<State>,
    /// Its neighbours in the list, under the lock of [`LIST`].
    links: UnsafeCell<Links>,
}

/// What only its owner writes, and any reader reads.
#[derive(Debug)]
struct Counters {
    allocations: AtomicU64,
    bytes: AtomicU64,
}

/// Where a thread stands.
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
            counters: Counters::new(),
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

    /// By their owner, who alone writes to them: a load and a store cost a fifth of a locked addition.
    #[inline]
    fn count(&self, bytes: usize) {
        self.allocations.store(self.allocations.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        self.bytes.store(self.bytes.load(Ordering::Relaxed) + bytes as u64, Ordering::Relaxed);
    }

    /// By anybody.
    fn add(&self, counts: Counts) {
        self.allocations.fetch_add(counts.allocations, Ordering::Relaxed);
        self.bytes.fetch_add(counts.bytes, Ordering::Relaxed);
    }
}

/// Counts an allocation of the calling thread, if it is listed; tells whether it is. It stands before every allocation.
#[inline]
pub(super) fn count(bytes: usize) -> bool {
    LOCAL.with(|local| {
        let is_listed = local.state.get() == State::Listed;
        if is_listed {
            local.counters.count(bytes);
        }
        is_listed
    })
}

/// Counts an allocation of a thread that is not listed: not yet, or on its way out.
pub(super) fn count_unlisted(bytes: usize) {
    list();
    if !count(bytes) {
        ENDED.add(Counts { allocations: 1, bytes: bytes as u64 });
    }
}

/// The counts of the calling thread; of all that share theirs, on its way out.
pub(super) fn of_this_thread() -> Counts {
    list();
    LOCAL.with(|local| match local.state.get() {
        State::Listed => local.counters.counts(),
        State::New | State::Unlisted => ENDED.counts(),
    })
}

/// The counts of all threads, those that ended included.
pub(super) fn sum() -> Counts {
    let list = lock();
    let mut sum = ENDED.counts();
    let mut at = list.0;
    // SAFETY: under the lock what is listed is there, and nobody changes the links. Of another thread's storage only its
    // counters are looked at, which are atomic, and its links, which only the lock's holder writes.
    while let Some(local) = unsafe { at.as_ref() } {
        let counts = local.counters.counts();
        sum.allocations += counts.allocations;
        sum.bytes += counts.bytes;
        // SAFETY: as above.
        at = unsafe { (*local.links.get()).after };
    }
    sum
}

/// Lists the calling thread, if it is new.
fn list() {
    LOCAL.with(|local| {
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
        drop(list);
        local.state.set(State::Listed);
    });
}

/// Takes the calling thread off the list; what it counted stays in the sum.
fn unlist(local: &Local) {
    if local.state.replace(State::Unlisted) != State::Listed {
        return;
    }
    let mut list = lock();
    ENDED.add(local.counters.counts());
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
