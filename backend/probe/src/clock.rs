//! The clock that all processes of a machine share.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds of `CLOCK_MONOTONIC`: the same instant reads the same in every process, so the parts
/// of a run need no clock exchange.
pub fn monotonic_ns() -> u64 {
    read(ClockId::CLOCK_MONOTONIC)
}

/// Milliseconds since 1970, for people: this clock may be set, so nothing is measured by it.
pub fn unix_ms() -> u64 {
    read(ClockId::CLOCK_REALTIME) / 1_000_000
}

/// CPU time of the calling thread, in nanoseconds.
pub fn thread_cpu_ns() -> u64 {
    read(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

/// CPU time of the calling process, in nanoseconds.
pub fn process_cpu_ns() -> u64 {
    read(ClockId::CLOCK_PROCESS_CPUTIME_ID)
}

fn read(clock: ClockId) -> u64 {
    // These clocks exist on every supported system: the call cannot fail.
    clock_gettime(clock).map_or(0, |time| Duration::from(time).as_nanos() as u64)
}
