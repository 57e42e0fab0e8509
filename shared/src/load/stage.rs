//! The stages of a ramp, as JSON and as the text that form and command line share.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Caps, fields};
use crate::{
    field::{Number, Reader, Rejection},
    number,
    unit::Unit,
};

/// Stages that a ramp may have.
const MOST_STAGES: usize = 100;

/// One stage of a ramp. Its text is `200 for 10s`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Rate or concurrency at the end of the stage.
    pub target: f64,
    /// Length of the stage; 0 is a jump.
    pub duration_ms: u64,
}

impl Stage {
    /// Reads stages from a text such as `200 for 10s, 0 for 5s`, or shorter `200:10s,0:5s`.
    ///
    /// Durations are numbers of `ms`, `s`, `m`, `min` or `h`, in whole milliseconds.
    ///
    /// # Errors
    /// A refusal of `stages[2]`, where the third stage is not of this form. Ranges are not judged here.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Rejection> {
        let stages = text.split(',').take(MOST_STAGES + 1).enumerate();
        stages
            .map(|(index, stage)| {
                Self::parse(stage).ok_or_else(|| {
                    let quote: String = stage.trim().chars().take(40).collect();
                    let allowed = "a target and a duration, such as `200 for 10s` or `200:10s`";
                    Rejection::new(format!("stages[{index}]"), format!("is `{quote}`"), allowed)
                })
            })
            .collect()
    }

    /// The text of stages, which [`Stage::parse_list`] reads back the same.
    pub fn write_list(stages: &[Self]) -> String {
        stages.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")
    }

    fn parse(text: &str) -> Option<Self> {
        // By single letters, as the page's first part is to have no search for longer ones.
        let colon = text.split_once(':');
        let (target, duration) = colon.or_else(|| {
            let (target, rest) = text.split_once('f')?;
            Some((target.strip_suffix(' ')?, rest.strip_prefix("or ")?))
        })?;
        let target = number::parse(target.trim())?;
        let duration = duration.trim();
        let (length, unit) = duration.split_at(duration.find(|c: char| c.is_ascii_alphabetic())?);
        let scale = match unit {
            "ms" => 1.0,
            "s" => 1e3,
            "m" | "min" => 60e3,
            "h" => 3600e3,
            _ => return None,
        };
        let duration_ms = number::parse(length.trim())? * scale;
        let is_whole = duration_ms >= 0.0 && duration_ms.fract() == 0.0;
        is_whole.then_some(Self { target, duration_ms: duration_ms as u64 })
    }

    /// Reads the field `stages` of an untrusted profile: a list of objects, or a text.
    pub(super) fn read_all(
        reader: &mut Reader<'_>,
        start: f64,
        target: &Number,
        max: &Caps,
    ) -> Result<Vec<Self>, Rejection> {
        let path = reader.path("stages");
        let value = reader.value("stages");
        let stages = match value {
            Some(Value::Array(stages)) => {
                check_count(&path, stages.len())?;
                let read = |(index, stage)| Self::read(&format!("{path}[{index}]"), stage, target);
                stages.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?
            }
            Some(Value::String(text)) => {
                let stages = Self::parse_list(text)
                    .map_err(|error| Rejection { field: reader.path(&error.field), ..error })?;
                check_count(&path, stages.len())?;
                for (index, stage) in stages.iter().enumerate() {
                    stage.check(&format!("{path}[{index}]"), target)?;
                }
                stages
            }
            Some(_) => return Err(Rejection::new(path, "is no list of stages", LIST)),
            None => return Err(Rejection::new(path, "is missing", LIST)),
        };
        let total = stages.iter().map(|stage| stage.duration_ms).sum::<u64>() as f64;
        let range = max.lower(fields::DURATION_MS);
        if !(range.min..=range.max).contains(&total) {
            let reason = format!("last {} in all", Unit::Milliseconds.format(total));
            return Err(Rejection::new(path, reason, format!("{} in all", range.allowed())));
        }
        if start == 0.0 && stages.iter().all(|stage| stage.target == 0.0) {
            return Err(Rejection::new(path, "never rise above 0", "a target above 0; `pause` has none"));
        }
        Ok(stages)
    }

    fn read(path: &str, value: &Value, target: &Number) -> Result<Self, Rejection> {
        let mut reader = Reader::new(path, value)?;
        let stage =
            Self { target: reader.number(target)?, duration_ms: reader.integer(&fields::STAGE_DURATION_MS)? };
        reader.finish()?;
        Ok(stage)
    }

    /// Judges a stage that was read from a text.
    fn check(self, path: &str, target: &Number) -> Result<(), Rejection> {
        Self::read(path, &serde_json::json!({"target": self.target, "duration_ms": self.duration_ms}), target)
            .map(|_| ())
    }
}

const LIST: &str =
    "1 to 100 stages, such as `200 for 10s, 0 for 5s` or [{\"target\": 200, \"duration_ms\": 10000}]";

fn check_count(path: &str, count: usize) -> Result<(), Rejection> {
    match count {
        0 => Err(Rejection::new(path, "is empty", LIST)),
        1..=MOST_STAGES => Ok(()),
        _ => Err(Rejection::new(path, "has more than 100 stages", LIST)),
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for ", self.target)?;
        match self.duration_ms {
            ms if ms % 60_000 == 0 && ms > 0 => write!(f, "{}min", ms / 60_000),
            ms if ms % 1_000 == 0 => write!(f, "{}s", ms / 1_000),
            ms => write!(f, "{ms}ms"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_read_as_they_are_written() {
        let stages = [(200.0, 10_000), (0.5, 0), (7.0, 1_500), (0.0, 120_000)];
        let stages = stages.map(|(target, duration_ms)| Stage { target, duration_ms });
        let text = "200 for 10s, 0.5 for 0s, 7 for 1500ms, 0 for 2min";
        assert_eq!(Stage::write_list(&stages), text);
        assert_eq!(Stage::parse_list(text).unwrap(), stages);
        assert_eq!(Stage::parse_list("200:10s,.5:0ms, 7 : 1.5 s,0:2m").unwrap(), stages);
    }

    #[test]
    fn a_text_that_is_none_names_its_stage() {
        for text in
            ["1:1s,2:1s,x", "1:1s,2:1s,3:4", "1:1s,2:1s,inf:1s", "1:1s,2:1s,3:-1s", "1:1s,2:1s,3:1.5ms"]
        {
            assert_eq!(Stage::parse_list(text).unwrap_err().field, "stages[2]", "{text}");
        }
        for text in ["", "3for 1s", "3 for1s", "3 fo 1s"] {
            assert_eq!(Stage::parse_list(text).unwrap_err().field, "stages[0]", "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_list_reads_back_the_same(
            stages in proptest::collection::vec((0f64..200_000.0, 0u64..600_000), 1..5)
        ) {
            let stages: Vec<_> =
                stages.into_iter().map(|(target, duration_ms)| Stage { target, duration_ms }).collect();
            prop_assert_eq!(Stage::parse_list(&Stage::write_list(&stages)).unwrap(), stages);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}") {
            let _ = Stage::parse_list(&text);
        }
    }
}
