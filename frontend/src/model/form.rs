//! The form: what the reader typed, as texts, and the specification it makes.

use std::collections::BTreeMap;

use heapgym_shared::{
    Rejection, RunSpec,
    load::Stage,
    preset::Preset,
    quantity,
    spec::InstanceLimits,
    tree::{at, put},
    unit::Unit,
    workload::{WORKLOADS, WorkloadInfo},
};
use serde::Deserialize;
use serde_json::{Map, Value};

mod fields;
mod memory;
mod profile;

pub use fields::{Field, Input, Place, THRESHOLDS, fields};
pub use profile::forecast;

/// Path of the workload's id.
pub const WORKLOAD: &str = "workload.kind";
/// Path of the variant.
pub const VARIANT: &str = "variant";
/// Path of the load profile's kind.
pub const LOAD_KIND: &str = "load.profile.kind";

/// What the reader typed. What was not touched is a default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Form {
    texts: BTreeMap<String, String>,
    /// Settings of a run by link that have no field here, so that running it again is the same run.
    carried: Map<String, Value>,
    limits: InstanceLimits,
}

impl Form {
    /// The chosen workload.
    pub fn workload(&self) -> &'static WorkloadInfo {
        let typed = self.texts.get(WORKLOAD);
        let chosen = WORKLOADS.iter().find(|info| typed.is_some_and(|typed| typed == info.id));
        chosen.unwrap_or(&WORKLOADS[0])
    }

    /// The chosen variant, or the workload's first.
    pub fn variant(&self) -> &'static str {
        let ids = self.workload().variant_ids();
        let typed = self.texts.get(VARIANT);
        ids.iter().find(|id| typed.is_some_and(|typed| typed == *id)).or(ids.first()).copied().unwrap_or("")
    }

    /// The chosen kind of load.
    pub fn load_kind(&self) -> &str {
        self.texts.get(LOAD_KIND).map_or("constant_concurrency", String::as_str)
    }

    /// The fields that this choice of workload, variant and load has.
    pub fn fields(&self) -> Vec<Field> {
        self.fields_of(self.variant())
    }

    fn fields_of(&self, variant: &str) -> Vec<Field> {
        fields(self.workload(), variant, self.load_kind(), &self.limits)
    }

    /// Two variants to compare: the workload's first, and the chosen one or, if that is the first, the next.
    pub fn pair(&self) -> Option<[&'static str; 2]> {
        let [first, second, ..] = self.workload().variant_ids()[..] else { return None };
        Some([first, if self.variant() == first { second } else { self.variant() }])
    }

    /// Whether a path of the specification has its place in the form.
    pub fn has(&self, path: &str) -> bool {
        [WORKLOAD, VARIANT, LOAD_KIND].contains(&path) || self.fields().iter().any(|field| field.holds(path))
    }

    /// The text of a field: what was typed, or its default.
    pub fn text(&self, field: &Field) -> String {
        self.texts.get(&field.path).cloned().unwrap_or_else(|| field.default_text())
    }

    /// Takes in what was typed.
    pub fn set(&mut self, path: &str, text: impl Into<String>) {
        self.texts.insert(path.to_owned(), text.into());
    }

    /// Whether anything was typed, or taken over.
    pub fn is_touched(&self) -> bool {
        !self.texts.is_empty()
    }

    /// Takes over another form, within what the server allows.
    pub fn replace(&mut self, other: Self) {
        *self = Self { limits: self.limits, ..other };
    }

    /// Lowers the ranges to what the server allows.
    pub fn limit(&mut self, limits: InstanceLimits) {
        self.limits = limits;
    }

    /// Takes over the settings of a specification as it is written, so that it can be run again or changed.
    pub fn adopt(&mut self, spec: &Value) {
        let Value::Object(mut spec) = spec.clone() else { return };
        self.texts.clear();
        for path in [WORKLOAD, VARIANT, LOAD_KIND] {
            if let Some(Value::String(id)) = at(&spec, path) {
                self.texts.insert(path.to_owned(), id.clone());
            }
        }
        for field in self.fields() {
            if let Some(text) = at(&spec, &field.path).and_then(|value| field.write(value)) {
                self.texts.insert(field.path, text);
            }
        }
        // These are made of fields alone; the wall clock limit in `limits` belongs to the old duration.
        for section in ["workload", "pool", "load", "limits", "allocator", THRESHOLDS] {
            spec.remove(section);
        }
        self.carried = spec;
    }

    /// Takes over a specification that has a name.
    pub fn adopt_preset(&mut self, preset: &Preset) {
        // What an instance with lower limits refuses of it, the form says at its field.
        self.adopt(&preset.spec());
    }

    /// The specification, with another variant where one is given.
    pub fn spec(&self, variant: Option<&str>) -> Value {
        let mut spec = self.carried.clone();
        put(&mut spec, WORKLOAD, self.workload().id.into());
        let variant = variant.unwrap_or(self.variant());
        put(&mut spec, VARIANT, variant.into());
        put(&mut spec, LOAD_KIND, self.load_kind().into());
        for field in self.fields_of(variant) {
            if let Some(value) = field.read(&self.text(&field)) {
                put(&mut spec, &field.path, value);
            }
        }
        Value::Object(spec)
    }

    /// Judges the form, for who fills it in.
    pub fn judge(&self) -> Judged {
        match self.check() {
            Ok(spec) => Judged {
                refusal: None,
                why: String::new(),
                forecast: forecast(&spec),
                memory: memory::expected(&spec),
                takes: Unit::Milliseconds.format((spec.planned_ms() - spec.phases.graceful_stop_ms) as f64),
            },
            Err(refusal) => Judged { why: self.why(&refusal), refusal: Some(refusal), ..Judged::default() },
        }
    }

    /// What would be refused, and where, in a sentence: the field itself may be out of sight.
    fn why(&self, refusal: &Rejection) -> String {
        let said = self.fields().into_iter().find_map(|field| {
            let said = field.refusal(&self.text(&field), refusal)?;
            Some(format!("{}: {said}", field.input.title()))
        });
        said.unwrap_or_else(|| format!("A setting would be refused: {refusal}"))
    }

    /// Judges the form as the server will.
    ///
    /// # Errors
    /// The first field that would be refused.
    pub fn check(&self) -> Result<RunSpec, Rejection> {
        RunSpec::parse(&self.spec(None), &self.limits)
    }

    /// The form in one line: `products · naive · 100 at once · 10 s`.
    pub fn one_line(&self) -> String {
        let text = |path: &str| {
            let field = self.fields().into_iter().find(|field| field.path == path);
            field.map(|field| self.text(&field)).unwrap_or_default()
        };
        let load = match self.load_kind() {
            "constant_arrival_rate" => format!("{}/s", text("load.profile.rate")),
            "constant_concurrency" => format!("{} at once", text("load.profile.concurrency")),
            kind => profile::title(kind).to_ascii_lowercase(),
        };
        let duration = text("load.profile.duration_ms");
        let parts = [self.workload().id, self.variant(), &load, &duration];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

/// What is said of a form.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Judged {
    /// The first field that would be refused.
    pub refusal: Option<Rejection>,
    /// The same in a sentence that names the field; empty where there is none.
    pub why: String,
    /// What the load phase will do; empty for a form that would be refused.
    pub forecast: String,
    /// What it is expected to do to memory, the same.
    pub memory: String,
    /// How long the run will take, the same.
    pub takes: String,
}

