//! The list of runs: searched, filtered, sorted, a part at a time.

use futures_util::TryStreamExt;
use heapgym_shared::{
    Outcome, Rejection, Report, RunSpec,
    history::{Figures, Labels, RunLine, RunList},
    protocol::RunId,
};
use serde::Deserialize;
use sqlx::{FromRow, QueryBuilder, Row as _, Sqlite, SqliteConnection, sqlite::SqliteRow, types::Json};

use super::{Store, StoreError};

/// Most runs in one part of the list.
const MOST_IN_PART: u32 = 100;
/// Most words in a search.
const MOST_WORDS: usize = 32;
/// Longest search, in characters.
const MOST_CHARS: usize = 400;

/// Which runs are wanted, and in which order. What is empty or left out wants all.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    /// Words that must all stand in the run's note, tags, name, workload, variant, load or outcome.
    pub search: String,
    /// Kind of the outcome, such as `out_of_memory`.
    pub outcome: String,
    /// Id of the workload.
    pub workload: String,
    /// Whether only pinned ones are wanted.
    pub pinned: bool,
    /// Whether those are wanted that were deleted and can still be restored; no others then.
    pub deleted: bool,
    /// In which order they come; pinned ones come first in any.
    pub order: Order,
    /// Runs before the first of this part.
    pub offset: u32,
    /// Most runs in this part: at most 100, which is also the default.
    pub limit: Option<u32>,
}

/// An order of runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The newest first.
    #[default]
    Newest,
    /// The oldest first.
    Oldest,
    /// The slowest first, by the 99th percentile of their response times.
    P99,
    /// The most completed requests a second first.
    Throughput,
    /// The most memory held by the allocator first.
    Resident,
}

impl Order {
    /// As SQL says it. Runs without the figure come last.
    fn clause(self) -> &'static str {
        match self {
            Self::Newest => "number DESC",
            Self::Oldest => "number",
            Self::P99 => "readable_report ->> '$.response_time_ns.p99' DESC, number DESC",
            Self::Throughput => "readable_report ->> '$.load.throughput_per_s' DESC, number DESC",
            Self::Resident => "readable_report ->> '$.memory.resident_peak_bytes' DESC, number DESC",
        }
    }
}

#[derive(Debug, FromRow)]
struct Row {
    id: String,
    created_at_ms: i64,
    spec: Json<RunSpec>,
    outcome: Option<Json<Outcome>>,
    report: Option<Json<Report>>,
    note: String,
    tags: Json<Vec<String>>,
    pinned: bool,
    baselines: Json<Vec<String>>,
}

/// The runs, with what is JSON only where it can be read: SQLite fails over a whole list when one row of it cannot.
const RUNS: &str = "(SELECT *, iif(json_valid(spec), spec, NULL) AS readable_spec, \
     iif(json_valid(outcome), outcome, NULL) AS readable_outcome, \
     iif(json_valid(report), report, NULL) AS readable_report FROM run)";

impl Wanted {
    /// Checks what a client asks for.
    ///
    /// # Errors
    /// When the search is too long.
    pub fn check(&self) -> Result<(), Rejection> {
        let (words, chars) = (self.search.split_whitespace().count(), self.search.chars().count());
        if words > MOST_WORDS || chars > MOST_CHARS {
            let reason = format!("has {words} words and {chars} characters");
            let allowed = format!("at most {MOST_WORDS} words and {MOST_CHARS} characters");
            return Err(Rejection::new("search", reason, allowed));
        }
        Ok(())
    }
}

impl Store {
    /// The wanted part of the list of runs. One that cannot be read says so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self, wanted: &Wanted) -> anyhow::Result<RunList> {
        let mut transaction = self.pool.begin().await?; // all queries see the same runs
        let words = folded_words(&wanted.search);
        let found =
            if words.is_empty() { None } else { Some(found(&mut transaction, wanted, &words).await?) };
        let mut count = QueryBuilder::new("SELECT count(*) FROM ");
        count.push(RUNS);
        narrow(&mut count, wanted, found.as_deref());
        let total: i64 = count.build_query_scalar().fetch_one(&mut *transaction).await?;

