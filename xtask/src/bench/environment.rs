//! Where a benchmark ran: figures from another machine mean little.

use std::fs;

use anyhow::Result;

use super::{generator::Generator, processors::Processors, rig::Rig, table::mebibytes};
use crate::shell::{command, output};

/// One line per fact, as a Markdown list.
pub(super) fn describe(rig: &Rig, generators: &[Generator]) -> Result<String> {
    let versions: Vec<_> = generators.iter().map(Generator::version).collect();
    let least_rss = mebibytes(rig.least_rss_bytes()?);
    let more = [("Generators", versions.join(", ")), ("Least RSS that can be read", least_rss)];
    Ok(format!("{}\n{}", machine(rig.processors), list(more)))
}

/// The facts that hold of every benchmark.
pub(super) fn machine(processors: Processors) -> String {
    let told = |program: &str, args: &[&str]| output(command(program, args));
    let unknown = || "unknown".to_owned();
    list([
        ("Kernel", told("uname", &["-srm"]).unwrap_or_else(unknown)),
        ("CPU", cpu().unwrap_or_else(unknown)),
        ("Pinning", processors.to_string()),
        ("heapgym at", told("git", &["describe", "--always", "--dirty"]).unwrap_or_else(unknown)),
    ])
}

fn list<const N: usize>(facts: [(&str, String); N]) -> String {
    facts.map(|(name, fact)| format!("- {name}: {fact}")).join("\n")
}

/// The CPU's name and how many there are.
fn cpu() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let names = || text.lines().filter_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let (_, name) = names().next()?;
    Some(format!("{} x {}", names().count(), name.trim()))
}
