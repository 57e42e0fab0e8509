//! A side of a comparison, read from words or from a file.

use std::path::Path;

use anyhow::Context;
use heapgym_shared::{Rejection, Report, RunSpec, spec::InstanceLimits, workload::WORKLOADS};
use serde_json::Value;

use crate::command::spec::SpecArgs;

/// A side to be run: `WORKLOAD/VARIANT` loaded as the flags say, or a file with a specification, or with a report or a whole
/// run that has one.
pub(super) fn parse(field: &str, words: &str, flags: &SpecArgs) -> anyhow::Result<RunSpec> {
    let known = |kind: &str| WORKLOADS.iter().any(|info| info.id == kind);
    let value = match words.split_once('/') {
        Some((kind, variant)) if known(kind) => Value::Object(flags.written_with(kind, variant)?),
        _ if Path::new(words).exists() => {
            refuse_flags(words, flags)?;
            let mut value = json_of(Path::new(words))?;
            if value.get("spec").is_some() { value["spec"].take() } else { value }
        }
        _ => {
            let reason = format!("is `{words}`, which is neither");
            return Err(
                Rejection::new(field, reason, "WORKLOAD/VARIANT, such as logs/naive, or a file").into()
            );
        }
    };
    RunSpec::parse(&value, &InstanceLimits::default())
        .map_err(|refused| Rejection { field: format!("{field}: {}", refused.field), ..refused }.into())
}

/// A report from a file that holds it, or a whole run.
pub(super) fn report(path: &Path) -> anyhow::Result<Report> {
    let mut value = json_of(path)?;
    if value.get("samples").is_some_and(Value::is_array) {
        value = value["report"].take();
    }
    serde_json::from_value(value).map_err(|error| {
        let reason = format!("holds no report: {error}");
        Rejection::new(path.display().to_string(), reason, "what heapgym run --json or --save writes").into()
    })
}

/// Refuses flags beside a side that is whole without them.
pub(super) fn refuse_flags(whole: &str, flags: &SpecArgs) -> anyhow::Result<()> {
    if flags.says_nothing() {
        return Ok(());
    }
    let reason = format!("are given beside `{whole}`, which says all of it");
    Err(Rejection::new("flags of the run", reason, "none, or sides such as logs/naive").into())
}

fn json_of(path: &Path) -> anyhow::Result<Value> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read `{name}`"))?;
    serde_json::from_str(&text).map_err(|error| {
        Rejection::new(name.to_string(), format!("is not JSON: {error}"), "a file of heapgym's").into()
    })
}
