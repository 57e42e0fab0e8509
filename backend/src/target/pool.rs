//! A bounded pool of byte buffers that come back by themselves.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use crossbeam_queue::ArrayQueue;

/// Buffers that wait to be used again. Cheap to clone; clones share the buffers.
#[derive(Debug, Clone)]
pub struct Pool {
    idle: Arc<ArrayQueue<Vec<u8>>>,
}

impl Pool {
    /// A pool that keeps at most `capacity` idle buffers; what comes back beyond that is freed.
    pub fn new(capacity: usize) -> Self {
        Self { idle: Arc::new(ArrayQueue::new(capacity)) }
    }

    /// An empty buffer, with whatever capacity it had before. Never waits: without an idle buffer it
    /// is a new one.
    pub fn take(&self) -> PooledBuffer {
        PooledBuffer { buffer: self.idle.pop().unwrap_or_default(), pool: self.clone() }
    }
}

/// A buffer that goes back to its pool when it is dropped, wherever that happens.
#[derive(Debug)]
pub struct PooledBuffer {
    buffer: Vec<u8>,
    pool: Pool,
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        // A full pool refuses it, and it is freed here.
        let _ = self.pool.idle.push(buffer);
    }
}

impl Deref for PooledBuffer {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.buffer
    }
}

impl DerefMut for PooledBuffer {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }
}

/// So that a reply body can own it: the buffer comes back once the socket has written it.
impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_buffer_comes_back_empty_and_as_large_as_it_was() {
        let pool = Pool::new(2);
        let mut buffer = pool.take();
        buffer.extend_from_slice(&[1; 1000]);
        drop(buffer);
        let again = pool.take();
        assert!(again.is_empty() && again.capacity() >= 1000);
    }

    #[test]
    fn a_reply_gives_its_buffer_back_when_the_last_part_is_written() {
        let pool = Pool::new(2);
        let mut buffer = pool.take();
        buffer.extend_from_slice(b"reply");
        let body = Bytes::from_owner(buffer);
        let rest = body.slice(2..);
        drop(body);
        assert!(pool.idle.is_empty());
        drop(rest);
        assert_eq!(pool.idle.len(), 1);
    }

    #[test]
    fn a_full_pool_frees_what_comes_back() {
        let pool = Pool::new(1);
        drop([pool.take(), pool.take(), pool.take()]);
        assert_eq!(pool.idle.len(), 1);
    }
}
