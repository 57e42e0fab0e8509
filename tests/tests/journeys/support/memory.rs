//! The memory of a process as the kernel counts it.

use std::fs;

/// A mebibyte.
pub const MIB: u64 = 1 << 20;

/// Memory of a process, measured from now on.
pub struct Growth {
    pid: u32,
    before: u64,
}

impl Growth {
    /// Begins to measure, from what the process holds now.
    pub fn of(pid: u32) -> Self {
        // The kernel forgets the most that it saw so far.
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        Self { pid, before: field(pid, "VmRSS:") }
    }

    /// By how many bytes the resident memory grew at most.
    pub fn peak(&self) -> u64 {
        field(self.pid, "VmHWM:").saturating_sub(self.before)
    }
}

fn field(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
