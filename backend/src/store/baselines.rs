//! Runs that have a name, to compare others with.

use heapgym_shared::protocol::RunId;

use super::Store;

impl Store {
    /// Calls a run a baseline of this name, instead of the run that was; tells whether there is such a run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn set_baseline(&self, name: &str, id: &RunId) -> anyhow::Result<bool> {
        let insert = sqlx::query(
            "INSERT OR REPLACE INTO baseline SELECT ?, number FROM run WHERE id = ? AND deleted_at_ms IS NULL",
        );
        Ok(insert.bind(name).bind(&id.0).execute(&self.pool).await?.rows_affected() > 0)
    }

    /// Takes a name away from its run; tells whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn drop_baseline(&self, name: &str) -> anyhow::Result<bool> {
        let delete = sqlx::query("DELETE FROM baseline WHERE name = ?").bind(name);
        Ok(delete.execute(&self.pool).await?.rows_affected() > 0)
    }

    /// All baselines, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn baselines(&self) -> anyhow::Result<Vec<(String, RunId)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT name, id FROM baseline JOIN run ON run = number WHERE deleted_at_ms IS NULL ORDER BY name",
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(name, id)| (name, RunId(id))).collect())
    }
}
