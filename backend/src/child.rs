//! What the children of a run share: orders in on stdin, frames out on stdout, death with the parent.

use std::{
    fs::{self, File},
    io::{self, BufRead},
    os::fd::AsFd,
    sync::mpsc,
    thread,
};

use anyhow::Context;
use heapgym_probe::process;
use nix::unistd::Pid;
use serde::de::DeserializeOwned;

use crate::threads::NO_THREAD;

pub mod frame;
pub mod order;
pub(crate) mod program;

pub use frame::{DownstreamFrame, Figures, FrameError, FrameWriter, LoadDone, LoadFrame, TargetFrame};
pub use order::{Command, DownstreamOrder, LoadOrder, ProfileStep, Setup, TargetOrder, profile_file};

/// The hidden subcommand that makes this program the target of a run.
pub const TARGET_CHILD: &str = "target-child";
/// The hidden subcommand that makes this program the load generator of a run.
pub const LOAD_CHILD: &str = "load-child";
/// The hidden subcommand that makes this program the service that a target calls.
pub const DOWNSTREAM_CHILD: &str = "downstream-child";

/// Reads the first line of stdin, then gives the commands that follow.
///
/// The end of stdin means that the supervisor is gone or wants this process gone: it exits at once,
/// from a thread of its own, so that a handler that hangs does not keep it alive.
///
/// # Errors
/// When the first line is not an order.
pub fn receive<T: DeserializeOwned>() -> anyhow::Result<(T, mpsc::Receiver<Command>)> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).context("failed to read the order")?;
    let order = serde_json::from_str(&line).context("stdin holds no order")?;
    let (sender, commands) = mpsc::channel();
    thread::Builder::new()
        .name("commands".to_owned())
        .spawn(move || {
            for line in io::stdin().lock().lines() {
                let Ok(line) = line else { break };
                match serde_json::from_str(&line) {
                    // Nobody listens any more when the process is on its way out by itself.
                    Ok(command) => drop(sender.send(command)),
                    Err(error) => tracing::warn!(%error, "ignored a line that is no command"),
                }
            }
            std::process::exit(0)
        })
        .context(NO_THREAD)?;
    Ok((order, commands))
}

/// Applies limits and placement to this process. Call it before any other thread is started, since
/// threads inherit their CPUs.
///
/// # Errors
/// When a limit cannot be set: an unguarded target must not run.
pub fn apply(setup: &Setup) -> anyhow::Result<()> {
    die_with_parent(setup.parent)?;
    if let Some(cgroup) = &setup.cgroup {
        fs::write(cgroup.join("cgroup.procs"), "0").context("failed to enter the cgroup")?;
    }
    if let Some(bytes) = setup.data_limit_bytes {
        use nix::sys::resource::{Resource, setrlimit};
        setrlimit(Resource::RLIMIT_DATA, bytes, bytes).context("failed to limit data")?;
    }
    if setup.expendable {
        // Best effort: the guard above is what holds the limit.
        let _ = fs::write("/proc/self/oom_score_adj", "1000");
    }
    process::run_on(&setup.cpus).context("failed to choose CPUs")
}

/// The standard output as a file that frames leave in one write: Rust's own handle buffers lines, and
/// allocates for it.
///
/// # Errors
/// When the system gives no second handle on it.
pub fn unbuffered_stdout() -> io::Result<File> {
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(target_os = "linux")]
fn die_with_parent(parent: i32) -> anyhow::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
    // The parent may have gone before the line above took effect.
    if nix::unistd::getppid() != Pid::from_raw(parent) {
        std::process::exit(0);
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn die_with_parent(_parent: i32) -> anyhow::Result<()> {
    Ok(()) // the end of stdin does it
}
