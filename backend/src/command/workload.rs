//! Flags that describe a workload.

use bytesize::ByteSize;
use heapgym_shared::{Rejection, workload::WORKLOADS};
use serde_json::{Map, Value, json};

/// What the target does, and how it is written.
#[derive(Debug, clap::Args)]
pub(super) struct WorkloadArgs {
    /// What the target does per request.
    #[arg(long, default_value = "products")]
    pub(super) workload: String,
    /// How it is written [default: the workload's first variant].
    #[arg(long)]
    variant: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
}

/// What can be set of a workload.
#[derive(Debug, clap::Args)]
pub(super) struct ParameterArgs {
    /// A parameter of the workload, such as `payload_bytes=64KiB` or `fill=text`. May be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    pub(super) parameters: Vec<String>,
}

impl WorkloadArgs {
    /// The variant that is meant. An unknown workload has none; it is refused by its own name.
    pub(super) fn variant(&self) -> &str {
        let known = WORKLOADS.iter().find(|info| info.id == self.workload);
        let first = known.and_then(|info| info.variants.first()).map_or("", |variant| variant.id);
        self.variant.as_deref().unwrap_or(first)
    }

    /// The workload as a specification holds it, not yet judged.
    ///
    /// # Errors
    /// When a parameter is not `NAME=VALUE`.
    pub(super) fn to_value(&self) -> Result<Value, Rejection> {
        self.parameters.of_workload(&self.workload)
    }
}

impl ParameterArgs {
    /// A workload with these parameters as a specification holds it, not yet judged.
    ///
    /// # Errors
    /// When a parameter is not `NAME=VALUE`.
    pub(super) fn of_workload(&self, kind: &str) -> Result<Value, Rejection> {
        let mut workload = Map::from_iter([("kind".to_owned(), json!(kind))]);
        for parameter in &self.parameters {
            let (name, value) = parameter.split_once('=').ok_or_else(|| {
                Rejection::new(
                    "param",
                    format!("is `{parameter}`"),
                    "NAME=VALUE, such as payload_bytes=64KiB",
                )
            })?;
            workload.insert(name.to_owned(), parameter_value(value));
        }
        Ok(Value::Object(workload))
    }
}

/// A number with or without a size's suffix, else a word.
fn parameter_value(text: &str) -> Value {
    match (text.parse::<f64>(), text.parse::<ByteSize>()) {
        (Ok(number), _) => json!(number),
        (Err(_), Ok(size)) => json!(size.as_u64()),
        (Err(_), Err(_)) => json!(text),
    }
}