        let mut part = QueryBuilder::new(
            "SELECT id, created_at_ms, spec, outcome, report, note, tags, pinned, \
             (SELECT json_group_array(name) FROM baseline WHERE run = number) AS baselines FROM ",
        );
        part.push(RUNS);
        narrow(&mut part, wanted, found.as_deref());
        part.push(" ORDER BY pinned DESC, ").push(wanted.order.clause());
        part.push(" LIMIT ").push_bind(wanted.limit.unwrap_or(MOST_IN_PART).min(MOST_IN_PART));
        part.push(" OFFSET ").push_bind(wanted.offset);
        let rows = part.build().fetch_all(&mut *transaction).await?;
        Ok(RunList { runs: rows.iter().map(line).collect(), total: total as u64 })
    }
}

/// The words of a search, for comparison in any letter case.
fn folded_words(search: &str) -> Vec<String> {
    search.split_whitespace().map(str::to_lowercase).collect()
}

/// The numbers of the wanted runs whose texts hold all words. SQLite knows the letter case of ASCII alone, so that the
/// texts are compared here.
async fn found(
    transaction: &mut SqliteConnection,
    wanted: &Wanted,
    words: &[String],
) -> anyhow::Result<Vec<i64>> {
    let mut texts = QueryBuilder::new(
        "SELECT number, concat_ws(' ', id, note, readable_spec ->> '$.workload.kind', readable_spec ->> '$.variant', \
         readable_spec ->> '$.load.profile.kind', readable_outcome ->> '$.kind'), tags FROM ",
    );
    texts.push(RUNS);
    narrow(&mut texts, wanted, None);
    let mut rows = texts.build_query_as::<(i64, String, String)>().fetch(transaction);
    let mut found = Vec::new();
    while let Some((number, text, tags)) = rows.try_next().await? {
        let tags: Vec<String> = serde_json::from_str(&tags).unwrap_or_default();
        let text = format!("{text} {}", tags.join(" ")).to_lowercase();
        if words.iter().all(|word| text.contains(word)) {
            found.push(number);
        }
    }
    Ok(found)
}

/// Leaves out what is not wanted, and what a search has not `found`.
fn narrow(query: &mut QueryBuilder<Sqlite>, wanted: &Wanted, found: Option<&[i64]>) {
    query.push(if wanted.deleted {
        " WHERE deleted_at_ms IS NOT NULL"
    } else {
        " WHERE deleted_at_ms IS NULL"
    });
    if wanted.pinned {
        query.push(" AND pinned");
    }
    let equal = [
        ("readable_outcome ->> '$.kind'", &wanted.outcome),
        ("readable_spec ->> '$.workload.kind'", &wanted.workload),
    ];
    for (place, word) in equal.into_iter().filter(|(_, word)| !word.is_empty()) {
        query.push(" AND ").push(place).push(" = ").push_bind(word.clone());
    }
    if let Some(found) = found {
        let found = Json(found.to_vec());
        query.push(" AND number IN (SELECT value FROM json_each(").push_bind(found).push("))");
    }
}

/// A run as the list shows it.
fn line(row: &SqliteRow) -> RunLine {
    match Row::from_row(row) {
        Ok(row) => RunLine::from(row),
        Err(error) => {
            let id = RunId(row.try_get("id").unwrap_or_default());
            tracing::warn!(run = %id, %error, "a run cannot be read");
            let created_at_ms: i64 = row.try_get("created_at_ms").unwrap_or_default();
            RunLine::unreadable(id, created_at_ms as u64, StoreError::WHY_UNREADABLE.to_owned())
        }
    }
}

impl From<Row> for RunLine {
    fn from(row: Row) -> Self {
        let began_at_ms = row.report.as_ref().and_then(|Json(report)| report.environment.began_at_ms);
        Self {
            outcome: row.outcome.map(|Json(outcome)| outcome),
            figures: row.report.as_ref().map(|Json(report)| Figures::from(report)),
            labels: Labels { note: row.note, tags: row.tags.0, pinned: row.pinned },
            baselines: row.baselines.0,
            ..Self::new(RunId(row.id), began_at_ms.unwrap_or(row.created_at_ms as u64), &row.spec.0)
        }
    }
}
