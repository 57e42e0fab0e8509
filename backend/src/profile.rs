//! Heap profiles: jemalloc's dump read, given names outside the process it is of, and written as pprof reads it.

use std::sync::Arc;

use heapgym_shared::report::ProfileTaken;
use serde::{Deserialize, Serialize};

pub mod child;
pub mod dump;
mod elf;
pub mod flame;
mod frames;
mod names;
pub mod pprof;
mod summed;
pub mod symbolize;

pub use dump::{Dump, Values};

/// A heap profile with names, as complete as a dump makes it: with files, lines, addresses and threads.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeapProfile {
    /// Mean bytes between two samples.
    pub sample_bytes: u64,
    /// The files that code came from.
    pub mappings: Vec<Mapping>,
    /// Functions, each once.
    pub functions: Vec<Function>,
    /// Places in the code, each once.
    pub locations: Vec<Location>,
    /// Names of threads, each once.
    pub threads: Vec<String>,
    /// What allocated.
    pub stacks: Vec<HeapStack>,
}

/// A file that code was mapped from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Where in the file it begins.
    pub offset: u64,
    /// The file.
    pub path: String,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Function {
    /// Its name as a person reads it; an address in hexadecimal where nothing tells its name.
    pub name: String,
    /// Its name as the linker has it; empty where it is not known.
    pub linkage: String,
    /// The file that it stands in; empty where it is not known.
    pub file: String,
}

/// A place in the code: one address, and all functions that were inlined there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The address, within the call.
    pub address: u64,
    /// Index of its mapping; `None` where the dump names none.
    pub mapping: Option<u32>,
    /// The function that was inlined last comes first; never empty.
    pub lines: Vec<Line>,
}

/// A line of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Index of the function.
    pub function: u32,
    /// Its line; 0 where it is not known.
    pub line: u32,
}

/// What one thread allocated from one stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeapStack {
    /// Indices of locations, the one that allocates first.
    pub locations: Vec<u32>,
    /// Index of the thread's name; `None` for a thread without one.
    pub thread: Option<u32>,
    /// What it allocated.
    pub values: Values,
}

/// A heap profile that was taken of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// When and why.
    pub taken: ProfileTaken,
    /// What it shows.
    pub profile: HeapProfile,
}

/// The profiles of a run, in the order in which they were taken. They are large and never change.
pub type Profiles = Vec<Arc<Taken>>;

#[cfg(test)]
mod tests;
