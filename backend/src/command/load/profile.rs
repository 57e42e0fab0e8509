//! The text of a load profile on the command line: `spike base_rate=50 peak_rate=500 at=5s hold=2s`.

use heapgym_shared::{
    Rejection,
    load::{PROFILES, ProfileField, ProfileInfo},
    unit::Unit,
};
use serde_json::{Map, Value, json};

use super::{milliseconds, quantity};

/// Reads a kind and its fields as a specification holds them, not yet judged.
///
/// Durations are written as people do and named without their `_ms`; a word without `=` belongs to the value
/// before it, so that stages may be written with spaces.
///
/// # Errors
/// A field that this kind has not, or has twice, or that is no duration where one belongs.
pub(super) fn parse(text: &str) -> Result<Map<String, Value>, Rejection> {
    let mut words = text.split_whitespace();
    let kind = words.next().unwrap_or_default();
    let mut profile = Map::from_iter([("kind".to_owned(), json!(kind))]);
    // An unknown kind is refused by its name, when the specification is judged.
    let Some(info) = PROFILES.iter().find(|info| info.id == kind) else { return Ok(profile) };

    let mut assignments: Vec<(&str, String)> = Vec::new();
    for word in words {
        match (word.split_once('='), assignments.last_mut()) {
            (Some((name, value)), _) => assignments.push((name, value.to_owned())),
            (None, Some((_, value))) => *value = format!("{value} {word}"),
            (None, None) => return Err(unknown(word, info)),
        }
    }
    for (name, value) in assignments {
        let field = info.fields.iter().find(|field| short_name(field) == name || field.name() == name);
        let field = field.ok_or_else(|| unknown(name, info))?;
        if profile.insert(field.name().to_owned(), read(field, &value)?).is_some() {
            return Err(Rejection::new(path(field.name()), "is given twice", "one value"));
        }
    }
    Ok(profile)
}

/// What a value means. What is no number is passed on: the specification's parser says what is wrong.
fn read(field: &ProfileField, text: &str) -> Result<Value, Rejection> {
    match field {
        ProfileField::Number(number) if number.unit == Unit::Milliseconds => match quantity::duration(text) {
            Ok(duration) => Ok(json!(milliseconds(duration))),
            Err(why) => {
                Err(Rejection::new(path(number.name), format!("is `{text}`: {why}"), number.allowed()))
            }
        },
        ProfileField::Number(_) => {
            Ok(quantity::number(text).map_or_else(|_| json!(text), |number| json!(number)))
        }
        ProfileField::Stages(_) => Ok(json!(text)),
    }
}

/// A field's name on the command line, where durations carry their unit.
fn short_name(field: &ProfileField) -> &'static str {
    field.name().trim_end_matches("_ms")
}

fn path(name: &str) -> String {
    format!("load.profile.{name}")
}

fn unknown(name: &str, info: &ProfileInfo) -> Rejection {
    let known: Vec<_> = info.fields.iter().map(short_name).collect();
    Rejection::new(path(name), format!("is not a field of {}", info.id), known.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: Value) {
        assert_eq!(Value::Object(parse(text).unwrap()), expect);
    }

    #[track_caller]
    fn refused(text: &str, field: &str, allowed: &str) {
        let rejection = parse(text).unwrap_err();
        assert_eq!((rejection.field.as_str(), rejection.allowed.as_str()), (field, allowed), "{rejection}");
    }

    #[test]
    fn a_kind_and_its_fields() {
        check(
            "spike base_rate=50 peak_rate=5e2 at=5s hold=1m 30s",
            json!({"kind": "spike", "base_rate": 50.0, "peak_rate": 500.0, "at_ms": 5_000, "hold_ms": 90_000}),
        );
        check("pause", json!({"kind": "pause"}));
        check("burst burst_delay_ms=20ms", json!({"kind": "burst", "burst_delay_ms": 20}));
        check("sine mean=fast", json!({"kind": "sine", "mean": "fast"}));
        for stages in ["100:10s,0:0s", "100 for 10s, 0 for 0s"] {
            let text = format!("ramping_concurrency stages={stages} start_concurrency=5");
            check(&text, json!({"kind": "ramping_concurrency", "stages": stages, "start_concurrency": 5.0}));
        }
        check("", json!({"kind": ""}));
    }

    #[test]
    fn what_it_has_not_is_refused() {
        refused("pause rate=5", "load.profile.rate", "duration");
        refused("pause 5s", "load.profile.5s", "duration");
        refused("sine mean=1 mean=2", "load.profile.mean", "one value");
        refused("sine period=soon", "load.profile.period_ms", "100 ms to 10 min");
    }
}
