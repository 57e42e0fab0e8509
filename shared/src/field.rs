//! Fields a person can set: title, unit, range and help, said once for form, CLI, API and errors.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    quantity::{self, Misread},
    unit::Unit,
};

/// Why a request was refused: which field, what was wrong with it and what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Path of the field, such as `load.profile.rate`.
    pub field: String,
    /// What was wrong, as half a sentence.
    pub reason: String,
    /// What would be accepted.
    pub allowed: String,
}

impl Rejection {
    /// A refusal of `field`.
    pub fn new(field: impl Into<String>, reason: impl Into<String>, allowed: impl Into<String>) -> Self {
        Self { field: field.into(), reason: reason.into(), allowed: allowed.into() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}; allowed: {}", self.field, self.reason, self.allowed)
    }
}

impl std::error::Error for Rejection {}

/// A number a person can set.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Number {
    /// Its key in JSON.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// What it is counted in.
    pub unit: Unit,
    /// Smallest accepted value.
    pub min: f64,
    /// Largest accepted value.
    pub max: f64,
    /// Value when none is given; `None` means that it must be given.
    pub default: Option<f64>,
    /// Whether only whole numbers are accepted.
    pub whole: bool,
    /// One sentence on what it does.
    pub help: &'static str,
}

impl Number {
    /// A field that takes whole numbers in this range.
    pub const fn whole(
        name: &'static str,
        title: &'static str,
        unit: Unit,
        (min, max): (u64, u64),
        default: u64,
        help: &'static str,
    ) -> Self {
        let (min, max, default) = (min as f64, max as f64, Some(default as f64));
        Self { name, title, unit, min, max, default, whole: true, help }
    }

    /// The same field with its upper end lowered to what an instance allows.
    #[must_use]
    pub fn capped(mut self, max: f64) -> Self {
        self.max = self.max.min(max);
        self
    }

    /// The same field without a default, or with another one.
    #[must_use]
    pub const fn with_default(mut self, default: Option<f64>) -> Self {
        self.default = default;
        self
    }

    /// The accepted range in words, such as `1 s to 10 min`.
    pub fn allowed(&self) -> String {
        let whole = if self.whole && self.unit == Unit::Count { "a whole number from " } else { "" };
        format!("{whole}{} to {}", self.unit.format(self.min), self.unit.format(self.max))
    }

    fn check(&self, path: &str, value: &Value) -> Result<f64, Rejection> {
        let refuse = |reason: String| Err(Rejection::new(path, reason, self.allowed()));
        let Some(number) = value.as_f64() else {
            return refuse(self.misread(value));
        };
        if self.whole && number.fract() != 0.0 {
            return refuse(format!("is {number}, not a whole number"));
        }
        self.accept(path, number).map(|()| number)
    }

    /// Why a value is not a number: what to write instead, where that is known.
    fn misread(&self, value: &Value) -> String {
        let why = value.as_str().and_then(|text| quantity::parse(self.unit, text).err());
        match why {
            Some(why) if why != Misread::Other => format!("is {}: {why}", shown(value)),
            _ => format!("is {}, not a number", shown(value)),
        }
    }

    /// Whether `number` is in range.
    ///
    /// # Errors
    /// A refusal of the field at `path`, when it is not.
    pub fn accept(&self, path: &str, number: f64) -> Result<(), Rejection> {
        if (self.min..=self.max).contains(&number) {
            return Ok(());
        }
        Err(Rejection::new(path, format!("is {}", self.unit.format(number)), self.allowed()))
    }
}

/// A word a person picks from a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Its key in JSON.
    pub name: &'static str,
    /// Its label.
    pub title: &'static str,
    /// The accepted words, the default first.
    pub options: &'static [&'static str],
    /// One sentence on what it does.
    pub help: &'static str,
}

/// A field of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Parameter {
    /// A number in a range.
    Number(Number),
    /// A word from a list.
    Choice(Choice),
}

/// Reads one JSON object field by field, refusing what it does not know.
///
/// This is the edge where untrusted specifications become validated types: serde alone loses the
/// field's path inside tagged enums, and cannot say which range would have been accepted.
#[derive(Debug)]
pub struct Reader<'a> {
    path: String,
    object: &'a Map<String, Value>,
    seen: Vec<&'static str>,
}

impl<'a> Reader<'a> {
    /// Reads `value` as the object at `path` (empty for the outermost).
    ///
    /// # Errors
    /// When it is not an object.
    pub fn new(path: impl Into<String>, value: &'a Value) -> Result<Self, Rejection> {
        let path = path.into();
        match value {
            Value::Object(object) => Ok(Self { path, object, seen: Vec::new() }),
            other => Err(Rejection::new(
                if path.is_empty() { "message".to_owned() } else { path },
                format!("is {}", shown(other)),
                "an object",
            )),
        }
    }

