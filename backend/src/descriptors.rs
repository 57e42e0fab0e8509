//! How many files and sockets this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// The most connections of a run, with files and pipes beside them; macOS grants no more.
const WANTED: u64 = 10_240;
/// Files of heapgym itself: standard streams, pipes to the children, the database and results.
const OTHER_FILES: u64 = 24;
/// Files of one load thread: its poll, its waker and its timer.
const FILES_PER_THREAD: u64 = 3;

/// Raises this process's limit as far as heapgym wants and the system allows: the usual 1024 is fewer than
/// a run may have connections.
pub fn raise_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) {
        let _ = setrlimit(Resource::RLIMIT_NOFILE, soft.max(hard.min(WANTED)), hard);
    }
}

/// A warning when the limit does not allow this many connections of this many load threads, with what to do.
pub fn shortage(connections: u64, threads: u64) -> Option<String> {
    let (limit, _) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    shortage_under(limit, connections, threads)
}

fn shortage_under(limit: u64, connections: u64, threads: u64) -> Option<String> {
    let wanted = connections + threads * FILES_PER_THREAD + OTHER_FILES;
    (wanted > limit).then(|| {
        format!(
            "{connections} connections need about {wanted} file descriptors, and heapgym may have {limit}: requests \
             without one are counted as `no_file_descriptor`. Raise the limit with `ulimit -n {wanted}`, or use fewer \
             connections."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_too_low_is_named_with_what_would_do() {
        assert_eq!(shortage_under(1_024, 200, 2), None);
        let warning = shortage_under(30, 200, 2).unwrap();
        assert!(warning.contains("200 connections") && warning.contains("`ulimit -n 230`"), "{warning}");
        let needed = 200 + 2 * FILES_PER_THREAD + OTHER_FILES;
        assert!(shortage_under(needed, 200, 2).is_none() && shortage_under(needed - 1, 200, 2).is_some());
    }
}
