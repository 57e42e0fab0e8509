//! Which runs were made to be compared.

use heapgym_shared::{RunSpec, protocol::RunId};

use super::{Store, runs};

impl Store {
    /// Stores the new runs of a comparison in the order of the queue, and its pairs: all of them or nothing. The runs
    /// of the first pair name the comparison.
    ///
    /// # Errors
    /// When the database fails, or there is a run of such a name.
    pub async fn create_pairs(
        &self,
        runs: &[(&RunId, &RunSpec)],
        created_at_ms: u64,
        pairs: &[(RunId, RunId)],
    ) -> anyhow::Result<()> {
        let Some((a, b)) = pairs.first() else { return Ok(()) };
        let mut transaction = self.pool.begin().await?;
        for (id, spec) in runs {
            runs::insert(&mut transaction, id, created_at_ms, spec).await?;
        }
        for (place, pair) in pairs.iter().enumerate() {
            let insert = sqlx::query(
                "INSERT OR REPLACE INTO pair SELECT ?, ?, a.number, b.number FROM run a, run b WHERE a.id = ? AND b.id = ?",
            );
            let insert = insert.bind(name(a, b)).bind(place as i64).bind(&pair.0.0).bind(&pair.1.0);
            insert.execute(&mut *transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The pairs of the comparison that is called by these two runs, in their order; empty when nobody made them to be
    /// compared with each other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pairs(&self, a: &RunId, b: &RunId) -> anyhow::Result<Vec<(RunId, RunId)>> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "SELECT a.id, b.id FROM pair JOIN run a ON pair.a = a.number JOIN run b ON pair.b = b.number \
             WHERE comparison = ? AND a.deleted_at_ms IS NULL AND b.deleted_at_ms IS NULL ORDER BY place",
        )
        .bind(name(a, b))
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(a, b)| (RunId(a), RunId(b))).collect())
    }
}

fn name(a: &RunId, b: &RunId) -> String {
    format!("{a}..{b}")
}
