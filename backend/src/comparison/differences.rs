//! What two runs were told, or ran on, that is not the same.

use std::collections::BTreeMap;

use heapgym_shared::{RunSpec, comparison::Difference, report::Environment};
use serde::Serialize;
use serde_json::Value;

/// Where two specifications differ.
pub(super) fn of_specs(a: &RunSpec, b: &RunSpec) -> Vec<Difference> {
    between(a, b, &[])
}

/// Where two environments differ. When the runs began is no difference, and neither is what each was told of its
/// allocator: that is in the specification.
pub(super) fn of_environments(a: &Environment, b: &Environment) -> Vec<Difference> {
    between(a, b, &["began_at_ms", "allocator_options"])
}

fn between(a: &impl Serialize, b: &impl Serialize, left_out: &[&str]) -> Vec<Difference> {
    let (a, b) = (flat(a), flat(b));
    let mut paths: Vec<&String> = a.keys().chain(b.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    let text = |side: &BTreeMap<String, String>, path: &str| side.get(path).cloned().unwrap_or_default();
    paths
        .into_iter()
        .filter(|path| !left_out.contains(&path.as_str()))
        .map(|path| Difference { what: path.clone(), a: text(&a, path), b: text(&b, path) })
        .filter(|difference| difference.a != difference.b)
        .collect()
}

/// Every value by its path.
fn flat(value: &impl Serialize) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    collect(String::new(), &serde_json::to_value(value).unwrap_or_default(), &mut leaves);
    leaves
}

fn collect(path: String, value: &Value, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                collect(path, value, leaves);
            }
        }
        Value::Null => {}
        Value::String(text) => drop(leaves.insert(path, text.clone())),
        other => drop(leaves.insert(path, other.to_string())),
    }
}
