//! The heapgym backend: server, runner and the two measured children, in one program.
//!
//! A run is a fresh *target* process, which serves one workload's handler, and a fresh *load* process,
//! which drives it over loopback. The [`runner`] supervises both and joins their readings; the
//! [`web`] server queues runs and streams them to browsers; the [`command`]s are what a terminal sees.
//! Inside this crate `target` and `load` know nothing of `web` or `store`.

#[cfg(not(feature = "plain-allocator"))]
use heapgym_probe::CountingAllocator;
use heapgym_probe::Jemalloc;

pub mod bench;
pub mod child;
pub mod command;
pub mod descriptors;
pub mod dispatch;
pub mod downstream;
pub mod load;
pub mod profile;
pub mod runner;
pub mod server;
pub mod store;
pub mod target;
pub mod web;

/// In the library, so that every program that links it measures the same allocator.
#[cfg(not(feature = "plain-allocator"))]
#[global_allocator]
static ALLOCATOR: CountingAllocator<Jemalloc> = CountingAllocator::new(Jemalloc);

/// What the counting is compared with.
#[cfg(feature = "plain-allocator")]
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;
