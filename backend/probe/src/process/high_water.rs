//! The most resident memory that a process ever had, as the kernel keeps it.

use std::fs::File;

/// This process's high-water mark of resident memory.
///
/// `getrusage` has one too, but on Linux it survives `exec`: a child begins with its parent's.
#[derive(Debug)]
pub(super) struct HighWater {
    status: Option<File>,
}

/// More than the lines of `/proc/self/status` up to the mark have.
const READ_BYTES: usize = 1024;

impl HighWater {
    /// Opens what is to be read; where there is no `/proc` it reads what `getrusage` tells.
    pub(super) fn open() -> Self {
        Self { status: File::open("/proc/self/status").ok() }
    }

    /// The mark now, in bytes; `None` where the system keeps none. It does not allocate.
    pub(super) fn bytes(&self) -> Option<u64> {
        let Some(status) = &self.status else { return of_getrusage() };
        let mut text = [0; READ_BYTES];
        let length = std::os::unix::fs::FileExt::read_at(status, &mut text, 0).ok()?;
        marked(&text[..length]).map(|kib| kib * 1024)
    }
}

/// The number of the line `VmHWM: 1234 kB`.
fn marked(text: &[u8]) -> Option<u64> {
    const NAME: &[u8] = b"\nVmHWM:";
    let begin = text.windows(NAME.len()).position(|window| window == NAME)? + NAME.len();
    let line = text[begin..].split(|byte| *byte == b'\n').next()?;
    std::str::from_utf8(line).ok()?.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(target_os = "macos")]
fn of_getrusage() -> Option<u64> {
    use nix::sys::resource::{UsageWho, getrusage};
    // In bytes here, and a process's own: macOS clears it with `exec`.
    getrusage(UsageWho::RUSAGE_SELF).ok().map(|usage| usage.max_rss() as u64)
}

#[cfg(not(target_os = "macos"))]
fn of_getrusage() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_found_among_its_neighbours() {
        let text = b"Name:\theapgym\nVmPeak:\t  999 kB\nVmHWM:\t   12345 kB\nVmRSS:\t  1 kB\n";
        assert_eq!(marked(text), Some(12_345));
        assert_eq!(marked(b"Name:\tVmHWM: 5 kB\nVmPeak:\t 1 kB\n"), None, "a process may be called anything");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn all_lines_up_to_the_mark_are_read() {
        let text = std::fs::read("/proc/self/status").unwrap();
        let end = text.windows(7).position(|window| window == b"\nVmRSS:").unwrap();
        assert!(end * 2 < READ_BYTES, "there is room for longer ones: {end}");
        assert!(HighWater::open().bytes().unwrap() > 1 << 20);
    }
}
