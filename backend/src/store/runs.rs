//! One run: created, begun, extended by its samples, ended, read, deleted and restored.

use std::time::Duration;

use heapgym_probe::clock;
use heapgym_shared::{Outcome, Report, RunSpec, history::Labels, protocol::RunId};
use sqlx::{FromRow, SqliteConnection, types::Json};

use super::{RunHead, Store, StoreError, StoredRun, profiles::PackedProfiles, samples::Pieces};
use crate::profile::Profiles;

/// How long a deleted run can be restored.
const RESTORABLE_FOR: Duration = Duration::from_secs(3600);

/// What became of a run that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It can be restored for an hour.
    Restorable,
    /// It is gone: the disk was full.
    ForGood,
    /// There is no such run.
    NotFound,
}

/// How a run ended, with all that it left.
#[derive(Debug, Clone, Copy)]
pub struct Ending<'a> {
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Its summary; `None` for a run that never started.
    pub report: Option<&'a Report>,
    /// Its heap profiles, in the order they were taken.
    pub profiles: &'a Profiles,
}

impl<'a> Ending<'a> {
    /// The end of a run that left nothing.
    pub fn of(outcome: &'a Outcome) -> Self {
        const NONE: &Profiles = &Profiles::new();
        Self { outcome, report: None, profiles: NONE }
    }
}

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
    /// Stores a new run, which has no samples yet.
    ///
    /// # Errors
    /// When the database fails, or there is a run of this name.
    pub async fn create(&self, id: &RunId, created_at_ms: u64, spec: &RunSpec) -> anyhow::Result<()> {
        insert(&mut *self.pool.acquire().await?, id, created_at_ms, spec).await
    }

    /// Stores that a run has begun.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self, id: &RunId) -> anyhow::Result<()> {
        let update = sqlx::query("UPDATE run SET began_at_ms = ? WHERE id = ?");
        update.bind(clock::unix_ms() as i64).bind(&id.0).execute(&self.pool).await?;
        Ok(())
    }

    /// The runs that have neither begun nor ended, in the order of the queue, each with its specification as JSON.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting(&self) -> anyhow::Result<Vec<(RunId, String)>> {
        let select = sqlx::query_as(
            "SELECT id, spec FROM run WHERE outcome IS NULL AND began_at_ms IS NULL AND deleted_at_ms IS NULL \
             ORDER BY number",
        );
        let rows: Vec<(String, String)> = select.fetch_all(&self.pool).await?;
        Ok(rows.into_iter().map(|(id, spec)| (RunId(id), spec)).collect())
    }

    /// Stores a run that has ended elsewhere: all of it or nothing.
    ///
    /// # Errors
    /// When the database fails, or there is a run of this name.
    pub async fn import(&self, run: StoredRun) -> anyhow::Result<()> {
        let StoredRun { head: RunHead { id, created_at_ms, spec, outcome, report, .. }, samples, profiles } =
            run;
        let lost = || Outcome::Lost { reason: "the file holds a run that had not ended".to_owned() };
        let outcome = outcome.unwrap_or_else(lost);
        // Packed before the transaction, which keeps other writers waiting.
        let (pieces, profiles) = (Pieces::pack(samples).await?, PackedProfiles::pack(&profiles).await?);
        let mut transaction = self.pool.begin().await?;
        insert(&mut transaction, &id, created_at_ms, &spec).await?;
        pieces.insert(&mut transaction, &id).await?;
        profiles.insert(&mut transaction, &id).await?;
        set_end(&mut transaction, &id, &outcome, report.as_deref()).await?;
        Ok(transaction.commit().await?)
    }

    /// Stores how a run ended, with its report and its heap profiles.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end(&self, id: &RunId, ending: Ending<'_>) -> anyhow::Result<()> {
        let profiles = PackedProfiles::pack(ending.profiles).await?;
        let mut transaction = self.pool.begin().await?;
        profiles.insert(&mut transaction, id).await?;
        set_end(&mut transaction, id, ending.outcome, ending.report).await?;
        transaction.commit().await?;
        self.has_room();
        Ok(())
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
        let row = row.bind(&id.0).fetch_optional(&self.pool).await;
        let row: Option<Row> = row.map_err(|error| of_row(id, error))?;
        Ok(row.map(|row| RunHead {
            id: id.clone(),
            created_at_ms: row.created_at_ms as u64,
            spec: row.spec.0,
            outcome: row.outcome.map(|Json(outcome)| outcome),
            report: row.report.map(|Json(report)| Box::new(report)),
            not_kept: None,
            labels: Labels { note: row.note, tags: row.tags.0, pinned: row.pinned },
        }))
    }

    /// Deletes a run, and for good those that were deleted an hour ago. On a full disk it deletes for good at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete(&self, id: &RunId) -> anyhow::Result<Deleted> {
        if self.is_full() {
            return self.delete_for_good(Some(id)).await;
        }
        match self.mark_deleted(id).await {
            Err(error) if StoreError::of(&error) == Some(StoreError::DiskFull) => {
                self.delete_for_good(Some(id)).await
            }
            marked => marked,
        }
    }

    async fn mark_deleted(&self, id: &RunId) -> anyhow::Result<Deleted> {
        let now_ms = clock::unix_ms() as i64;
        let before_ms = now_ms - RESTORABLE_FOR.as_millis() as i64;
        let mut transaction = self.pool.begin().await?;
        let forget = sqlx::query("DELETE FROM run WHERE deleted_at_ms < ?").bind(before_ms);
        forget.execute(&mut *transaction).await?;
        let mark = sqlx::query("UPDATE run SET deleted_at_ms = ? WHERE id = ? AND deleted_at_ms IS NULL");
        let marked = mark.bind(now_ms).bind(&id.0).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(if marked.rows_affected() > 0 { Deleted::Restorable } else { Deleted::NotFound })
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

/// The error of a query about one run: a row that does not decode is that run's fault alone.
fn of_row(id: &RunId, error: sqlx::Error) -> anyhow::Error {
    match error {
        sqlx::Error::ColumnDecode { .. } => StoreError::unreadable(id, error),
        error => error.into(),
    }
}

pub(super) async fn insert(
    connection: &mut SqliteConnection,
    id: &RunId,
    created_at_ms: u64,
    spec: &RunSpec,
) -> anyhow::Result<()> {
    let insert = sqlx::query("INSERT INTO run (id, created_at_ms, spec) VALUES (?, ?, ?)");
    insert.bind(&id.0).bind(created_at_ms as i64).bind(Json(spec)).execute(connection).await?;
    Ok(())
}

async fn set_end(
    connection: &mut SqliteConnection,
    id: &RunId,
    outcome: &Outcome,
    report: Option<&Report>,
) -> anyhow::Result<()> {
    let update = sqlx::query("UPDATE run SET outcome = ?, report = ? WHERE id = ?");
    update.bind(Json(outcome)).bind(report.map(Json)).bind(&id.0).execute(connection).await?;
    Ok(())
}
