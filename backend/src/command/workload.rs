//! Flags that describe a workload.

use std::time::Duration;

use bytesize::ByteSize;
use heapgym_shared::{
    Rejection,
    field::Parameter,
    tree::{at, put, put_given},
    workload::WORKLOADS,
};
use serde_json::{Map, Value, json};

use super::{load::milliseconds, quantity};

/// What the target does, and how it is written.
#[derive(Debug, Default, PartialEq, clap::Args)]
pub(super) struct WorkloadArgs {
    /// What the target does per request [default: products].
    #[arg(long)]
    workload: Option<String>,
    /// How it is written [default: the workload's first variant].
    #[arg(long)]
    variant: Option<String>,
    #[command(flatten)]
    parameters: ParameterArgs,
    /// Where a variant's buffers wait, if it has a pool: bounded, two_generation, thread_local, opool or none
    /// [default: bounded].
    #[arg(long, value_name = "KIND")]
    pool: Option<String>,
    /// Idle buffers that each of its pools keeps; products has two, of payloads and of replies [default: 256].
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, value_parser = quantity::number)]
    pool_capacity: Option<f64>,
    /// Free a buffer that comes back larger than this [default: any is kept].
    #[arg(long, value_name = "SIZE", value_parser = quantity::size)]
    pool_max_buffer: Option<ByteSize>,
    /// How often a two_generation pool sets its idle buffers aside [default: 1s].
    #[arg(long, value_name = "DURATION", value_parser = quantity::duration)]
    pool_rotate: Option<Duration>,
}

/// What can be set of a workload.
#[derive(Debug, Default, PartialEq, clap::Args)]
pub(super) struct ParameterArgs {
    /// A parameter of the workload, such as `payload_bytes=64KiB` or `fill=text`; --help lists them all. May be
    /// repeated.
    #[arg(long = "param", value_name = "NAME=VALUE", long_help = parameters_help())]
    pub(super) parameters: Vec<String>,
}

impl WorkloadArgs {
    /// Whether it names a workload or a variant.
    pub(super) fn names_any(&self) -> bool {
        self.workload.is_some() || self.variant.is_some()
    }

    /// Puts what was given over what a specification says, which is not yet judged; what neither says is a default.
    ///
    /// Another workload or variant does not inherit the settings of the one before.
    ///
    /// # Errors
    /// When a parameter is not `NAME=VALUE`.
    pub(super) fn write_over(&self, spec: &mut Map<String, Value>) -> Result<(), Rejection> {
        self.write_as(spec, self.workload.as_deref(), self.variant.as_deref())
    }

    /// The same, with this workload and variant.
    ///
    /// # Errors
    /// When a parameter is not `NAME=VALUE`.
    pub(super) fn write_as(
        &self,
        spec: &mut Map<String, Value>,
        workload: Option<&str>,
        variant: Option<&str>,
    ) -> Result<(), Rejection> {
        let said = at(spec, "workload.kind").and_then(Value::as_str);
        let kind = workload.or(said).unwrap_or(WORKLOADS[0].id).to_owned();
        if said != Some(&kind) {
            spec.retain(|section, _| !["workload", "variant", "pool"].contains(&section.as_str()));
        }
        put(spec, "workload.kind", json!(kind));
        for (name, value) in self.parameters.read()? {
            put(spec, &format!("workload.{name}"), value);
        }
        let said = spec.get("variant").and_then(Value::as_str);
        let variant = variant.or(said).unwrap_or_else(|| first_variant(&kind)).to_owned();
        if said != Some(&variant) {
            spec.remove("pool");
        }
        spec.insert("variant".to_owned(), json!(variant));
        let pool = [
            ("pool.kind", self.pool.as_ref().map(|kind| json!(kind))),
            ("pool.capacity", self.pool_capacity.map(|count| json!(count))),
            ("pool.max_buffer_bytes", self.pool_max_buffer.map(|size| json!(size.as_u64()))),
            ("pool.rotate_ms", self.pool_rotate.map(|time| json!(milliseconds(time)))),
        ];
        put_given(spec, pool);
        Ok(())
    }
}

/// Every workload with its variants and parameters, as the long help lists them.
fn parameters_help() -> String {
    let mut help =
        "A parameter of the workload. May be repeated. Workloads, their variants and parameters:\n"
            .to_owned();
    for info in WORKLOADS {
        help.push_str(&format!("\n  {}: {}\n", info.id, info.variant_ids().join(", ")));
        for parameter in info.parameters {
            let (name, accepts) = match parameter {
                Parameter::Number(number) => {
                    let default =
                        number.default.map(|default| number.unit.format(default)).unwrap_or_default();
                    (number.name, format!("{default}, {}", number.allowed()))
                }
                Parameter::Choice(choice) => (choice.name, choice.options.join(" or ")),
            };
            help.push_str(&format!("    {name:<16} [{accepts}]\n"));
        }
    }
    help
}

/// An unknown workload has no variant; it is refused by its own name.
fn first_variant(kind: &str) -> &'static str {
    let known = WORKLOADS.iter().find(|info| info.id == kind);
    known.and_then(|info| info.variants.first()).map_or("", |variant| variant.id)
}

impl ParameterArgs {
    /// A workload with these parameters as a specification holds it, not yet judged.
    ///
    /// # Errors
    /// When a parameter is not `NAME=VALUE`.
    pub(super) fn of_workload(&self, kind: &str) -> Result<Value, Rejection> {
        let mut workload = Map::from_iter([("kind".to_owned(), json!(kind))]);
        workload.extend(self.read()?);
        Ok(Value::Object(workload))
    }

    /// The parameters by their names.
    fn read(&self) -> Result<Map<String, Value>, Rejection> {
        let read = |parameter: &String| {
            let (name, value) = assignment(parameter).ok_or_else(|| {
                Rejection::new(
                    "param",
                    format!("is `{parameter}`"),
                    "NAME=VALUE, such as payload_bytes=64KiB",
                )
            })?;
            Ok((name.to_owned(), value))
        };
        self.parameters.iter().map(read).collect()
    }
}

/// `NAME=VALUE`, as parameters, options and changes are written.
pub(super) fn assignment(text: &str) -> Option<(&str, Value)> {
    let (name, value) = text.split_once('=')?;
    Some((name, parameter_value(value)))
}

/// A number with or without a size's suffix, true, false or null, else a word.
fn parameter_value(text: &str) -> Value {
    match (quantity::number(text), quantity::size(text)) {
        _ if ["true", "false", "null"].contains(&text) => text.parse().unwrap_or_default(),
        (Ok(number), _) => json!(number),
        (Err(_), Ok(size)) => json!(size.as_u64()),
        // The specification's parser says what is wrong.
        (Err(_), Err(_)) => json!(text),
    }
}
