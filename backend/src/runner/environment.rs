//! Where a run takes place, for the report.

use std::fs;

use heapgym_shared::report::Environment;
use nix::sys::utsname::uname;

use super::{
    container::Container,
    cpus::{self, CpuSets},
    inherited::Inherited,
};

/// What is known before the target has told of its allocator.
pub(super) fn describe(sets: &CpuSets) -> Environment {
    let kernel = uname().map_or_else(
        |_| std::env::consts::OS.to_owned(),
        |name| {
            let parts = [name.sysname(), name.release(), name.machine()];
            parts.map(|part| part.to_string_lossy().into_owned()).join(" ")
        },
    );
    let mut environment = Environment {
        heapgym: env!("CARGO_PKG_VERSION").to_owned(),
        kernel,
        cpu: proc_field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown".to_owned()),
        cpus: std::thread::available_parallelism().map_or(1, |count| count.get() as u32),
        memory_bytes: memory_bytes().unwrap_or(0),
        target_cpus: cpus::describe(&sets.target),
        load_cpus: cpus::describe(&sets.load),
        ..Environment::default()
    };
    Inherited::read().describe(&mut environment);
    environment
}

/// The memory that this process may use with its children: the machine's, or less in a container with a limit.
pub(crate) fn memory_bytes() -> Option<u64> {
    let machine = proc_field("/proc/meminfo", "MemTotal").and_then(|total| {
        let kib: u64 = total.strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    });
    machine.into_iter().chain(Container::current().limit_bytes()).min()
}

/// The first `name: value` of a file under `/proc`.
fn proc_field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let (_, value) =
        text.lines().filter_map(|line| line.split_once(':')).find(|(key, _)| key.trim() == name)?;
    Some(value.trim().to_owned())
}