    /// The full path of a key, such as `load.profile.rate`.
    pub fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// The raw value of `name`, if it is there and not null.
    pub fn value(&mut self, name: &'static str) -> Option<&'a Value> {
        if !self.seen.contains(&name) {
            self.seen.push(name);
        }
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// The object at `name`, or `None` when it is missing.
    ///
    /// # Errors
    /// When something else stands there.
    pub fn object(&mut self, name: &'static str) -> Result<Option<Reader<'a>>, Rejection> {
        let path = self.path(name);
        self.value(name).map(|value| Reader::new(path, value)).transpose()
    }

    /// The object at `name`.
    ///
    /// # Errors
    /// When it is missing or something else.
    pub fn required_object(&mut self, name: &'static str, allowed: &str) -> Result<Reader<'a>, Rejection> {
        let path = self.path(name);
        self.object(name)?.ok_or_else(|| Rejection::new(path, "is missing", allowed))
    }

    /// The number of `field`, or its default.
    ///
    /// # Errors
    /// When it is out of range, not a number, or missing without a default.
    pub fn number(&mut self, field: &Number) -> Result<f64, Rejection> {
        let path = self.path(field.name);
        match (self.value(field.name), field.default) {
            (Some(value), _) => field.check(&path, value),
            (None, Some(default)) => Ok(default.min(field.max)),
            (None, None) => Err(Rejection::new(path, "is missing", field.allowed())),
        }
    }

    /// The number of `field`, or `None` when it is missing.
    ///
    /// # Errors
    /// As [`Reader::number`].
    pub fn optional_number(&mut self, field: &Number) -> Result<Option<f64>, Rejection> {
        let path = self.path(field.name);
        self.value(field.name).map(|value| field.check(&path, value)).transpose()
    }

    /// The whole number of `field`, or its default. The field's range keeps it exact.
    ///
    /// # Errors
    /// As [`Reader::number`].
    pub fn integer(&mut self, field: &Number) -> Result<u64, Rejection> {
        Ok(self.number(field)? as u64)
    }

    /// One of `options`, or the first of them when missing and `required` is not set.
    ///
    /// # Errors
    /// When it is another word or no word.
    pub fn word(
        &mut self,
        name: &'static str,
        options: &[&'static str],
        default: Option<&'static str>,
    ) -> Result<&'static str, Rejection> {
        let path = self.path(name);
        let refuse = |reason: String| Err(Rejection::new(path.clone(), reason, options.join(", ")));
        match (self.value(name), default) {
            (Some(Value::String(word)), _) => match options.iter().find(|option| *option == word) {
                Some(option) => Ok(option),
                None => refuse(format!("is {}", shown(&Value::String(word.clone())))),
            },
            (Some(other), _) => refuse(format!("is {}, not a word", shown(other))),
            (None, Some(default)) => Ok(default),
            (None, None) => refuse("is missing".to_owned()),
        }
    }

    /// The word of `choice`, or `None` when it is missing.
    ///
    /// # Errors
    /// As [`Reader::word`].
    pub fn optional_word(&mut self, choice: &Choice) -> Result<Option<&'static str>, Rejection> {
        match self.value(choice.name) {
            None => Ok(None),
            Some(_) => self.choice(choice).map(Some),
        }
    }

    /// The word of `choice`, its first option when missing.
    ///
    /// # Errors
    /// As [`Reader::word`].
    pub fn choice(&mut self, choice: &Choice) -> Result<&'static str, Rejection> {
        self.word(choice.name, choice.options, choice.options.first().copied())
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When the object holds a key that nobody asked for.
    pub fn finish(self) -> Result<(), Rejection> {
        match self.object.keys().find(|key| !self.seen.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                let mut key = key.clone();
                truncate(&mut key);
                Err(Rejection::new(self.path(&key), "is not a known field", self.seen.join(", ")))
            }
        }
    }
}

/// A value as it is quoted in an error: short, whatever was sent.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => {
            let mut text = serde_json::to_string(other).unwrap_or_default();
            truncate(&mut text);
            text
        }
    }
}

fn truncate(text: &mut String) {
    const LONGEST_QUOTE: usize = 40; // characters; an error must not echo a megabyte
    if let Some((cut, _)) = text.char_indices().nth(LONGEST_QUOTE) {
        text.truncate(cut);
        text.push_str("...");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RATE: Number = Number {
        name: "rate",
        title: "Rate",
        unit: Unit::PerSecond,
        min: 0.1,
        max: 1000.0,
        default: None,
        whole: false,
        help: "Requests per second.",
    };

    #[track_caller]
    fn refused(value: Value) -> Rejection {
        let mut reader = Reader::new("load", &value).unwrap();
        reader.number(&RATE).and_then(|_| reader.finish()).unwrap_err()
    }

    #[test]
    fn a_refusal_names_the_field_and_its_range() {
        let rejection = refused(json!({"rate": 0}));
        assert_eq!(rejection.to_string(), "`load.rate` is 0/s; allowed: 0.1/s to 1,000/s");
        assert_eq!(refused(json!({})).reason, "is missing");
        assert_eq!(refused(json!({"rate": "fast"})).reason, "is \"fast\", not a number");
    }

    #[test]
    fn a_number_in_another_notation_is_refused_with_what_to_write() {
        for (text, instead) in [
            ("1,5", "write 1.5 with a point"),
            ("1,5/s", "write 1.5 with a point"),
            ("1 000", "write 1000 without"),
            ("\u{ff15}", "write it with the digits 0 to 9"),
        ] {
            let reason = refused(json!({"rate": text})).reason;
            assert!(reason.starts_with(&format!("is \"{text}\": {instead}")), "{reason}");
        }
        assert!(refused(json!({"rate": format!("1,{}", "5".repeat(1_000_000))})).reason.len() < 200);
    }

    #[test]
    fn an_unknown_field_is_refused_by_name() {
        let rejection = refused(json!({"rate": 5, "ratee": 5}));
        assert_eq!((rejection.field.as_str(), rejection.allowed.as_str()), ("load.ratee", "rate"));
    }

    #[test]
    fn what_is_quoted_stays_short() {
        assert!(refused(json!({"rate": "x".repeat(1_000_000)})).reason.len() < 100);
    }
}
