//! One run: begun, grown by its samples, ended, read, and forgotten.

use std::time::Duration;

use heapgym_probe::clock;
use heapgym_shared::{Outcome, Report, RunSpec, history::Labels, protocol::RunId};
use sqlx::{FromRow, types::Json};

use super::{RunHead, Store, StoredRun};

/// How long a deleted run can be restored.
const RESTORABLE_FOR: Duration = Duration::from_secs(3600);

/// A run's row.
#[derive(Debug, FromRow)]
struct Row {
    created_at_ms: i64,
    spec: Json<RunSpec>,
    outcome: Option<Json<Outcome>>,
    report: Option<Json<Report>>,
    note: String,
    tags: Json<Vec<String>>,
    pinned: bool,
}

impl Store {
    /// Keeps a new run, which has no samples yet.
    ///
    /// # Errors
    /// When the database fails, or there is a run of this name.
    pub async fn create(&self, id: &RunId, created_at_ms: u64, spec: &RunSpec) -> anyhow::Result<()> {
        let insert = sqlx::query("INSERT INTO run (id, created_at_ms, spec) VALUES (?, ?, ?)");
        insert.bind(&id.0).bind(created_at_ms as i64).bind(Json(spec)).execute(&self.pool).await?;
        Ok(())
    }

    /// Keeps a run that has ended elsewhere.
    ///
    /// # Errors
    /// When the database fails, or there is a run of this name.
    pub async fn import(&self, run: StoredRun) -> anyhow::Result<()> {
        let lost = || Outcome::Lost { reason: "the file holds a run that had not ended".to_owned() };
        let StoredRun { head: RunHead { id, created_at_ms, spec, outcome, report, .. }, samples, profiles } =
            run;
        self.create(&id, created_at_ms, &spec).await?;
        self.append(&id, &samples).await?;
        self.keep_profiles(&id, &profiles).await?;
        self.finish(&id, &outcome.unwrap_or_else(lost), report.as_deref()).await
    }

    /// Keeps how a run ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish(&self, id: &RunId, outcome: &Outcome, report: Option<&Report>) -> anyhow::Result<()> {
        let update = sqlx::query("UPDATE run SET outcome = ?, report = ? WHERE id = ?");
        update.bind(Json(outcome)).bind(report.map(Json)).bind(&id.0).execute(&self.pool).await?;
        Ok(())
    }

    /// The report of a run, which has none before its end and may have none then; none when there is no such run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report(&self, id: &RunId) -> anyhow::Result<Option<Option<Report>>> {
        let report = sqlx::query_scalar("SELECT report FROM run WHERE id = ? AND deleted_at_ms IS NULL");
        let report: Option<Option<Json<Report>>> = report.bind(&id.0).fetch_optional(&self.pool).await?;
        Ok(report.map(|report| report.map(|Json(report)| report)))
    }

    /// A run without its samples and profiles; `None` when there is no such run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn head(&self, id: &RunId) -> anyhow::Result<Option<RunHead>> {
        let row = sqlx::query_as(
            "SELECT created_at_ms, spec, outcome, report, note, tags, pinned FROM run \
             WHERE id = ? AND deleted_at_ms IS NULL",
        );
        let row: Option<Row> = row.bind(&id.0).fetch_optional(&self.pool).await?;
        Ok(row.map(|row| RunHead {
            id: id.clone(),
            created_at_ms: row.created_at_ms as u64,
            spec: row.spec.0,
            outcome: row.outcome.map(|Json(outcome)| outcome),
            report: row.report.map(|Json(report)| Box::new(report)),
            labels: Labels { note: row.note, tags: row.tags.0, pinned: row.pinned },
        }))
    }

    /// Deletes a run that has ended, and forgets for good those that were deleted an hour ago; tells whether there was
    /// such a run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete(&self, id: &RunId) -> anyhow::Result<bool> {
        let now_ms = clock::unix_ms() as i64;
        let before_ms = now_ms - RESTORABLE_FOR.as_millis() as i64;
        sqlx::query("DELETE FROM run WHERE deleted_at_ms < ?").bind(before_ms).execute(&self.pool).await?;
        let delete = sqlx::query(
            "UPDATE run SET deleted_at_ms = ? WHERE id = ? AND deleted_at_ms IS NULL AND outcome IS NOT NULL",
        );
        let deleted = delete.bind(now_ms).bind(&id.0).execute(&self.pool).await?;
        Ok(deleted.rows_affected() > 0)
    }

    /// Restores a run that was deleted within the last hour; tells whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn restore(&self, id: &RunId) -> anyhow::Result<bool> {
        let restore =
            sqlx::query("UPDATE run SET deleted_at_ms = NULL WHERE id = ? AND deleted_at_ms IS NOT NULL");
        Ok(restore.bind(&id.0).execute(&self.pool).await?.rows_affected() > 0)
    }
}
