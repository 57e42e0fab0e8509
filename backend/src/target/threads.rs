//! The async runtime of a target, whose threads have names that tell them apart in a heap profile.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use tokio::runtime::{Builder, Runtime};

use crate::threads;

/// A runtime with so many workers, called `worker`; threads for work that blocks are called `blocking`.
///
/// # Errors
/// When the system refuses it.
pub fn runtime(workers: usize) -> anyhow::Result<Runtime> {
    // The runtime starts its workers, one after the other, before there is anything that could block.
    let started = AtomicUsize::new(0);
    let name = move || match started.fetch_add(1, Ordering::Relaxed) {
        index if index < workers => "worker".to_owned(),
        _ => "blocking".to_owned(),
    };
    let runtime = threads::runtime(workers, Builder::new_multi_thread().thread_name_fn(name))?;
    // Workers are work that a pool's threads take up like any other: until each has been taken up, a thread called
    // `worker` could take what blocks in its place. A worker without anything to do parks: it has been taken up then.
    // Nobody tells of it, and a task that waits for the others would wait for ever where one worker has taken two.
    let metrics = runtime.metrics();
    while (0..workers).any(|worker| metrics.worker_park_count(worker) == 0) {
        thread::yield_now();
    }
    Ok(runtime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_and_threads_that_block_are_told_apart() {
        let name = || thread::current().name().map(str::to_owned);
        // Many times: the threads of a runtime that has just begun may be in any order.
        for _ in 0..200 {
            let runtime = runtime(2).unwrap();
            let (worker, blocking) = runtime.block_on(async {
                (tokio::spawn(async move { name() }).await, tokio::task::spawn_blocking(name).await)
            });
            assert_eq!(
                (worker.unwrap().unwrap().as_str(), blocking.unwrap().unwrap().as_str()),
                ("worker", "blocking")
            );
        }
    }
}
