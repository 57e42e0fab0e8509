//! Suspends this process together with its children, as Ctrl-Z asks.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
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
    /// Of the child with this id. Blocks while this process is being suspended. Call it before the child gets its order:
    /// until then the child does nothing.
    pub(super) fn with_parent(pid: u32) -> Self {
        let pid = pid as i32;
        children().insert(pid);
        Self(pid)
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        children().remove(&self.0);
    }
}

/// Suspends all children, then this process. Returns when somebody continues this process, with the children continued.
///
/// The children go first, so that no target grows while its memory limit is not watched.
pub(crate) fn suspend() {
    let children = children(); // locked to the end, so that no child begins or is reaped meanwhile
    let send = |signal| {
        for pid in children.iter() {
            let _ = kill(Pid::from_raw(*pid), signal); // it may have ended
        }
    };
    send(Signal::SIGSTOP);
    let _ = raise(Signal::SIGSTOP);
    send(Signal::SIGCONT);
}

fn children() -> MutexGuard<'static, BTreeSet<i32>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread, time::Duration};

    use super::*;

    #[test]
    fn a_child_that_begins_while_this_process_is_suspended_waits() {
        let suspending = children();
        let (began, begins) = mpsc::channel();
        let child = thread::spawn(move || {
            let _child = Suspended::with_parent(u32::MAX >> 1); // no process has this id
            began.send(()).unwrap();
        });
        assert!(begins.recv_timeout(Duration::from_millis(50)).is_err());
        drop(suspending);
        begins.recv().unwrap();
        child.join().unwrap();
        assert!(children().is_empty());
    }
}
