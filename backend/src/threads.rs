//! A multi-threaded runtime, or an error where the limit on processes (`ulimit -u`) leaves no room for its threads.

use std::{io, sync::Mutex, thread};

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

/// Why a thread cannot be started.
pub const NO_THREAD: &str = "cannot start a thread; the limit on processes (ulimit -u) may be too low";

/// Builds the runtime that `builder` describes, with `workers` threads.
///
/// # Errors
/// When the system refuses to start that many threads; tokio itself would panic.
pub fn runtime(workers: usize, builder: &mut Builder) -> anyhow::Result<Runtime> {
    check(workers).context(NO_THREAD)?;
    Ok(builder.worker_threads(workers).enable_all().build()?)
}

/// Starts `count` threads at once, and ends them.
fn check(count: usize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let _closed = gate.lock();
        (0..count)
            .try_for_each(|_| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock())).map(drop))
    })
}
