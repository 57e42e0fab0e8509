//! Where runs are kept: a SQLite database in a directory that one server has for itself.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use heapgym_shared::{Outcome, Report, RunSpec, Sample, history::Labels, protocol::RunId};
use serde::Serialize;
use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Semaphore;

use crate::{limits::PIECES_UNPACKED_AT_ONCE, profile::Profiles};

mod baselines;
mod blob;
mod comparisons;
mod history;
mod labels;
mod profiles;
mod runs;
mod samples;

pub use history::{Order, Wanted};
pub use profiles::PackedProfile;
pub use samples::PackedSamples;

/// The database, within the directory.
const DATABASE: &str = "heapgym.sqlite";
/// Held by the server that uses the directory.
const LOCK: &str = "heapgym.lock";
/// How long a call waits for another one that writes.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Calls at once. One writes at a time; the others read.
const CONNECTIONS: u32 = 4;
/// What is said of a run that was going on when its server ended.
const INTERRUPTED: &str = "the server ended while the run went on";

/// A run without its samples and heap profiles, which are large and read separately.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunHead {
    /// Its name.
    pub id: RunId,
    /// When it was asked for, in milliseconds since 1970.
    pub created_at_ms: u64,
    /// What was to be run.
    pub spec: RunSpec,
    /// How it ended; `None` while it has not.
    pub outcome: Option<Outcome>,
    /// Its summary; `None` while it has not ended, and for a run that never started.
    pub report: Option<Box<Report>>,
    /// What was written on it.
    pub labels: Labels,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// All but what follows.
    pub head: RunHead,
    /// Its samples, in order.
    pub samples: Vec<Sample>,
    /// Its heap profiles, in the order they were taken.
    pub profiles: Profiles,
}

/// Keeps runs. Calls about a run that is not there do nothing.
#[derive(Debug)]
pub struct Store {
    pool: SqlitePool,
    /// A place for each piece of a run that may be unpacked at once.
    unpacking: Semaphore,
    /// Ends with the store, and with the process however that ends.
    _lock: Option<File>,
}

impl Store {
    /// Opens the store in a directory, which is made where there is none. Runs that were going on when the last server
    /// ended are `lost` from now on, with the samples they had.
    ///
    /// # Errors
    /// When the directory cannot be written to, belongs to another server, or holds the runs of a newer heapgym.
    pub async fn open(directory: &Path) -> anyhow::Result<Self> {
        let name = directory.display();
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make `{name}`"))?;
        let lock = lock(directory)?;
        let options = SqliteConnectOptions::new()
            .filename(directory.join(DATABASE))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut loses nothing that was finished; a second's samples are one small write.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_FOR);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS);
        let pool =
            pool.connect_with(options).await.with_context(|| format!("cannot open the runs in `{name}`"))?;
        Self::begin(pool, Some(lock)).await
    }

    /// A store in memory, which ends with the process.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn in_memory() -> anyhow::Result<Self> {
        // Each connection would have a database of its own, and lose it when it is idle.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        Self::begin(
            pool.connect_with(SqliteConnectOptions::new().in_memory(true).foreign_keys(true)).await?,
            None,
        )
        .await
    }

    async fn begin(pool: SqlitePool, lock: Option<File>) -> anyhow::Result<Self> {
        sqlx::migrate!("src/store/migrations")
            .run(&pool)
            .await
            .context("cannot bring the runs up to date")?;
        let store = Self { pool, unpacking: Semaphore::new(PIECES_UNPACKED_AT_ONCE), _lock: lock };
        store.lose_interrupted().await?;
        Ok(store)
    }

    async fn lose_interrupted(&self) -> anyhow::Result<()> {
        let outcome = serde_json::to_string(&Outcome::Lost { reason: INTERRUPTED.to_owned() })?;
        let lost = sqlx::query("UPDATE run SET outcome = ? WHERE outcome IS NULL").bind(outcome);
        let lost = lost.execute(&self.pool).await?.rows_affected();
        if lost > 0 {
            tracing::warn!(lost, "runs were going on when the last server ended");
        }
        Ok(())
    }
}

/// Takes a directory for this process.
fn lock(directory: &Path) -> anyhow::Result<File> {
    let name = directory.display();
    let file = File::create(directory.join(LOCK)).with_context(|| format!("cannot write to `{name}`"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            bail!("another server keeps its runs in `{name}`; choose another directory with --data")
        }
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock `{name}`")),
    }
}

/// Where runs are kept when nobody says: in the user's data directory, where there is one.
pub fn default_directory() -> Option<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = absolute("XDG_DATA_HOME").or_else(|| Some(absolute("HOME")?.join(".local/share")))?;
    Some(data.join("heapgym"))
}

#[cfg(test)]
mod tests;