impl Field {
    /// What stands in the field before anybody types.
    fn default_text(&self) -> String {
        match &self.input {
            Input::Number(number) => {
                let default = number.default.map(|default| default.min(number.max));
                default.map(|default| quantity::write(number.unit, default)).unwrap_or_default()
            }
            Input::Choice(choice) => choice.options.first().copied().unwrap_or_default().to_owned(),
            Input::Stages(stages) => stages.example.to_owned(),
            Input::Thresholds => String::new(),
        }
    }

    /// Whether a path is this field's, or that of an item of its list.
    pub fn holds(&self, path: &str) -> bool {
        path.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    }

    /// What a rejection says of this field with this text; `None` when it is of another one.
    pub fn refusal(&self, text: &str, rejection: &Rejection) -> Option<String> {
        let Rejection { field, reason, allowed } = rejection;
        let rest = field.strip_prefix(&self.path)?;
        let place = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            None if rest.is_empty() => "It".to_owned(),
            None => return None,
            Some((index, part)) => {
                let index: usize = index.parse().ok()?;
                let part = part.strip_prefix('.').and_then(|part| part.split('_').next());
                let part = part.map(|part| format!(", {part}")).unwrap_or_default();
                match self.input {
                    Input::Thresholds => format!("Line {}{part}", line_of_item(text, index)),
                    _ => format!("Stage {}{part}", index + 1),
                }
            }
        };
        Some(format!("{place} {reason}. Allowed: {allowed}."))
    }

    /// The value that a text means; `None` for an empty one, which leaves the default to the server.
    ///
    /// A text that is no number is passed on as it is: the specification's parser says what is wrong.
    fn read(&self, text: &str) -> Option<Value> {
        if text.trim().is_empty() {
            return None;
        }
        let number = match &self.input {
            Input::Number(number) => quantity::parse(number.unit, text).ok(),
            Input::Thresholds => return Some(items(text).map(|(_, item)| item).collect()),
            Input::Choice(_) | Input::Stages(_) => None,
        };
        Some(match number {
            Some(whole) if whole.fract() == 0.0 => Value::from(whole as i64),
            Some(number) => Value::from(number),
            None => Value::from(text.trim()),
        })
    }

    /// The text of a value, as [`Field::read`] understands it.
    fn write(&self, value: &Value) -> Option<String> {
        match &self.input {
            Input::Number(number) => Some(quantity::write(number.unit, value.as_f64()?)),
            Input::Choice(choice) => match value {
                // A switch: its words are default, on, off.
                Value::Bool(on) => choice.options.get(if *on { 1 } else { 2 }).map(|word| (*word).to_owned()),
                _ => value.as_str().map(str::to_owned),
            },
            // A list, or a text as it is typed here, which the specification's parser reads as well.
            Input::Stages(_) if value.is_string() => value.as_str().map(str::to_owned),
            Input::Stages(_) => {
                let stages = Vec::<Stage>::deserialize(value).ok()?;
                Some(Stage::write_list(&stages))
            }
            Input::Thresholds => {
                let lines: Option<Vec<&str>> = value.as_array()?.iter().map(Value::as_str).collect();
                Some(lines?.join("\n"))
            }
        }
    }
}

/// The lines of a text that hold something, with their numbers from 1.
fn items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty())
}

/// The number of the line that became an item of a list.
fn line_of_item(text: &str, index: usize) -> usize {
    items(text).nth(index).map_or(index + 1, |(number, _)| number)
}

#[cfg(test)]
mod tests;
