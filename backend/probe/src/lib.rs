//! What a measured process carries: a counting allocator, jemalloc's readings, heap profiles, and a sampler.
//!
//! It stands alone: any service that uses jemalloc can carry it. Set [`CountingAllocator`] as the global
//! allocator, start a [`Sampler`], and send its readings wherever they are wanted.
//!
//! ```no_run
//! use std::time::Duration;
//! use heapgym_probe::{Delivery, Gauges, Jemalloc, Sampler, clock, counting::CountingAllocator};
//!
//! #[global_allocator]
//! static ALLOCATOR: CountingAllocator<Jemalloc> = CountingAllocator::new(Jemalloc);
//!
//! # fn main() -> Result<(), heapgym_probe::Error> {
//! let every = Duration::from_millis(100);
//! let sampler = Sampler::spawn(every, clock::monotonic_ns(), Vec::new(), Gauges::default, |tick, reading| {
//!     println!("{tick}: {} bytes resident", reading.rss_bytes);
//!     Delivery::Delivered
//! })?;
//! sampler.stop();
//! # Ok(())
//! # }
//! ```

mod aside;
pub mod clock;
pub mod counting;
pub mod jemalloc;
pub mod process;
pub mod profile;
pub mod sampler;
pub mod soft_limit;

pub use counting::CountingAllocator;
pub use sampler::{Delivery, Gauges, Readings, Sampler};
pub use soft_limit::SoftLimit;
pub use tikv_jemallocator::Jemalloc;

/// Why a probe could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// jemalloc is not this process's allocator, or lacks its statistics.
    #[error("jemalloc does not answer: {0}")]
    Jemalloc(#[from] tikv_jemalloc_ctl::Error),
    /// A name has more parts than any name of jemalloc's.
    #[error("no name of jemalloc's")]
    Name,
    /// The system refused a file or a thread.
    #[error("the system refused: {0}")]
    Io(#[from] std::io::Error),
}

/// Held by tests that take much memory or give it back: it is the whole process's.
#[cfg(test)]
fn alone_with_memory() -> std::sync::MutexGuard<'static, ()> {
    static MEMORY: std::sync::Mutex<()> = std::sync::Mutex::new(());
    // A test that failed leaves nothing behind that matters here.
    MEMORY.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
