//! The async runtime of a target, whose threads have names that tell them apart in a heap profile.

use std::{
    io,
    sync::{
        Arc, Barrier,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::runtime::{Builder, Runtime};

/// A runtime with so many workers, called `worker`; threads for work that blocks are called `blocking`.
///
/// # Errors
/// When the system refuses it.
pub fn runtime(workers: usize) -> io::Result<Runtime> {
    // The runtime starts its workers, one after the other, before there is anything that could block.
    let started = AtomicUsize::new(0);
    let name = move || match started.fetch_add(1, Ordering::Relaxed) {
        index if index < workers => "worker".to_owned(),
        _ => "blocking".to_owned(),
    };
    let runtime =
        Builder::new_multi_thread().worker_threads(workers).thread_name_fn(name).enable_all().build()?;
    // Workers are work that a pool's threads take up like any other: until each has been taken up, a thread called
    // `worker` could take what blocks in its place.
    let taken_up = Arc::new(Barrier::new(workers + 1));
    for _ in 0..workers {
        let taken_up = Arc::clone(&taken_up);
        runtime.spawn(async move { taken_up.wait() });
    }
    taken_up.wait();
    Ok(runtime)
}

#[cfg(test)]
mod tests {
    use std::thread;

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
