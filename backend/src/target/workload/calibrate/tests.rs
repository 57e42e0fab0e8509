//! The answers are the known ones, read back by the allocator that counts.

use std::time::{Duration, Instant};

use heapgym_probe::counting::{self, Counts};

use super::*;

/// Rejects nothing.
fn none() -> Arc<Rejections> {
    Arc::new(Rejections::new(0))
}

/// What one call allocates on this thread. The runtime is this thread's own, so nothing else counts here.
async fn cost(parameters: Calibrate) -> Counts {
    let rejections = none();
    let before = counting::of_this_thread();
    let response = exact::handle(parameters, None, rejections).await;
    drop(response);
    let after = counting::of_this_thread();
    Counts { allocations: after.allocations - before.allocations, bytes: after.bytes - before.bytes }
}

#[tokio::test]
async fn bytes_and_allocations_are_exact() {
    let zero = cost(Calibrate::default()).await;
    for (bytes, allocations, leak_bytes) in [
        (1, 1, 0),
        (100_000, 10, 0),
        (1_000_003, 7, 0),
        (5, 5, 0),
        (16 << 20, 1, 0),
        (0, 0, 1),
        (999, 3, 4096),
    ] {
        let found = cost(Calibrate { bytes, allocations, leak_bytes, ..Calibrate::default() }).await;
        assert_eq!(found.bytes - zero.bytes, bytes + leak_bytes);
        assert_eq!(found.allocations - zero.allocations, allocations + u64::from(leak_bytes > 0));
    }
}

#[tokio::test]
async fn the_reply_of_the_smallest_handler_allocates_nothing() {
    assert_eq!(cost(Calibrate::default()).await, Counts::default());
}

#[tokio::test]
async fn a_delay_is_never_short_and_waits_overlap() {
    let alarm = Arc::new(Alarm::start().unwrap());
    let began = Instant::now();
    let waits = (0..200).rev().map(|ms| {
        let alarm = Arc::clone(&alarm);
        tokio::spawn(async move {
            let began = Instant::now();
            alarm.wait(Duration::from_millis(ms)).await;
            assert!(began.elapsed() >= Duration::from_millis(ms));
        })
    });
    for wait in waits.collect::<Vec<_>>() {
        wait.await.unwrap();
    }
    let one_after_the_other = Duration::from_millis((0..200).sum());
    assert!(began.elapsed() < one_after_the_other, "they wait at the same time");
}

#[tokio::test]
async fn a_delay_is_late_by_less_than_a_millisecond() {
    let alarm = Arc::new(Alarm::start().unwrap());
    let mut late = Vec::new();
    for _ in 0..51 {
        let began = Instant::now();
        let parameters = Calibrate { delay_ms: 3, ..Calibrate::default() };
        exact::handle(parameters, Some(Arc::clone(&alarm)), none()).await;
        late.push(began.elapsed() - Duration::from_millis(3));
    }
    // The quietest of them: what else the machine does may hold up the others.
    assert!(late.iter().min() < Some(&Duration::from_millis(1)), "{late:?}");
}
