//! Changes that a specification makes to its own run, at instants of its clock: what a person would do, repeatable.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Adjustment;
use crate::{
    field::{Number, Reader, Rejection},
    unit::Unit,
};

/// Most of them in one specification.
const MOST: usize = 32;

const AT_MS: Number = Number::whole(
    "at_ms",
    "At",
    Unit::Milliseconds,
    (0, 1_000_000),
    0,
    "When the change is made, since the run began.",
);

/// A change at an instant of the run's clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScheduledChange {
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// What.
    pub change: Adjustment,
}

impl ScheduledChange {
    /// Reads the list `changes` of a specification; earlier ones first.
    ///
    /// # Errors
    /// When it is no list, has too many items, or one of them is refused.
    pub(crate) fn read_all(reader: &mut Reader<'_>) -> Result<Vec<Self>, Rejection> {
        let path = reader.path("changes");
        let Some(value) = reader.value("changes") else { return Ok(Vec::new()) };
        let items = value.as_array().filter(|items| items.len() <= MOST);
        let items = items.ok_or_else(|| {
            Rejection::new(&path, "is no such list", format!("a list of at most {MOST} {{at_ms, change}}"))
        })?;
        let read = |(index, item): (usize, &Value)| {
            let mut reader = Reader::new(format!("{path}[{index}]"), item)?;
            let scheduled = Self {
                at_ms: reader.integer(&AT_MS)?,
                change: Adjustment::parse(reader.required_object("change", "{kind, ...}")?)?,
            };
            reader.finish()?;
            Ok(scheduled)
        };
        let mut changes = items.iter().enumerate().map(read).collect::<Result<Vec<_>, Rejection>>()?;
        changes.sort_by_key(|scheduled| scheduled.at_ms);
        Ok(changes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Vec<ScheduledChange>, Rejection> {
        ScheduledChange::read_all(&mut Reader::new("", &value)?)
    }

    #[test]
    fn they_come_in_the_order_of_their_instants() {
        let purge = |at_ms: u64| json!({"at_ms": at_ms, "change": {"kind": "purge"}});
        let changes = read(json!({"changes": [purge(500), purge(20)]})).unwrap();
        assert_eq!(changes.iter().map(|scheduled| scheduled.at_ms).collect::<Vec<_>>(), [20, 500]);
        assert_eq!(read(json!({"changes": serde_json::to_value(&changes).unwrap()})), Ok(changes));
        assert_eq!(read(json!({})), Ok(Vec::new()));
    }

    #[test]
    fn a_refusal_names_the_item() {
        let field = |value| read(json!({"changes": value})).unwrap_err().field;
        assert_eq!(field(json!(5)), "changes");
        assert_eq!(field(json!([{"at_ms": -1}])), "changes[0].at_ms");
        assert_eq!(field(json!([{"at_ms": 1}])), "changes[0].change");
        assert_eq!(
            field(json!([{"at_ms": 1, "change": {"kind": "set_decay"}}])),
            "changes[0].change.dirty_ms"
        );
        assert_eq!(field(json!(vec![json!({}); MOST + 1])), "changes");
    }
}
