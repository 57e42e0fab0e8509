//! Tells the kinds of JSON documents apart that heapgym writes, by the names at their top.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::NotRead;

/// A kind of JSON document that heapgym writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole run with its samples.
    Run,
    /// The report of a run.
    Report,
    /// What is to be run.
    Specification,
    /// Two sides, compared.
    Comparison,
    /// The search for a rate.
    Search,
    /// The report of `heapgym attack`.
    Attack,
    /// The report of `heapgym bench`.
    Bench,
    /// The report of `heapgym calibrate`.
    Calibration,
    /// A run as `GET /api/runs/{id}` shows it, without its samples.
    RunWithoutSamples,
    /// A list, such as the samples of a run.
    List,
}

impl Kind {
    /// The kind of a document in UTF-8; `None` for JSON that heapgym does not write. Values are skipped, not kept.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(super) fn of(text: &[u8]) -> Result<Option<Self>, NotRead> {
        let top: Top = serde_json::from_slice(text).map_err(NotRead::Syntax)?;
        let names = match &top {
            Top::Object(names) => names,
            Top::List => return Ok(Some(Self::List)),
            Top::Other => return Ok(None),
        };
        let has = |wanted: &[&str]| wanted.iter().all(|name| names.contains(*name));
        // A report counts its samples, so that it has the names of a run, too.
        Ok(if has(&["schema", "spec", "outcome"]) {
            Some(Self::Report)
        } else if has(&["spec", "samples"]) {
            Some(Self::Run)
        } else if has(&["id", "created_at_ms", "spec"]) {
            Some(Self::RunWithoutSamples)
        } else if has(&["deltas", "verdict"]) {
            Some(Self::Comparison)
        } else if has(&["held_rate_per_s", "steps"]) {
            Some(Self::Search)
        } else if has(&["latencies", "bytes_in"]) {
            Some(Self::Attack)
        } else if has(&["benchmarks"]) {
            Some(Self::Bench)
        } else if has(&["within", "settings"]) {
            Some(Self::Calibration)
        } else if has(&["workload"]) || has(&["load"]) {
            Some(Self::Specification)
        } else {
            None
        })
    }

    /// These kinds, each with the place that it comes from.
    pub(super) fn wanted(kinds: &[Self]) -> String {
        kinds.iter().map(|kind| format!("{kind}, from {}", kind.origin())).collect::<Vec<_>>().join("; or ")
    }

    /// What writes a document of this kind.
    fn origin(self) -> &'static str {
        match self {
            Self::Run => "`heapgym run --save FILE` or Export on a run's page",
            Self::Report => "`heapgym run --json FILE`",
            Self::Specification => "the `spec` of a report",
            Self::Comparison => "`heapgym compare --json FILE`",
            Self::Search => "`heapgym run --find-rate EXPR --json FILE`",
            Self::Attack => "`heapgym attack --json FILE`",
            Self::Bench => "`heapgym bench --json FILE`",
            Self::Calibration => "`heapgym calibrate --json FILE`",
            Self::RunWithoutSamples => "GET /api/runs/ID",
            Self::List => "GET /api/runs/ID/samples.json",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Run => "a run",
            Self::Report => "a report",
            Self::Specification => "a specification",
            Self::Comparison => "a comparison",
            Self::Search => "a search for a rate",
            Self::Attack => "a report of `heapgym attack`",
            Self::Bench => "a report of `heapgym bench`",
            Self::Calibration => "a report of `heapgym calibrate`",
            Self::RunWithoutSamples => "a run without its samples",
            Self::List => "a list",
        })
    }
}

/// What is at the top of a document.
#[derive(Debug)]
enum Top {
    /// An object with these names.
    Object(BTreeSet<String>),
    /// A list.
    List,
    /// A number, a text, a truth value or null.
    Other,
}

impl<'de> Deserialize<'de> for Top {
    fn deserialize<D: Deserializer<'de>>(document: D) -> Result<Self, D::Error> {
        document.deserialize_any(TopVisitor)
    }
}

struct TopVisitor;

impl<'de> Visitor<'de> for TopVisitor {
    type Value = Top;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Top, A::Error> {
        /// More than any document of heapgym's has: a hostile one cannot fill the memory with names.
        const MAX_NAMES: usize = 64;
        let mut names = BTreeSet::new();
        while let Some((name, IgnoredAny)) = object.next_entry::<Cow<'de, str>, _>()? {
            if names.len() < MAX_NAMES {
                names.insert(name.into_owned());
            }
        }
        Ok(Top::Object(names))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Top, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Top::List)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Top, E> {
        Ok(Top::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Top, E> {
        Ok(Top::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Top, E> {
        Ok(Top::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Top, E> {
        Ok(Top::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Top, E> {
        Ok(Top::Other)
    }

    fn visit_unit<E>(self) -> Result<Top, E> {
        Ok(Top::Other)
    }
}
