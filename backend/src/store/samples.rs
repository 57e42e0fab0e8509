//! The samples of a run, compressed in pieces, so that each can be read without the others.

use heapgym_shared::{Sample, protocol::RunId};
use sqlx::SqliteConnection;

use super::{
    Store, StoreError,
    blob::{pack, unpack},
};
use crate::limits::PIECE_SAMPLES;

/// All samples of a run as they are stored: about a tenth of their size in memory.
#[derive(Debug)]
pub struct PackedSamples {
    run: RunId,
    pieces: Vec<Vec<u8>>,
}

impl PackedSamples {
    /// Unpacks them. This takes a CPU for up to some seconds: do it on a blocking thread.
    ///
    /// # Errors
    /// When the stored bytes are damaged.
    pub fn unpack(&self) -> anyhow::Result<Vec<Sample>> {
        let mut samples = Vec::new();
        for piece in &self.pieces {
            samples.extend(unpack_piece(&self.run, piece)?);
        }
        Ok(samples)
    }
}

impl Store {
    /// Stores the next samples of a run. The same samples again change nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn append(&self, id: &RunId, samples: &[Sample]) -> anyhow::Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        let pieces = Pieces::pack(samples.to_vec()).await?;
        let mut transaction = self.pool.begin().await?;
        pieces.insert(&mut transaction, id).await?;
        transaction.commit().await?;
        self.has_room();
        Ok(())
    }

    /// All samples of a run, also of a deleted one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn packed_samples(&self, id: &RunId) -> anyhow::Result<PackedSamples> {
        let pieces = sqlx::query_scalar(
            "SELECT samples FROM chunk WHERE run = (SELECT number FROM run WHERE id = ?) ORDER BY first_seq",
        );
        Ok(PackedSamples { run: id.clone(), pieces: pieces.bind(&id.0).fetch_all(&self.pool).await? })
    }

    /// The samples of a run that are stored together with sample `seq`, from `seq` on; empty when it is not stored.
    ///
    /// # Errors
    /// When the database fails, or the stored bytes are damaged.
    pub async fn piece(&self, id: &RunId, seq: u64) -> anyhow::Result<Vec<Sample>> {
        let mut samples = self.last_piece(id, seq as i64).await?;
        samples.retain(|sample| sample.seq >= seq);
        Ok(samples)
    }

    /// How many samples of a run are stored.
    ///
    /// # Errors
    /// When the database fails, or the stored bytes are damaged.
    pub async fn sample_count(&self, id: &RunId) -> anyhow::Result<u64> {
        let last = self.last_piece(id, i64::MAX).await?;
        Ok(last.last().map_or(0, |sample| sample.seq + 1))
    }

    /// The last piece that begins no later than sample `seq`.
    async fn last_piece(&self, id: &RunId, seq: i64) -> anyhow::Result<Vec<Sample>> {
        let piece = sqlx::query_scalar(
            "SELECT samples FROM chunk WHERE run = (SELECT number FROM run WHERE id = ?) AND first_seq <= ? \
             ORDER BY first_seq DESC LIMIT 1",
        );
        let piece: Option<Vec<u8>> = piece.bind(&id.0).bind(seq).fetch_optional(&self.pool).await?;
        let Some(piece) = piece else { return Ok(Vec::new()) };
        let _place = self.unpacking.acquire().await?;
        let id = id.clone();
        tokio::task::spawn_blocking(move || unpack_piece(&id, &piece)).await?
    }
}

/// Consecutive samples as they are stored: pieces, each with the sequence number of its first sample.
pub(super) struct Pieces(Vec<(i64, Vec<u8>)>);

impl Pieces {
    /// Packs samples, on a thread that may block.
    pub(super) async fn pack(samples: Vec<Sample>) -> anyhow::Result<Self> {
        let pack_all = move || {
            let pack = |piece: &[Sample]| anyhow::Ok((piece[0].seq as i64, pack(&piece)?));
            samples.chunks(PIECE_SAMPLES).map(pack).collect::<anyhow::Result<_>>().map(Self)
        };
        tokio::task::spawn_blocking(pack_all).await?
    }

    pub(super) async fn insert(self, connection: &mut SqliteConnection, id: &RunId) -> anyhow::Result<()> {
        for (first_seq, piece) in self.0 {
            let insert =
                sqlx::query("INSERT OR REPLACE INTO chunk SELECT number, ?, ? FROM run WHERE id = ?");
            insert.bind(first_seq).bind(piece).bind(&id.0).execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn unpack_piece(id: &RunId, piece: &[u8]) -> anyhow::Result<Vec<Sample>> {
    unpack(piece).map_err(|error| StoreError::unreadable(id, format!("samples: {error:#}")))
}
