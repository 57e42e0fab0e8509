//! Room on a full disk: a reserve for deleting runs, and deleted runs that go for good.
//!
//! On a full disk SQLite cannot even delete: what it changes goes to its journal first. So some space is set aside in a
//! file, which is removed when it is needed.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    sync::{MutexGuard, PoisonError},
};

use heapgym_shared::protocol::RunId;
use nix::sys::statvfs::statvfs;

use super::{Deleted, Store};

/// The file, within the directory.
const NAME: &str = "heapgym.reserve";
/// Its size where there is room, in bytes.
const BYTES: u64 = 1 << 20;
/// It takes at most one part in this many of the free space. The rest is for runs.
const PART: u64 = 4;

/// Space that is set aside.
#[derive(Debug)]
pub(super) struct Reserve {
    file: PathBuf,
}

impl Reserve {
    pub(super) fn in_directory(directory: &Path) -> Self {
        Self { file: directory.join(NAME) }
    }

    /// Sets space aside, as far as there is any. It blocks for a moment.
    pub(super) fn fill(&self) {
        let size = fs::metadata(&self.file).map_or(0, |file| file.len());
        let wanted = BYTES.min((self.free_bytes() + size) / PART);
        if size >= wanted {
            return;
        }
        // Random, because some file systems store zeros in no space.
        let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(wanted as usize).collect();
        let written = File::create(&self.file).and_then(|mut file| file.write_all(&bytes));
        if let Err(error) = written {
            tracing::debug!(%error, "no space could be set aside");
        }
    }

    /// What the disk has free; 0 where it does not tell.
    fn free_bytes(&self) -> u64 {
        let space = self.file.parent().and_then(|directory| statvfs(directory).ok());
        // Of which integer types these are depends on the system.
        space.map_or(0.0, |space| space.blocks_available() as f64 * space.fragment_size() as f64) as u64
    }

    pub(super) fn release(&self) {
        let _ = fs::remove_file(&self.file); // it may be released already
    }
}

impl Store {
    /// Makes what room there is on a full disk: the journal is emptied into the database, and runs that could still be
    /// restored are deleted for good.
    ///
    /// # Errors
    /// When there is no room for that either.
    pub async fn make_room(&self) -> anyhow::Result<()> {
        self.empty_journal().await;
        *self.full_at() = Some(self.free_bytes());
        let restorable = sqlx::query_scalar("SELECT count(*) FROM run WHERE deleted_at_ms IS NOT NULL");
        let restorable: i64 = restorable.fetch_one(&self.pool).await?;
        if restorable > 0 {
            self.delete_for_good(None).await?;
        }
        Ok(())
    }

    /// Whether the last attempt to store something found the disk full, and nobody has freed space since.
    pub fn is_full(&self) -> bool {
        let full_at = *self.full_at();
        full_at.is_some_and(|free_bytes| self.free_bytes() < free_bytes + BYTES)
    }

    /// The space that was free when the disk was found full; `None` when it was not.
    fn full_at(&self) -> MutexGuard<'_, Option<u64>> {
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn free_bytes(&self) -> u64 {
        self.reserve.as_ref().map_or(0, Reserve::free_bytes)
    }

    /// Notes that there is room again.
    pub(super) fn has_room(&self) {
        if self.full_at().take().is_some() {
            tracing::info!("the disk has room again");
            self.fill_reserve();
        }
    }

    /// Deletes a run for good, and with it all that could still be restored.
    pub(super) async fn delete_for_good(&self, id: Option<&RunId>) -> anyhow::Result<Deleted> {
        if let Some(reserve) = &self.reserve {
            reserve.release();
        }
        let deleted = self.delete_rows(id).await;
        self.empty_journal().await;
        self.fill_reserve();
        let (found, others) = deleted?;
        if others > 0 {
            tracing::warn!(others, "the disk is full: runs that were deleted can no longer be restored");
        }
        if !found {
            return Ok(Deleted::NotFound);
        }
        tracing::warn!("the disk is full: a run was deleted for good");
        Ok(Deleted::ForGood)
    }

    async fn delete_rows(&self, id: Option<&RunId>) -> anyhow::Result<(bool, u64)> {
        let mut transaction = self.pool.begin().await?;
        let run = sqlx::query("DELETE FROM run WHERE id = ? AND deleted_at_ms IS NULL");
        let run = run.bind(id.map(|id| &id.0)).execute(&mut *transaction).await?;
        if id.is_some() && run.rows_affected() == 0 {
            return Ok((false, 0)); // there is no such run: nothing is to be deleted for it
        }
        let others = sqlx::query("DELETE FROM run WHERE deleted_at_ms IS NOT NULL");
        let others = others.execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok((run.rows_affected() > 0, others.rows_affected()))
    }

    fn fill_reserve(&self) {
        if let Some(reserve) = &self.reserve {
            reserve.fill();
        }
    }

    /// Best effort: what is in the journal is stored as safely as what is in the database.
    async fn empty_journal(&self) {
        if let Err(error) = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await {
            tracing::debug!(%error, "the journal was not emptied");
        }
    }
}
