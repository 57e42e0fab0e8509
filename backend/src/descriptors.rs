//! How many files and sockets this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The most connections of a run, with files and pipes beside them; macOS grants no more.
const WANTED: u64 = 10_240;

/// Raises this process's limit as far as it wants and the system allows: the usual 1024 is fewer than
/// a run may have connections. What is refused shows as requests that fail to connect.
pub fn raise_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(WANTED)), hard);
    }
}
