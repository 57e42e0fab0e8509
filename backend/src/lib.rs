//! The heapgym backend: server, runner and the two measured children, in one program.
//!
//! A run is a fresh *target* process, which serves one workload's handler, and a fresh *load* process,
//! which drives it over loopback. The [`runner`] supervises both and joins their readings; the
//! [`web`] server queues runs and streams them to browsers; the [`command`]s are what a terminal sees.
//! Inside this crate `target` and `load` know nothing of `web` or `store`.

use heapgym_probe::{CountingAllocator, Jemalloc};

pub mod bench;
pub mod child;
pub mod command;
pub mod comparison;
pub mod descriptors;
pub mod dispatch;
pub mod downstream;
pub mod export;
pub mod file_size;
pub mod gate;
pub mod json;
pub mod limits;
pub mod load;
mod owned;
pub mod profile;
pub mod runner;
pub mod scratch;
pub mod server;
pub mod statistics;
pub mod store;
pub mod target;
pub mod threads;
pub mod web;

/// What a program of this crate allocates with: jemalloc, and the counting around it.
///
/// Each program sets it for itself. Only in a program's own crate does the compiler know where a thread's counters are;
/// in a library it asks as if by a call, at every allocation.
pub type Allocator = CountingAllocator<Jemalloc>;

/// The value to set.
pub const ALLOCATOR: Allocator = Allocator::new(Jemalloc);

#[cfg(test)]
#[global_allocator]
static OF_TESTS: Allocator = ALLOCATOR;
