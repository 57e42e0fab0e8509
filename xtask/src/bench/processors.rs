//! One CPU for the target and another for the generators, so that neither takes the other's time.

use std::{
    fmt,
    process::{Child, Command},
};

use anyhow::{Context, Result};

/// Which CPUs the two sides run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Processors {
    /// Each has one of its own.
    Apart {
        target: usize,
        generator: usize,
        /// Two threads of one core: each takes from the other all the same.
        one_core: bool,
    },
    /// Both run anywhere: there is only one CPU, or this system cannot bind processes.
    Shared,
}

/// A side of the measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Target,
    Generator,
}

impl Processors {
    /// Chooses among those that this process may use.
    pub(super) fn of_this_process() -> Self {
        Self::choose(&system::usable(), system::siblings)
    }

    /// The first for the target; for the generators the next that is on another core.
    fn choose(usable: &[usize], siblings: impl Fn(usize) -> Vec<usize>) -> Self {
        let [target, others @ ..] = usable else { return Self::Shared };
        let Some(&next) = others.first() else { return Self::Shared };
        let siblings = siblings(*target);
        match others.iter().find(|cpu| !siblings.contains(cpu)) {
            Some(&generator) => Self::Apart { target: *target, generator, one_core: false },
            None => Self::Apart { target: *target, generator: next, one_core: true },
        }
    }

    /// The one that the generators have to themselves.
    pub(super) fn of_generators(self) -> Option<usize> {
        match self {
            Self::Apart { generator, .. } => Some(generator),
            Self::Shared => None,
        }
    }

    /// Starts `command` on the CPU of its side. It and all its threads stay there.
    pub(super) fn spawn(self, side: Side, command: &mut Command) -> Result<Child> {
        let started = match (self, side) {
            (Self::Shared, _) => command.spawn(),
            (Self::Apart { target, .. }, Side::Target) => system::spawn_on(target, command)?,
            (Self::Apart { generator, .. }, Side::Generator) => system::spawn_on(generator, command)?,
        };
        started.with_context(|| format!("`{}` could not be started", command.get_program().display()))
    }
}

impl fmt::Display for Processors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apart { target, generator, one_core } => {
                let shared = if *one_core { " (two threads of one core)" } else { "" };
                write!(f, "target on CPU {target}, generators on CPU {generator}{shared}")
            }
            Self::Shared => write!(f, "not pinned: target and generators share what there is"),
        }
    }
}

#[cfg(target_os = "linux")]
mod system {
    use std::{
        fs, io,
        process::{Child, Command},
    };

    use anyhow::Result;
    use nix::{
        sched::{CpuSet, sched_getaffinity, sched_setaffinity},
        unistd::Pid,
    };

    /// The calling thread.
    const SELF: Pid = Pid::from_raw(0);

    pub(super) fn usable() -> Vec<usize> {
        let Ok(set) = sched_getaffinity(SELF) else { return Vec::new() };
        (0..CpuSet::count()).filter(|&cpu| set.is_set(cpu).unwrap_or(false)).collect()
    }

    /// The CPUs on the core of `cpu`.
    pub(super) fn siblings(cpu: usize) -> Vec<usize> {
        let file = format!("/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list");
        fs::read_to_string(file).map(|list| super::parse_list(&list)).unwrap_or_default()
    }

    /// A child inherits the CPUs of the thread that starts it.
    pub(super) fn spawn_on(cpu: usize, command: &mut Command) -> Result<io::Result<Child>> {
        let before = sched_getaffinity(SELF)?;
        let mut only = CpuSet::new();
        only.set(cpu)?;
        sched_setaffinity(SELF, &only)?;
        let child = command.spawn();
        sched_setaffinity(SELF, &before)?;
        Ok(child)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::{
        io,
        process::{Child, Command},
    };

    use anyhow::Result;

    /// None that a process could be bound to.
    pub(super) fn usable() -> Vec<usize> {
        Vec::new()
    }

    pub(super) fn siblings(_cpu: usize) -> Vec<usize> {
        Vec::new()
    }

    pub(super) fn spawn_on(_cpu: usize, command: &mut Command) -> Result<io::Result<Child>> {
        Ok(command.spawn())
    }
}

/// A list as the kernel writes it, such as `0,4-6`.
fn parse_list(list: &str) -> Vec<usize> {
    let ranges = list.trim().split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    });
    ranges.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generators_are_on_another_core_where_there_is_one() {
        let pairs = |cpu: usize| vec![cpu / 2 * 2, cpu / 2 * 2 + 1];
        let apart = |target, generator, one_core| Processors::Apart { target, generator, one_core };
        assert_eq!(Processors::choose(&[0, 1, 2, 3], pairs), apart(0, 2, false));
        assert_eq!(Processors::choose(&[2, 3], pairs), apart(2, 3, true));
        assert_eq!(Processors::choose(&[0, 1], |_| vec![]), apart(0, 1, false));
        assert_eq!(Processors::choose(&[5], pairs), Processors::Shared);
        assert_eq!(Processors::choose(&[], pairs), Processors::Shared);
    }

    #[test]
    fn the_kernels_lists_are_read() {
        assert_eq!(parse_list("0,4-6\n"), [0, 4, 5, 6]);
        assert_eq!(parse_list("3\n"), [3]);
        assert_eq!(parse_list(""), [0_usize; 0]);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_child_stays_on_its_processor_and_this_thread_does_not() {
        let usable = system::usable();
        let (first, last) = (usable[0], usable[usable.len() - 1]);
        let processors = Processors::Apart { target: first, generator: last, one_core: false };
        let mut command = Command::new("sh");
        command
            .args(["-c", "grep Cpus_allowed_list: /proc/self/status"])
            .stdout(std::process::Stdio::piped());
        let output = processors.spawn(Side::Generator, &mut command).unwrap().wait_with_output().unwrap();
        let allowed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(parse_list(allowed.split_whitespace().last().unwrap()), [last]);
        assert_eq!(system::usable(), usable);
    }
}
