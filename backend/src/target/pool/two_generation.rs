//! `two_generation`: a leaky pool after Go's `sync.Pool`. What nobody wants for two rotations is freed.
//!
//! A thread's own buffer comes first, then a bounded queue, then the victims: what was idle at the last rotation. At
//! each rotation the victims are freed and all that is idle becomes the victims. Go rotates when it collects garbage
//! (its `sync/pool.go`); here a timer does.

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use crossbeam_queue::ArrayQueue;
use heapgym_shared::pool::PoolOptions;
use thread_local::ThreadLocal;

use super::{Shelf, Slot, lock, statistics::Statistics};

#[derive(Debug)]
pub(super) struct TwoGeneration {
    /// One buffer for each thread; a lock that nobody else wants but the rotation.
    slots: ThreadLocal<Slot>,
    idle: ArrayQueue<Vec<u8>>,
    victims: ArrayQueue<Vec<u8>>,
    statistics: Arc<Statistics>,
}

impl TwoGeneration {
    /// A pool with a thread that rotates it for as long as it is there.
    pub(super) fn start(options: &PoolOptions, statistics: &Arc<Statistics>) -> Arc<Self> {
        let capacity = options.capacity as usize;
        let pool = Arc::new(Self {
            slots: ThreadLocal::new(),
            idle: ArrayQueue::new(capacity),
            victims: ArrayQueue::new(capacity),
            statistics: Arc::clone(statistics),
        });
        let (weak, every) = (Arc::downgrade(&pool), Duration::from_millis(options.rotate_ms));
        // Without a thread nothing is freed: the pool is then a bounded one.
        if let Err(error) =
            thread::Builder::new().name("rotation".to_owned()).spawn(move || rotate(&weak, every))
        {
            tracing::warn!(%error, "a pool that nobody rotates");
        }
        pool
    }

    fn rotate(&self) {
        while let Some(victim) = self.victims.pop() {
            self.statistics.gone(victim.capacity());
        }
        let own = self.slots.iter().filter_map(|slot| lock(slot).take());
        // Not more than there are now: what comes back meanwhile is of the next generation.
        let queued = (0..self.idle.len()).map_while(|_| self.idle.pop());
        for buffer in own.chain(queued) {
            if let Err(refused) = self.victims.push(buffer) {
                self.statistics.gone(refused.capacity());
            }
        }
    }
}

fn rotate(pool: &Weak<TwoGeneration>, every: Duration) {
    loop {
        thread::sleep(every);
        let Some(pool) = pool.upgrade() else { return };
        pool.rotate();
    }
}

impl Shelf for TwoGeneration {
    fn take(&self) -> Option<Vec<u8>> {
        let own = self.slots.get().and_then(|slot| lock(slot).take());
        own.or_else(|| self.idle.pop()).or_else(|| self.victims.pop())
    }

    fn take_any(&self) -> Option<Vec<u8>> {
        let of_a_thread = || self.slots.iter().find_map(|slot| lock(slot).take());
        self.victims.pop().or_else(|| self.idle.pop()).or_else(of_a_thread)
    }

    fn give(&self, buffer: Vec<u8>) -> Result<(), Vec<u8>> {
        let mut own = lock(self.slots.get_or_default());
        match own.replace(buffer) {
            None => Ok(()),
            Some(earlier) => {
                drop(own);
                self.idle.push(earlier)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_wants_for_two_rotations_is_freed() {
        let statistics = Arc::<Statistics>::default();
        let options = PoolOptions { rotate_ms: 60_000, capacity: 8, ..PoolOptions::default() };
        let pool = TwoGeneration::start(&options, &statistics);
        for _ in 0..3 {
            statistics.waits(100);
            pool.give(Vec::with_capacity(100)).unwrap();
        }
        pool.rotate();
        assert_eq!(statistics.reading().idle, 3, "they are victims, and still there");
        statistics.hit(pool.take().unwrap().capacity());
        pool.rotate();
        let reading = statistics.reading();
        assert_eq!((reading.idle, reading.drops, reading.retained_bytes, reading.hits), (0, 2, 0, 1));
        assert!(pool.take().is_none());
    }
}
