//! jemalloc in this process: what it tells of itself, and what can be changed while it works.

use tikv_jemalloc_ctl::version;

use crate::Error;

mod knobs;
mod mib;
mod options;
mod reader;
mod size_classes;

pub use knobs::{Pages, cached_bytes, decay, purge, set_background_thread, set_decay};
pub(crate) use mib::Mib;
pub use options::options;
pub use reader::Reader;
pub use size_classes::size_classes;

/// Name and version of the allocator.
///
/// # Errors
/// When jemalloc is not there.
pub fn describe() -> Result<String, Error> {
    // "5.3.1-0-g81034ce...": the release, the commits since, and the commit.
    let full = version::read()?;
    Ok(format!("jemalloc {}", full.split('-').next().unwrap_or(full)))
}
