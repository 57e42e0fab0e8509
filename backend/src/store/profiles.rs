//! The heap profiles of a run, compressed.

use heapgym_shared::protocol::RunId;
use sqlx::SqliteConnection;

use super::{
    Store, StoreError,
    blob::{pack, unpack},
};
use crate::profile::{Profiles, Taken};

/// A heap profile as it is stored.
#[derive(Debug)]
pub struct PackedProfile {
    run: RunId,
    packed: Vec<u8>,
}

impl PackedProfile {
    /// Unpacks it. This takes a CPU for a while: do it on a blocking thread.
    ///
    /// # Errors
    /// When the stored bytes are damaged.
    pub fn unpack(&self) -> anyhow::Result<Taken> {
        let unpacked = unpack(&self.packed);
        unpacked.map_err(|error| StoreError::unreadable(&self.run, format!("a heap profile: {error:#}")))
    }
}

impl Store {
    /// How many heap profiles a run has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn profile_count(&self, id: &RunId) -> anyhow::Result<usize> {
        let count = sqlx::query_scalar("SELECT count(*) FROM profile JOIN run ON run = number WHERE id = ?");
        let count: i64 = count.bind(&id.0).fetch_one(&self.pool).await?;
        Ok(count as usize)
    }

    /// A heap profile of a run by its place, from 0; `None` when there is no such profile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn profile(&self, id: &RunId, place: usize) -> anyhow::Result<Option<PackedProfile>> {
        let profile = sqlx::query_scalar(
            "SELECT profile FROM profile JOIN run ON run = number WHERE id = ? AND place = ?",
        );
        let profile = profile.bind(&id.0).bind(place as i64).fetch_optional(&self.pool).await?;
        Ok(profile.map(|packed| PackedProfile { run: id.clone(), packed }))
    }
}

/// All heap profiles of a run as they are stored, in order.
pub(super) struct PackedProfiles(Vec<Vec<u8>>);

impl PackedProfiles {
    /// Packs profiles, on a thread that may block.
    pub(super) async fn pack(profiles: &Profiles) -> anyhow::Result<Self> {
        let profiles = profiles.clone();
        let pack_all =
            move || profiles.iter().map(|taken| pack(&**taken)).collect::<anyhow::Result<_>>().map(Self);
        tokio::task::spawn_blocking(pack_all).await?
    }

    pub(super) async fn insert(self, connection: &mut SqliteConnection, id: &RunId) -> anyhow::Result<()> {
        for (place, packed) in self.0.into_iter().enumerate() {
            let insert =
                sqlx::query("INSERT OR REPLACE INTO profile SELECT number, ?, ? FROM run WHERE id = ?");
            insert.bind(place as i64).bind(packed).bind(&id.0).execute(&mut *connection).await?;
        }
        Ok(())
    }
}
