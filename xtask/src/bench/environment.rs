//! Where a benchmark ran: figures from another machine mean little.

use std::fs;

use anyhow::Result;

use super::{generator::Generator, rig::Rig, table::mebibytes};
use crate::shell::{command, output};

/// One line per fact, as a Markdown list.
pub(super) fn describe(rig: &Rig, generators: &[Generator]) -> Result<String> {
    let versions: Vec<_> = generators.iter().map(Generator::version).collect();
    let told = |program: &str, args: &[&str]| output(command(program, args));
    let unknown = || "unknown".to_owned();
    let lines = [
        ("Kernel", told("uname", &["-srm"]).unwrap_or_else(unknown)),
        ("Processor", cpu().unwrap_or_else(unknown)),
        ("Pinning", rig.processors.to_string()),
        ("Generators", versions.join(", ")),
        ("heapgym at", told("git", &["describe", "--always", "--dirty"]).unwrap_or_else(unknown)),
        ("Least RSS that can be read", mebibytes(rig.least_rss_bytes()?)),
    ];
    Ok(lines.map(|(name, fact)| format!("- {name}: {fact}")).join("\n"))
}

/// The processor's name and how many there are.
fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let names = || text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let (_, name) = names().next()?;
    Some(format!("{} x {}", names().count(), name.trim()))
}
