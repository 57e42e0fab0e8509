//! What one program costs: its CPU time and its peak resident memory.
//!
//! The kernel adds up what all children of a process used. So that the sum is that of one program, xtask runs itself
//! once more, and that process has this one child.

use std::{
    env,
    ffi::OsString,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeVal,
};
use serde::{Deserialize, Serialize};

use crate::say;

/// The name of the hidden subcommand.
pub(crate) const METER: &str = "meter";

/// What a program printed and cost, with the processes it started and waited for.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Metered {
    /// Its exit status in words, where it was not a success.
    failure: Option<String>,
    /// All that it wrote to stdout.
    pub(super) stdout: String,
    stderr: String,
    /// User and system time of all its processes.
    pub(super) cpu: Duration,
    /// The highest resident memory of the largest of its processes.
    pub(super) peak_rss_bytes: u64,
}

/// The hidden subcommand: runs the program in `words` to its end and prints [`Metered`] as JSON.
pub(crate) fn meter(words: &[OsString]) -> Result<()> {
    let (program, args) = words.split_first().context("no program to run")?;
    let shown = program.display();
    let output = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("`{shown}` could not be started"))?;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let metered = Metered {
        failure: (!output.status.success()).then(|| output.status.to_string()),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        cpu: duration(usage.user_time()) + duration(usage.system_time()),
        peak_rss_bytes: bytes(usage.max_rss()),
    };
    say::result(&serde_json::to_string(&metered)?);
    Ok(())
}

/// Runs `command` in a process of its own; `spawn` starts that process, on CPUs of its choice.
pub(super) fn run(command: &Command, spawn: impl FnOnce(&mut Command) -> Result<Child>) -> Result<Metered> {
    let program = command.get_program();
    let mut meter = Command::new(env::current_exe()?);
    meter.args([METER, "--"]).arg(program).args(command.get_args());
    meter.stdin(Stdio::null()).stdout(Stdio::piped());
    let output = spawn(&mut meter)?.wait_with_output()?;
    ensure!(
        output.status.success(),
        "the measurement of `{}` ended with {}",
        program.display(),
        output.status
    );
    let metered: Metered = serde_json::from_slice(&output.stdout)?;
    if let Some(failure) = &metered.failure {
        let words = [metered.stdout.trim(), metered.stderr.trim()].join("\n");
        anyhow::bail!("`{}` ended with {failure}: {}", program.display(), words.trim());
    }
    Ok(metered)
}

fn duration(time: TimeVal) -> Duration {
    let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(u64::try_from(time.tv_usec()).unwrap_or(0))
}

/// Linux counts in KiB, macOS in bytes.
fn bytes(max_rss: i64) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(max_rss).unwrap_or(0) * unit
}
