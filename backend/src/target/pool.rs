//! Pools of byte buffers that come back by themselves, and what they tell of themselves.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use heapgym_shared::pool::{PoolKind, PoolOptions, PoolReading};

use self::{
    bounded::Bounded, none::Nowhere, opool::Opool, statistics::Statistics, thread_local::ThreadLocal,
    two_generation::TwoGeneration,
};

mod bounded;
mod none;
mod opool;
mod statistics;
mod thread_local;
mod two_generation;

/// The pools of a target: each of the same kind, all in one reading.
#[derive(Debug, Clone, Default)]
pub struct Pools {
    options: PoolOptions,
    statistics: Arc<Statistics>,
    /// All that were made, for [`Pools::empty`].
    made: Arc<Mutex<Vec<Pool>>>,
}

impl Pools {
    /// Pools of this kind, of which there are none yet.
    pub fn new(options: PoolOptions) -> Self {
        Self { options, ..Self::default() }
    }

    /// A new pool, empty.
    pub fn pool(&self) -> Pool {
        let pool = self.make();
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(pool.clone());
        pool
    }

    fn make(&self) -> Pool {
        let (statistics, options) = (Arc::clone(&self.statistics), &self.options);
        let (capacity, max_buffer_bytes) = (self.capacity(), self.max_buffer_bytes());
        let shelf: Arc<dyn Shelf> = match options.kind {
            PoolKind::Bounded => Arc::new(Bounded::new(capacity)),
            PoolKind::TwoGeneration => TwoGeneration::start(options, &statistics),
            PoolKind::ThreadLocal => Arc::new(ThreadLocal::default()),
            PoolKind::None => Arc::new(Nowhere),
            PoolKind::Opool => {
                return Pool::Library(Opool::new(capacity, max_buffer_bytes, statistics));
            }
        };
        Pool::Shelf(Arc::new(Keeper { shelf, statistics, max_buffer_bytes }))
    }

    /// Most idle buffers of each.
    pub fn capacity(&self) -> usize {
        self.options.capacity as usize
    }

    /// Largest buffer that is taken back.
    pub fn max_buffer_bytes(&self) -> usize {
        self.options.max_buffer_bytes.map_or(usize::MAX, |bytes| bytes as usize)
    }

    /// Frees the buffers that wait in all of them, and gives their bytes. Buffers in use come back as ever.
    pub fn empty(&self) -> u64 {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.iter().map(Pool::empty).sum::<usize>() as u64
    }

    /// Has all of them together keep at most so many idle buffers from now on, and frees what is more.
    pub fn limit(&self, idle: u64) {
        self.statistics.limit(idle);
        if self.statistics.reading().idle > idle {
            self.empty();
        }
    }

    /// What all of them tell together. Allocates nothing.
    pub fn reading(&self) -> PoolReading {
        self.statistics.reading()
    }
}

/// A thread's own buffer, if it has one: a lock that nobody else wants, but who rotates or empties the pool.
type Slot = Mutex<Option<Vec<u8>>>;

/// A panic elsewhere leaves the slot whole.
fn lock(slot: &Slot) -> MutexGuard<'_, Option<Vec<u8>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where idle buffers wait. It counts nothing; a buffer that it refuses, it gives back.
trait Shelf: fmt::Debug + Send + Sync {
    /// A buffer that waits, if there is one.
    fn take(&self) -> Option<Vec<u8>>;
    /// Has a buffer wait, or refuses it.
    fn give(&self, buffer: Vec<u8>) -> Result<(), Vec<u8>>;
    /// A buffer that waits, wherever it does, if there is one left.
    fn take_any(&self) -> Option<Vec<u8>> {
        self.take()
    }
}

/// A pool. Cheap to clone; clones share the buffers.
#[derive(Debug, Clone)]
pub enum Pool {
    /// Buffers on a shelf of heapgym's own.
    Shelf(Arc<Keeper>),
    /// Buffers in the pool of a library, which has guards of its own.
    Library(Opool),
}

/// A shelf with its rules and its books.
#[derive(Debug)]
pub struct Keeper {
    shelf: Arc<dyn Shelf>,
    statistics: Arc<Statistics>,
    max_buffer_bytes: usize,
}

impl Pool {
    /// An empty buffer, with whatever capacity it had before. Never waits: without an idle buffer it
    /// is a new one.
    pub fn take(&self) -> PooledBuffer {
        match self {
            Self::Shelf(keeper) => PooledBuffer::Shelf { buffer: keeper.take(), keeper: Arc::clone(keeper) },
            Self::Library(pool) => PooledBuffer::Library(pool.take()),
        }
    }

    /// Frees the buffers that wait, and gives their bytes.
    fn empty(&self) -> usize {
        match self {
            Self::Shelf(keeper) => keeper.empty(),
            Self::Library(pool) => pool.empty(),
        }
    }
}

impl Keeper {
    /// What comes back meanwhile may be freed too, but not for ever: at most as many as there could be now.
    fn empty(&self) -> usize {
        let waiting = self.statistics.reading().idle as usize;
        let free = |buffer: Vec<u8>| {
            self.statistics.gone(buffer.capacity());
            buffer.capacity()
        };
        std::iter::from_fn(|| self.shelf.take_any()).take(waiting).map(free).sum()
    }

    fn take(&self) -> Vec<u8> {
        let Some(buffer) = self.shelf.take() else {
            self.statistics.missed();
            return Vec::new();
        };
        self.statistics.hit(buffer.capacity());
        buffer
    }

    fn give(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        let capacity = buffer.capacity();
        if capacity > self.max_buffer_bytes || self.statistics.is_full() {
            return self.statistics.dropped();
        }
        // Counted first: who takes it a moment later counts it out again.
        self.statistics.waits(capacity);
        // What is refused need not be what was given: a shelf may keep the newer of two.
        if let Err(refused) = self.shelf.give(buffer) {
            self.statistics.gone(refused.capacity());
        }
    }
}

/// A buffer that goes back to its pool when it is dropped, wherever that happens.
#[derive(Debug)]
pub enum PooledBuffer {
    /// To a shelf of heapgym's own.
    Shelf {
        /// The buffer.
        buffer: Vec<u8>,
        /// Where it goes.
        keeper: Arc<Keeper>,
    },
    /// To the pool of a library.
    Library(opool::Guard),
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        match self {
            Self::Shelf { buffer, keeper } => keeper.give(std::mem::take(buffer)),
            Self::Library(_) => {} // its guard does it
        }
    }
}

impl Deref for PooledBuffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        match self {
            Self::Shelf { buffer, .. } => buffer,
            Self::Library(guard) => guard.buffer(),
        }
    }
}

impl DerefMut for PooledBuffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Shelf { buffer, .. } => buffer,
            Self::Library(guard) => guard.buffer_mut(),
        }
    }
}

/// So that a reply body can own it: the buffer comes back once the socket has written it.
impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

#[cfg(test)]
mod tests;
