//! The text of a change on the command line: `2s set_decay dirty_ms=0`.

use heapgym_shared::Rejection;
use serde_json::{Map, Value, json};

use super::{load::milliseconds, workload::assignment};

/// Reads an instant, a kind and its fields as a specification holds them, not yet judged.
///
/// # Errors
/// When there is no instant, or a field is not `NAME=VALUE`.
pub(super) fn parse(text: &str) -> Result<Value, Rejection> {
    let refuse = |reason: String| {
        Rejection::new(
            "change",
            reason,
            "an instant of the run, a kind and its fields, such as `2s set_decay dirty_ms=0`",
        )
    };
    let mut words = text.split_whitespace();
    let at = words.next().unwrap_or_default();
    let at = humantime::parse_duration(at)
        .map_err(|_| refuse(format!("begins with `{at}`, which is no duration")))?;
    let kind = words.next().ok_or_else(|| refuse(format!("is `{text}`, without a kind")))?;
    let mut change = Map::from_iter([("kind".to_owned(), json!(kind))]);
    for word in words {
        let (name, value) =
            assignment(word).ok_or_else(|| refuse(format!("has `{word}`, not NAME=VALUE")))?;
        change.insert(name.to_owned(), value);
    }
    Ok(json!({"at_ms": milliseconds(at), "change": change}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_as_it_is_written() {
        assert_eq!(
            parse("2s set_decay dirty_ms=0").unwrap(),
            json!({"at_ms": 2000, "change": {"kind": "set_decay", "dirty_ms": 0.0}})
        );
        assert_eq!(
            parse("1500ms set_background_thread on=true").unwrap(),
            json!({"at_ms": 1500, "change": {"kind": "set_background_thread", "on": true}})
        );
    }

    #[test]
    fn what_is_missing_is_named() {
        for text in ["", "purge", "2s", "2s set_decay dirty_ms"] {
            assert_eq!(parse(text).unwrap_err().field, "change", "{text}");
        }
    }
}
