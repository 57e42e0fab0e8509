//! The async runtime of a target, whose threads have names that tell them apart in a heap profile.

use std::{
    io,
    sync::atomic::{AtomicUsize, Ordering},
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
    Builder::new_multi_thread().worker_threads(workers).thread_name_fn(name).enable_all().build()
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn workers_and_threads_that_block_are_told_apart() {
        let name = || thread::current().name().map(str::to_owned);
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
