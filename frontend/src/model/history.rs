//! The list of runs: what the reader wants to see of it, and what is said of each.

use heapgym_shared::{
    history::{Figures, RunLine},
    unit::Unit,
};

/// Runs that are asked for at once.
pub const PAGE: u64 = 24;

/// What the reader wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Words of workload, variant, note or tags.
    pub search: String,
    /// The id of an outcome; empty for all.
    pub outcome: String,
    /// The id of a workload; empty for all.
    pub workload: String,
    /// Only those that are pinned.
    pub pinned: bool,
    /// Those that were deleted and can be had back, and no others.
    pub deleted: bool,
    /// The order; empty for the newest first.
    pub order: String,
}

/// The ids and titles of the orders.
pub const ORDERS: [(&str, &str); 5] = [
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("p99", "Slowest p99 first"),
    ("throughput", "Most requests/s first"),
    ("resident", "Most memory first"),
];

impl Wanted {
    /// The words of the query, from a place in the list on.
    pub fn query(&self, offset: u64) -> Vec<(&'static str, String)> {
        let when = |ticked| if ticked { "true" } else { "" };
        let words = [
            ("search", self.search.trim()),
            ("outcome", &self.outcome),
            ("workload", &self.workload),
            ("pinned", when(self.pinned)),
            ("deleted", when(self.deleted)),
            ("order", &self.order),
        ];
        let said = words.into_iter().filter(|(_, word)| !word.is_empty());
        let mut query: Vec<_> = said.map(|(name, word)| (name, word.to_owned())).collect();
        query.extend([("offset", offset.to_string()), ("limit", PAGE.to_string())]);
        query
    }

    /// Whether everything is wanted.
    pub fn is_all(&self) -> bool {
        *self == Self { order: self.order.clone(), ..Self::default() }
    }
}

/// How it ended, and its figures.
pub fn sentence(line: &RunLine) -> String {
    if let Some(reason) = &line.unreadable {
        return format!("This run cannot be read: {reason}");
    }
    let ended = line.outcome.as_ref().map_or("not ended yet", |outcome| outcome.id()).replace('_', " ");
    let figures =
        line.figures.map(|Figures { p99_ns, failed_share, throughput_per_s, resident_peak_bytes }| {
            let failed = failed_share.filter(|share| *share > 0.0);
            let failed = failed.map(|share| format!("{} failed", Unit::Percent.format(share * 100.0)));
            let p99 = p99_ns.map(|ns| format!("p99 {}", Unit::Nanoseconds.format(ns as f64)));
            [
                failed,
                p99,
                Some(format!("{} requests/s", Unit::Count.format(throughput_per_s.round()))),
                Some(format!("peak {} resident", Unit::Bytes.format(resident_peak_bytes as f64))),
            ]
        });
    let figures = figures.into_iter().flatten().flatten();
    let not_kept = line.not_kept.as_ref().map(|reason| format!("not kept: {reason}"));
    [ended].into_iter().chain(not_kept).chain(figures).collect::<Vec<_>>().join(" · ")
}

/// The tags that a text names: words between commas, each once.
pub fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if tags.iter().all(|other| other != tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{Outcome, protocol::RunId};

    use super::*;
    use crate::model::run::tests::spec;

    #[test]
    fn only_what_is_wanted_is_asked_for() {
        assert_eq!(Wanted::default().query(0), [("offset", "0".to_owned()), ("limit", "24".to_owned())]);
        let wanted = Wanted { search: " big ".to_owned(), pinned: true, deleted: true, ..Wanted::default() };
        let words: Vec<_> =
            wanted.query(24).into_iter().map(|(name, word)| format!("{name}={word}")).collect();
        assert_eq!(words.join("&"), "search=big&pinned=true&deleted=true&offset=24&limit=24");
        assert!(!wanted.is_all() && Wanted { order: "p99".to_owned(), ..Wanted::default() }.is_all());
    }

    #[test]
    fn a_run_is_told_with_its_figures_where_it_has_any() {
        let mut line = RunLine::new(RunId("a".to_owned()), 0, &spec("naive"));
        assert_eq!(sentence(&line), "not ended yet");
        line.outcome = Some(Outcome::Completed);
        let figures = Figures {
            p99_ns: Some(12_000_000),
            failed_share: Some(0.0),
            throughput_per_s: 1234.4,
            resident_peak_bytes: 5 << 20,
        };
        line.figures = Some(figures);
        assert_eq!(sentence(&line), "completed · p99 12 ms · 1,234 requests/s · peak 5 MiB resident");
        let figures = Figures { p99_ns: None, failed_share: Some(1.0), throughput_per_s: 0.0, ..figures };
        line.figures = Some(figures);
        assert_eq!(sentence(&line), "completed · 100 % failed · 0 requests/s · peak 5 MiB resident");
    }

    #[test]
    fn tags_stand_between_commas() {
        assert_eq!(tags(" before, big one,,before"), ["before", "big one"]);
    }
}
