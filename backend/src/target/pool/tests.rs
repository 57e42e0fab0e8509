//! What holds of every kind of pool, and what each is there for.

use bytes::Bytes;

use super::*;

const KINDS: [PoolKind; 5] =
    [PoolKind::Bounded, PoolKind::TwoGeneration, PoolKind::ThreadLocal, PoolKind::Opool, PoolKind::None];

fn pools(kind: PoolKind, capacity: u32) -> (Pools, Pool) {
    let pools = Pools::new(PoolOptions { kind, capacity, ..PoolOptions::default() });
    let pool = pools.pool();
    (pools, pool)
}

fn used(pool: &Pool, bytes: usize) -> PooledBuffer {
    let mut buffer = pool.take();
    buffer.resize(bytes, 1);
    buffer
}

#[test]
fn a_buffer_comes_back_empty_and_as_large_as_it_was() {
    for kind in KINDS {
        let (pools, pool) = pools(kind, 2);
        drop(used(&pool, 5000));
        let again = pool.take();
        assert!(again.is_empty());
        let keeps = kind != PoolKind::None;
        assert_eq!(again.capacity() >= 5000, keeps, "{kind:?}");
        let reading = pools.reading();
        let expect = if keeps { (1, 1, 0) } else { (0, 2, 1) };
        assert_eq!((reading.hits, reading.misses, reading.drops), expect, "{kind:?}");
    }
}

#[test]
fn the_books_say_what_waits() {
    for kind in [PoolKind::Bounded, PoolKind::TwoGeneration, PoolKind::Opool] {
        let (pools, pool) = pools(kind, 4);
        let buffers: Vec<_> = [1024, 1024, 4096].into_iter().map(|bytes| used(&pool, bytes)).collect();
        assert_eq!((pools.reading().idle, pools.reading().retained_bytes), (0, 0), "{kind:?}");
        drop(buffers);
        let reading = pools.reading();
        assert_eq!((reading.idle, reading.retained_bytes), (3, 2 * 1024 + 4096), "{kind:?}");
        assert_eq!((reading.capacities[1], reading.capacities[3]), (2, 1), "{kind:?}");
    }
}

#[test]
fn a_full_pool_frees_what_comes_back() {
    for (kind, room) in [
        (PoolKind::Bounded, 1),
        (PoolKind::Opool, 1),
        (PoolKind::ThreadLocal, 1),
        (PoolKind::TwoGeneration, 2),
    ] {
        let (pools, pool) = pools(kind, 1);
        drop([used(&pool, 100), used(&pool, 100), used(&pool, 100)]);
        let reading = pools.reading();
        assert_eq!((reading.idle, reading.drops), (room, 3 - room), "{kind:?}");
        assert_eq!(reading.retained_bytes, room * 100, "{kind:?}");
    }
}

#[test]
fn a_size_cap_keeps_a_pool_from_being_poisoned() {
    for kind in KINDS {
        let options = PoolOptions { kind, max_buffer_bytes: Some(4096), ..PoolOptions::default() };
        let pools = Pools::new(options);
        let pool = pools.pool();
        drop(used(&pool, 4096));
        drop(used(&pool, 1 << 20));
        assert!(pools.reading().retained_bytes <= 4096, "{kind:?}");
        assert!(pools.reading().drops >= 1, "{kind:?}");
    }
}

#[test]
fn a_reply_gives_its_buffer_back_when_the_last_part_is_written() {
    for kind in [PoolKind::Bounded, PoolKind::Opool] {
        let (pools, pool) = pools(kind, 2);
        let mut buffer = pool.take();
        buffer.extend_from_slice(b"reply");
        let body = Bytes::from_owner(buffer);
        let rest = body.slice(2..);
        drop(body);
        assert_eq!(pools.reading().idle, 0);
        drop(rest);
        assert_eq!(pools.reading().idle, 1);
    }
}

/// What a reply's buffer meets: it is filled on one thread, and written and dropped on another.
#[test]
fn a_thread_local_pool_never_sees_again_what_another_thread_drops() {
    let (pools, pool) = pools(PoolKind::ThreadLocal, 8);
    for _ in 0..5 {
        let buffer = used(&pool, 100);
        std::thread::spawn(move || drop(buffer)).join().unwrap();
    }
    assert_eq!((pools.reading().hits, pools.reading().misses), (0, 5));
}

#[test]
fn the_books_balance_however_many_threads_write_them() {
    for kind in KINDS {
        let (pools, pool) = pools(kind, 8);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let pool = &pool;
                scope
                    .spawn(move || (0..1000).for_each(|turn| drop(used(pool, 100 + (thread * turn) % 5000))));
            }
        });
        let reading = pools.reading();
        assert_eq!(reading.hits + reading.misses, 4000, "{kind:?}");
        assert_eq!(reading.idle, u64::from(reading.capacities.iter().sum::<u32>()), "{kind:?}");
        assert_eq!(
            reading.misses,
            reading.drops + reading.idle,
            "each that was made waits or is freed: {kind:?}"
        );
    }
}

#[test]
fn a_pool_that_is_emptied_frees_what_waits_and_keeps_its_books() {
    for kind in KINDS {
        let (pools, pool) = pools(kind, 8);
        let (in_use, other) = (used(&pool, 700), pools.pool());
        drop([used(&pool, 1000), used(&pool, 1000), used(&other, 3000)]);
        let before = pools.reading();
        assert_eq!(pools.empty(), before.retained_bytes, "{kind:?}");
        let after = pools.reading();
        assert_eq!((after.idle, after.retained_bytes), (0, 0), "{kind:?}");
        assert_eq!((after.hits, after.misses), (before.hits, before.misses), "nobody wanted them: {kind:?}");
        drop(in_use);
        let last = pools.reading();
        assert_eq!(last.misses, last.drops + last.idle, "{kind:?}");
    }
}

/// Idle buffers of threads that are gone, or have other work, are freed too.
#[test]
fn buffers_of_other_threads_are_freed() {
    for kind in [PoolKind::ThreadLocal, PoolKind::TwoGeneration] {
        let (pools, pool) = pools(kind, 8);
        std::thread::scope(|scope| {
            (0..3).for_each(|_| drop(scope.spawn(|| drop(used(&pool, 500)))));
        });
        assert!(pools.reading().idle > 0, "{kind:?}");
        pools.empty();
        assert_eq!(pools.reading().idle, 0, "{kind:?}");
    }
}

#[test]
fn pools_that_are_limited_keep_no_more_from_then_on() {
    for kind in KINDS {
        let (pools, pool) = pools(kind, 8);
        drop([used(&pool, 1000), used(&pool, 1000), used(&pool, 1000)]);
        pools.limit(1);
        assert!(pools.reading().idle <= 1, "{kind:?}");
        drop([used(&pool, 1000), used(&pool, 1000), used(&pool, 1000)]);
        let last = pools.reading();
        assert!(last.idle <= 1, "{kind:?}: {last:?}");
        assert_eq!(last.misses, last.drops + last.idle, "{kind:?}");
    }
}
