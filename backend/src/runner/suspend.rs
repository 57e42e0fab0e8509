//! Suspends this process together with its children, as Ctrl-Z asks.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use nix::{
    sys::signal::{Signal, kill, raise},
    unistd::Pid,
};

/// The children that run now. They are in process groups of their own, so a terminal's Ctrl-Z does not reach them.
static CHILDREN: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// A child that is suspended with this process, until it is dropped. Drop it before the child is reaped: its id may
/// then be another's.
#[derive(Debug)]
pub(super) struct Suspended(i32);

impl Suspended {
    /// Of the child with this id.
    pub(super) fn with_parent(pid: u32) -> Self {
        let pid = pid as i32;
        children(|children| children.insert(pid));
        Self(pid)
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        children(|children| children.remove(&self.0));
    }
}

/// Suspends all children, then this process. Returns when somebody continues this process, with the children continued.
///
/// The children go first, so that no target grows while its memory limit is not watched.
pub(crate) fn suspend() {
    let send = |signal| {
        let pids = children(|children| children.clone());
        for pid in pids {
            let _ = kill(Pid::from_raw(pid), signal); // it may have ended
        }
    };
    send(Signal::SIGSTOP);
    let _ = raise(Signal::SIGSTOP);
    send(Signal::SIGCONT);
}

fn children<T>(change: impl FnOnce(&mut BTreeSet<i32>) -> T) -> T {
    change(&mut CHILDREN.lock().unwrap_or_else(PoisonError::into_inner))
}
