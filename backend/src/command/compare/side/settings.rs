//! `KEY=VALUE` words of a side: flags of the run without dashes, workload parameters, allocator options.

use clap::{
    Args, FromArgMatches,
    error::{ContextKind, ContextValue},
};
use heapgym_shared::{Rejection, field::Parameter, spec::AllocatorOptions, workload::WORKLOADS};
use serde_json::{Map, Value};

use crate::command::spec::SpecFlags;

/// Flags that a side cannot have for itself: its subject names the first three, both sides have the same seed, and the
/// last one takes no value.
const NOT_FOR_A_SIDE: [&str; 5] = ["workload", "variant", "preset", "seed", "abort-on-fail"];

/// The settings of one side.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Settings(SpecFlags);

impl Settings {
    /// Reads the words of a side with this workload.
    ///
    /// # Errors
    /// When one of them is not `KEY=VALUE`, its key is unknown, or its value is none of that key's.
    pub(super) fn parse(workload: &str, words: &[String]) -> Result<Self, Rejection> {
        let flags: Vec<String> = words.iter().map(|word| flag(workload, word)).collect::<Result<_, _>>()?;
        let command = SpecFlags::augment_args(clap::Command::new("side").no_binary_name(true));
        let read =
            command.try_get_matches_from(flags).and_then(|matches| SpecFlags::from_arg_matches(&matches));
        read.map(Self).map_err(|error| refusal(&error))
    }

    /// Writes the settings over a specification.
    ///
    /// # Errors
    /// When one of them does nothing there.
    pub(super) fn write_over(&self, spec: &mut Map<String, Value>) -> Result<(), Rejection> {
        match *self == Self::default() {
            true => Ok(()),
            false => self.0.write_over(spec),
        }
    }
}

/// The word as a flag of the run.
fn flag(workload: &str, word: &str) -> Result<String, Rejection> {
    let Some((key, value)) = word.split_once('=') else {
        return Err(Rejection::new(word, "is not KEY=VALUE", allowed(workload)));
    };
    let name = key.replace('_', "-");
    if flags().contains(&name) {
        return Ok(format!("--{name}={value}"));
    }
    if parameters(workload).contains(&key) {
        return Ok(format!("--param={key}={value}"));
    }
    if AllocatorOptions::NAMES.contains(&key) && !NOT_FOR_A_SIDE.contains(&key) {
        return Ok(format!("--allocator={key}={value}"));
    }
    let reason = match NOT_FOR_A_SIDE.contains(&name.as_str()) {
        true => "is the same for both sides, or named by WORKLOAD/VARIANT",
        false => "is not a setting of a side",
    };
    Err(Rejection::new(key, reason, allowed(workload)))
}

/// The flags of a run that a side can have for itself, without their dashes.
fn flags() -> Vec<String> {
    let command = SpecFlags::augment_args(clap::Command::new("side"));
    let names = command.get_arguments().filter_map(|flag| flag.get_long());
    names.filter(|name| !NOT_FOR_A_SIDE.contains(name)).map(str::to_owned).collect()
}

/// The names of a workload's parameters.
fn parameters(workload: &str) -> Vec<&'static str> {
    let info = WORKLOADS.iter().find(|info| info.id == workload);
    let parameters = info.map(|info| info.parameters).unwrap_or_default();
    let name = |parameter: &Parameter| match parameter {
        Parameter::Number(number) => number.name,
        Parameter::Choice(choice) => choice.name,
    };
    parameters.iter().map(name).collect()
}

fn allowed(workload: &str) -> String {
    let flags: Vec<String> = flags().iter().map(|flag| flag.replace('-', "_")).collect();
    let options = AllocatorOptions::NAMES.iter().copied().filter(|name| !NOT_FOR_A_SIDE.contains(name));
    let options: Vec<&str> = options.filter(|name| !flags.iter().any(|flag| flag == name)).collect();
    let parameters = match &parameters(workload)[..] {
        [] => String::new(),
        names => format!("parameters of {workload}: {}; ", names.join(", ")),
    };
    format!(
        "flags of the run: {}; {parameters}options of the allocator: {}",
        flags.join(", "),
        options.join(", ")
    )
}

/// What clap says of a value, by the name of its key.
fn refusal(error: &clap::Error) -> Rejection {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    // `--dirty-decay <DIRTY_DECAY>`
    let key = context(ContextKind::InvalidArg).unwrap_or_default();
    let key = key.split(' ').next().unwrap_or_default().trim_start_matches('-').replace('-', "_");
    let value = context(ContextKind::InvalidValue).map(|value| format!("is `{value}`"));
    let why = std::error::Error::source(error).map(ToString::to_string);
    match (value, why) {
        (Some(value), Some(why)) => Rejection::new(key, format!("{value}: {why}"), "a value of this flag"),
        (Some(value), None) => {
            let values = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(values)) => values.join(", "),
                _ => "a value of this flag".to_owned(),
            };
            Rejection::new(key, value, values)
        }
        (None, _) => match error.get(ContextKind::PriorArg) {
            Some(ContextValue::String(other)) if other.contains(&format!("--{}", key.replace('_', "-"))) => {
                Rejection::new(key, "is given twice", "one value")
            }
            Some(ContextValue::String(other)) => {
                Rejection::new(key, format!("is given beside {other}"), "one of the two")
            }
            _ => Rejection::new(key, "is given beside another key that excludes it", "one of the two"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_could_mean_two_things() {
        let flags: Vec<String> = flags().iter().map(|flag| flag.replace('-', "_")).collect();
        for info in WORKLOADS {
            for name in parameters(info.id) {
                assert!(!flags.iter().any(|flag| flag == name), "{name} of {}", info.id);
                assert!(!AllocatorOptions::NAMES.contains(&name), "{name} of {}", info.id);
            }
        }
    }
}
