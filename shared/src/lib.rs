//! heapgym's words, shared by server, children, page and tests: domain, protocol, metrics, charts.
//!
//! Nothing here knows tokio, leptos or jemalloc, so the same types compile to the host and to
//! WebAssembly. Modules in reading order:

pub mod number;

pub mod unit;

pub mod quantity;

pub mod field;

pub mod tree;

pub mod workload;

pub mod pool;

pub mod soft_limit;

pub mod load;

pub mod adjust;

pub mod threshold;

pub mod spec;

pub mod preset;

pub mod link;

pub mod sample;

pub mod metric;

pub mod outcome;

pub mod events;

pub mod profile;

pub mod report;

pub mod buckets;
pub mod catalog;

pub mod protocol;

pub mod comparison;

pub mod history;

pub mod chart;

pub mod go_names;

pub use field::Rejection;
pub use outcome::Outcome;
pub use report::Report;
pub use sample::Sample;
pub use spec::RunSpec;
