//! The target alone, without heapgym's own load child: the smallest handler, until it is dropped.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::processors::{Processors, Side};

/// A process that answers every request with the least work there is.
pub(super) struct Target {
    child: Child,
    url: String,
}

impl Target {
    /// Starts the smallest handler on its CPU, at an address that the kernel chooses.
    pub(super) fn start(heapgym: &Path, processors: Processors) -> Result<Self> {
        Self::start_with(
            Command::new(heapgym),
            processors,
            &["--workload", "calibrate", "--variant", "exact"],
        )
    }

    /// The same of a handler that flags describe, by a command that is `heapgym` and may have an environment.
    pub(super) fn start_with(mut command: Command, processors: Processors, flags: &[&str]) -> Result<Self> {
        command.args(["target", "--listen", "127.0.0.1:0", "--heap-profiles", "off"]).args(flags);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).env_remove("RUST_LOG");
        let child = processors.spawn(Side::Target, &mut command)?;
        let mut target = Self { child, url: String::new() };
        let stdout = target.child.stdout.take().context("the target has no stdout")?;
        BufReader::new(stdout).read_line(&mut target.url)?;
        ensure!(target.url.starts_with("http://"), "`heapgym target` ended before it told its address");
        Ok(target)
    }

    /// Where the handler answers.
    pub(super) fn url(&self) -> &str {
        self.url.trim()
    }

    /// Writes a line to its stdin, for a program that listens there.
    pub(super) fn tell(&mut self, line: &str) -> Result<()> {
        let stdin = self.child.stdin.as_mut().context("the target has no stdin")?;
        writeln!(stdin, "{line}").context("the target does not listen")
    }

    /// CPU time used so far, or `None` where the kernel does not tell.
    pub(super) fn cpu(&self) -> Option<Duration> {
        cpu(self.child.id())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill, and still something to wait for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(target_os = "linux")]
fn cpu(pid: u32) -> Option<Duration> {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).ok()?);
    Some(nix::time::clock_getcpuclockid(pid).ok()?.now().ok()?.into())
}

#[cfg(not(target_os = "linux"))]
fn cpu(_pid: u32) -> Option<Duration> {
    None
}
