//! A run as a list of runs shows it: what it was, how it ended, its main figures, and what was written on it.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Reader, Rejection},
    load,
    outcome::Outcome,
    protocol::RunId,
    report::Report,
    spec::RunSpec,
};

/// Longest note, in characters.
pub const NOTE_CHARS: usize = 2_000;
/// Most tags of one run.
pub const MOST_TAGS: usize = 16;
/// Longest tag and longest name of a baseline, in characters.
pub const NAME_CHARS: usize = 40;

/// One run in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    /// Its name.
    pub id: RunId,
    /// When it began, in milliseconds since 1970; until it has ended, and without a report, when it was asked for.
    pub created_at_ms: u64,
    /// Id of its workload.
    pub workload: String,
    /// Id of its variant.
    pub variant: String,
    /// How it was loaded, in a few words.
    pub load: String,
    /// How it ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// Its main figures; `None` for a run without a report.
    pub figures: Option<Figures>,
    /// What somebody wrote on it.
    pub labels: Labels,
    /// The baselines that it is.
    pub baselines: Vec<String>,
    /// Why its end is not stored yet, such as `the disk is full`; `None` for a run that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
    /// Why what is stored of it cannot be read, in which case the other fields are empty; `None` for a run that can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// The figures of a run that a list shows and can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// 99 in 100 completed requests took no longer, in nanoseconds from their intended start; `None` when no request
    /// completed.
    pub p99_ns: Option<u64>,
    /// The share of the requests that failed, from 0 to 1; `None` when none ended.
    pub failed_share: Option<f64>,
    /// Requests completed within the load phase, per second of it.
    pub throughput_per_s: f64,
    /// Most memory that the allocator held, in bytes.
    pub resident_peak_bytes: u64,
}

/// What people write on a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// A text of at most [`NOTE_CHARS`].
    pub note: String,
    /// Words to find it by, each once; at most [`MOST_TAGS`].
    pub tags: Vec<String>,
    /// Whether it is kept at the top.
    pub pinned: bool,
}

/// A part of the list of runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RunList {
    /// The runs of this part.
    pub runs: Vec<RunLine>,
    /// How many runs there are in all parts.
    pub total: u64,
}

impl RunLine {
    /// A run that nobody has written anything on.
    pub fn new(id: RunId, created_at_ms: u64, spec: &RunSpec) -> Self {
        Self {
            id,
            created_at_ms,
            workload: spec.workload.info().id.to_owned(),
            variant: spec.variant.clone(),
            load: load_words(spec),
            outcome: None,
            figures: None,
            labels: Labels::default(),
            baselines: Vec::new(),
            not_kept: None,
            unreadable: None,
        }
    }

    /// A run that is stored and cannot be read, for this reason.
    pub fn unreadable(id: RunId, created_at_ms: u64, reason: String) -> Self {
        Self {
            id,
            created_at_ms,
            workload: String::new(),
            variant: String::new(),
            load: String::new(),
            outcome: None,
            figures: None,
            labels: Labels::default(),
            baselines: Vec::new(),
            not_kept: None,
            unreadable: Some(reason),
        }
    }
}

/// The profile and how long it loads: `constant concurrency · 10 s`.
fn load_words(spec: &RunSpec) -> String {
    let kind = spec.load.profile.kind();
    let title = load::PROFILES.iter().find(|info| info.id == kind).map_or(kind, |info| info.title);
    let duration = crate::unit::Unit::Milliseconds.format(spec.load.profile.duration_ms() as f64);
    format!("{} · {duration}", title.to_lowercase())
}

impl From<&Report> for Figures {
    fn from(report: &Report) -> Self {
        Self {
            p99_ns: (report.load.completed > 0).then_some(report.response_time_ns.p99),
            failed_share: report.load.failed_share(),
            throughput_per_s: report.load.throughput_per_s,
            resident_peak_bytes: report.memory.resident_peak_bytes,
        }
    }
}

/// What is to be changed of a run's labels; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Relabel {
    /// The new note.
    pub note: Option<String>,
    /// The new tags.
    pub tags: Option<Vec<String>>,
    /// Whether it is to be kept at the top.
    pub pinned: Option<bool>,
}

impl Relabel {
    /// Reads an untrusted `{note, tags, pinned}`, of which each may be left out.
    ///
    /// # Errors
    /// The first field that is wrong, and what would be accepted.
    pub fn parse(value: &serde_json::Value) -> Result<Self, Rejection> {
        let mut reader = Reader::new("", value)?;
        let note = match reader.value("note") {
            None => None,
            Some(serde_json::Value::String(note)) if note.chars().count() <= NOTE_CHARS => Some(note.clone()),
            Some(_) => {
                let allowed = format!("a text of at most {NOTE_CHARS} characters");
                return Err(Rejection::new("note", "is no text, or too long", allowed));
            }
        };
        let tags = match reader.value("tags") {
            None => None,
            Some(serde_json::Value::Array(tags)) => Some(parse_tags(tags)?),
            Some(_) => return Err(Rejection::new("tags", "is no list", "a list of words")),
        };
        let pinned = match reader.value("pinned") {
            None => None,
            Some(serde_json::Value::Bool(pinned)) => Some(*pinned),
            Some(_) => return Err(Rejection::new("pinned", "is neither", "true or false")),
        };
        reader.finish()?;
        Ok(Self { note, tags, pinned })
    }
}

fn parse_tags(values: &[serde_json::Value]) -> Result<Vec<String>, Rejection> {
    if values.len() > MOST_TAGS {
        return Err(Rejection::new(
            "tags",
            format!("has {} tags", values.len()),
            format!("at most {MOST_TAGS}"),
        ));
    }
    let mut tags = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let tag = parse_name(&format!("tags[{index}]"), value.as_str())?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// Reads a tag or the name of a baseline: a few words on one line, without the spaces around them.
///
/// # Errors
/// A refusal of `field`.
pub fn parse_name(field: &str, text: Option<&str>) -> Result<String, Rejection> {
    let name = text.unwrap_or_default().trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        let allowed = format!("1 to {NAME_CHARS} characters on one line");
        return Err(Rejection::new(field, "is empty, too long, or more than one line", allowed));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_stays() {
        assert_eq!(Relabel::parse(&json!({})), Ok(Relabel::default()));
        let relabel = Relabel::parse(&json!({"tags": [" a ", "b", "a"], "pinned": true})).unwrap();
        assert_eq!(relabel.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!((relabel.note, relabel.pinned), (None, Some(true)));
    }

    #[test]
    fn refusals_name_the_field() {
        let refused = |value| Relabel::parse(&value).unwrap_err().field;
        assert_eq!(refused(json!({"note": 7})), "note");
        assert_eq!(refused(json!({"note": "x".repeat(NOTE_CHARS + 1)})), "note");
        assert_eq!(refused(json!({"tags": "a"})), "tags");
        assert_eq!(refused(json!({"tags": ["fine", "two\nlines"]})), "tags[1]");
        assert_eq!(refused(json!({"tags": vec!["t"; MOST_TAGS + 1]})), "tags");
        assert_eq!(refused(json!({"pinned": "yes"})), "pinned");
        assert_eq!(refused(json!({"pined": true})), "pined");
    }
}
