//! Looking at processes from outside, through `/proc`.

use std::{
    fs,
    time::{Duration, Instant},
};

use heapgym::child::{DOWNSTREAM_CHILD, LOAD_CHILD, TARGET_CHILD};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// One of the children of a run.
#[derive(Clone, Copy, PartialEq)]
pub enum Role {
    Target,
    Load,
    Downstream,
}

/// The children of process `parent`: process ids and roles.
pub fn children_of(parent: u32) -> Vec<(i32, Role)> {
    all().filter(|pid| parent_of(*pid) == Some(parent)).filter_map(|pid| Some((pid, role_of(pid)?))).collect()
}

/// The ids of all children of process `parent`.
pub fn children(parent: u32) -> Vec<i32> {
    all().filter(|pid| parent_of(*pid) == Some(parent)).collect()
}

/// The ids of all processes in a process group.
pub fn group(id: i32) -> Vec<i32> {
    let group_of = |pid: i32| -> Option<i32> {
        // Behind the name: state, parent, group.
        fs::read_to_string(format!("/proc/{pid}/stat"))
            .ok()?
            .rsplit(')')
            .next()?
            .split_whitespace()
            .nth(2)?
            .parse()
            .ok()
    };
    all().filter(|pid| group_of(*pid) == Some(id)).collect()
}

/// The ids of all processes.
fn all() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The child of `parent` in this role.
pub fn child_of(parent: u32, role: Role) -> i32 {
    let children = children_of(parent);
    let found = children.iter().find(|(_, other)| *other == role);
    found.unwrap_or_else(|| panic!("no such child of {parent}")).0
}

/// Kills a process at once, as `kill -9` does.
pub fn kill_at_once(pid: i32) {
    kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
}

/// Whether a process runs. A zombie does not: it waits for its parent to look.
pub fn is_alive(pid: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The state follows the name, which is in parentheses and may hold anything.
    stat.rsplit(')').next().and_then(|rest| rest.trim().chars().next()).is_some_and(|state| state != 'Z')
}

/// Waits until none of `pids` runs; tells whether that was so within `limit`.
pub async fn all_gone(pids: &[i32], limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    while pids.iter().any(|&pid| is_alive(pid)) {
        if Instant::now() > deadline {
            return false;
        }
        // The system has no event for the end of a process that is not one's own child.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    true
}

fn parent_of(pid: i32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

fn role_of(pid: i32) -> Option<Role> {
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let line = String::from_utf8_lossy(&line).into_owned();
    [(TARGET_CHILD, Role::Target), (LOAD_CHILD, Role::Load), (DOWNSTREAM_CHILD, Role::Downstream)]
        .into_iter()
        .find(|(name, _)| line.contains(name))
        .map(|(_, role)| role)
}
