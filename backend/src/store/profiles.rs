//! The heap profiles of a run, compressed.

use std::sync::Arc;

use heapgym_shared::protocol::RunId;

use super::{
    Store,
    blob::{pack, unpack},
};
use crate::profile::{Profiles, Taken};

/// A heap profile as it is stored.
#[derive(Debug)]
pub struct PackedProfile(Vec<u8>);

impl PackedProfile {
    /// Unpacks it. This takes a processor for a while: do it on a blocking thread.
    ///
    /// # Errors
    /// When the stored bytes are damaged.
    pub fn unpack(&self) -> anyhow::Result<Taken> {
        unpack(&self.0)
    }
}

impl Store {
    /// Keeps the heap profiles of a run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_profiles(&self, id: &RunId, profiles: &Profiles) -> anyhow::Result<()> {
        for (place, taken) in profiles.iter().enumerate() {
            let taken = Arc::clone(taken);
            let packed = tokio::task::spawn_blocking(move || pack(&*taken)).await??;
            sqlx::query("INSERT OR REPLACE INTO profile SELECT number, ?, ? FROM run WHERE id = ?")
                .bind(place as i64)
                .bind(packed)
                .bind(&id.0)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }

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
        Ok(profile.map(PackedProfile))
    }
}
