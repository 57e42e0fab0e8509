//! A write beyond the limit on file sizes (`ulimit -f`) fails like one to a full disk.

use nix::sys::signal::{SigSet, Signal};

/// Blocks the signal that would end this process instead. Call it before any other thread is started, since threads
/// inherit it.
pub fn report_limit_as_error() {
    // Blocking a signal that exists does not fail.
    let _ = SigSet::from(Signal::SIGXFSZ).thread_block();
}
