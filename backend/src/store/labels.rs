//! What people write on a run: note, tags, pin.

use heapgym_shared::{history::Relabel, protocol::RunId};
use sqlx::types::Json;

use super::Store;

impl Store {
    /// Changes the labels of a run; tells whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn relabel(&self, id: &RunId, relabel: &Relabel) -> anyhow::Result<bool> {
        let update = sqlx::query(
            "UPDATE run SET note = coalesce(?, note), tags = coalesce(?, tags), pinned = coalesce(?, pinned) \
             WHERE id = ? AND deleted_at_ms IS NULL",
        );
        let update = update.bind(&relabel.note).bind(relabel.tags.as_ref().map(Json)).bind(relabel.pinned);
        Ok(update.bind(&id.0).execute(&self.pool).await?.rows_affected() > 0)
    }
}
