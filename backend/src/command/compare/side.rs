//! A side of a comparison that is to be run: what it is, and the settings that it has for itself.

use std::path::Path;

use heapgym_shared::{
    Rejection, RunSpec,
    spec::InstanceLimits,
    tree::{at, put},
    workload::WORKLOADS,
};
use serde_json::{Map, Value};

use crate::{
    command::{source::Source, spec::SpecArgs},
    json,
};

mod settings;

use settings::Settings;

/// A side to be run: `WORKLOAD/VARIANT` loaded as the flags say, or a file or an address with a specification. Words
/// after it, `KEY=VALUE`, are settings of this side alone.
///
/// # Errors
/// When it cannot be read, or is refused: by the name of its flag.
pub(super) fn parse(flag: &str, text: &str, flags: &SpecArgs) -> anyhow::Result<RunSpec> {
    let (subject, words) = split(flag, text)?;
    let mut spec = match subject.split_once('/') {
        Some((kind, variant)) if WORKLOADS.iter().any(|info| info.id == kind) => {
            flags.written_with(kind, variant).map_err(|refused| of_side(flag, refused))?
        }
        _ => {
            let mut spec = read(flag, &subject)?;
            refuse_flags(&subject, flags)?;
            if !words.is_empty() {
                // A whole specification limits the time of its own load. Without that limit, it follows from the load.
                put(&mut spec, "limits.wall_clock_ms", Value::Null);
            }
            spec
        }
    };
    let kind = at(&spec, "workload.kind").and_then(Value::as_str).unwrap_or_default().to_owned();
    let settings = Settings::parse(&kind, &words).map_err(|refused| of_side(flag, refused))?;
    settings.write_over(&mut spec).map_err(|refused| of_side(flag, refused))?;
    let spec = RunSpec::parse(&Value::Object(spec), &InstanceLimits::default());
    Ok(spec.map_err(|refused| of_side(flag, refused))?)
}

/// Refuses flags beside a side that is whole without them.
pub(super) fn refuse_flags(whole: &str, flags: &SpecArgs) -> anyhow::Result<()> {
    if flags.is_default() {
        return Ok(());
    }
    let reason = format!("are given beside `{whole}`, which says all of it");
    Err(Rejection::new("flags of the run", reason, "none, or sides such as logs/naive").into())
}

/// The subject and the words after it, quoted as in a shell. A file whose name has blanks needs no quotes.
fn split(flag: &str, text: &str) -> Result<(String, Vec<String>), Rejection> {
    if Path::new(text).exists() {
        return Ok((text.to_owned(), Vec::new()));
    }
    let refuse = |reason: &str| {
        let allowed = "WORKLOAD/VARIANT, a file or an address, and KEY=VALUE words, such as \
                       'products/pooled pool=two_generation dirty_decay=0s'";
        Rejection::new(flag, format!("is `{text}`, {reason}"), allowed)
    };
    let mut words = shlex::split(text).ok_or_else(|| refuse("in which a quote is open"))?;
    if words.is_empty() {
        return Err(refuse("which is empty"));
    }
    Ok((words.remove(0), words))
}

/// The specification in a file, or behind an address.
fn read(flag: &str, subject: &str) -> anyhow::Result<Map<String, Value>> {
    let refuse = |reason: String, allowed: &str| Rejection::new(flag, reason, allowed);
    let source: Source = subject
        .parse()
        .map_err(|error| refuse(format!("is `{subject}`: {error}"), "WORKLOAD/VARIANT or a file"))?;
    if let Source::File(path) = &source
        && !path.exists()
    {
        let reason = format!("is `{subject}`, which names no workload and no file");
        return Err(refuse(reason, "WORKLOAD/VARIANT, such as logs/naive, or a file").into());
    }
    let named = |error: anyhow::Error| error.context(flag.to_owned());
    let document = source.document().map_err(named)?;
    match json::specification(&document).map_err(|why| named(source.refuse(why)))? {
        Value::Object(spec) => Ok(spec),
        _ => Err(refuse(format!("is `{subject}`, whose specification is not an object"), "an object").into()),
    }
}

fn of_side(flag: &str, refused: Rejection) -> Rejection {
    Rejection { field: format!("{flag}: {}", refused.field), ..refused }
}

#[cfg(test)]
mod tests;
