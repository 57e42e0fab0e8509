//! Where runs are kept: a SQLite database in a directory that one server has for itself.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Mutex,
    time::Duration,
};

use anyhow::Context;
use heapgym_shared::{Outcome, Report, RunSpec, Sample, history::Labels, protocol::RunId};
use serde::Serialize;
use sqlx::{
    Connection, SqlitePool,
    sqlite::{
        SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
    },
};
use tokio::sync::Semaphore;

use crate::{limits::PIECES_UNPACKED_AT_ONCE, profile::Profiles};
use room::Reserve;

mod baselines;
mod blob;
mod comparisons;
mod error;
mod history;
mod labels;
mod profiles;
mod room;
mod runs;
mod samples;

pub use error::StoreError;
pub use history::{Order, Wanted};
pub use profiles::PackedProfile;
pub use runs::{Deleted, Ending};
pub use samples::PackedSamples;

/// The database, within the directory.
const DATABASE: &str = "heapgym.sqlite";
/// Held by the server that uses the directory.
const LOCK: &str = "heapgym.lock";
/// How long a call waits for another one that writes.
const BUSY_FOR: Duration = Duration::from_secs(10);
/// Calls at once. One writes at a time; the others read.
const CONNECTIONS: u32 = 4;
/// Pages of 4 KiB in the journal at which it is written into the database. Few, because on a full disk it is in the
/// way.
const JOURNAL_PAGES: &str = "16";
/// What the journal's file may keep of its size once it was written into the database, in bytes.
const JOURNAL_BYTES: &str = "65536";
/// The reason why a run is lost that had begun, and whose end is not stored.
const INTERRUPTED: &str = "the server ended before it had stored the end of the run";

/// Why a directory cannot be opened that another server has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("another server keeps its runs in `{}`; choose another folder with --data", .0.display())]
pub struct InUse(PathBuf);

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
    /// Why its end is not stored, such as `the disk is full`; `None` when it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
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
    /// Space for deleting runs when the disk is full; `None` in memory.
    reserve: Option<Reserve>,
    /// The bytes that were free when something was last found not to fit; `None` while everything fits.
    full_at: Mutex<Option<u64>>,
    /// Ends with the store, and with the process however that ends.
    _lock: Option<File>,
}

impl Store {
    /// Opens the store in a directory, which is made where there is none. Runs that were active when the last server
    /// ended are `lost` from now on, with the samples they had; those that waited still wait.
    ///
    /// # Errors
    /// When the directory cannot be written to, belongs to another server ([`InUse`]), or holds the runs of a newer
    /// heapgym.
    pub async fn open(directory: &Path) -> anyhow::Result<Self> {
        let name = directory.display();
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make `{name}`"))?;
        let lock = lock(directory)?;
        let reserve = Reserve::in_directory(directory);
        let pool = match connect(directory).await {
            // The last server ended on a full disk: this one must be able to start there, and to delete runs.
            Err(error) if StoreError::of(&error).is_some() => {
                reserve.release();
                connect(directory).await?
            }
            pool => pool?,
        };
        reserve.fill();
        Ok(Self { reserve: Some(reserve), _lock: Some(lock), ..Self::of(pool) })
    }

    /// A store in memory, which ends with the process.
    ///
    /// # Errors
    /// When SQLite fails.
    pub async fn in_memory() -> anyhow::Result<Self> {
        // Each connection would have a database of its own, and lose it when it is idle.
        let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let pool = pool.connect_with(options).await?;
        prepare(&pool).await?;
        Ok(Self::of(pool))
    }

    /// A store of this database, without a reserve for a full disk.
    fn of(pool: SqlitePool) -> Self {
        Self {
            pool,
            unpacking: Semaphore::new(PIECES_UNPACKED_AT_ONCE),
            reserve: None,
            full_at: Mutex::default(),
            _lock: None,
        }
    }

    /// Writes all that is in the journal into the database file, and closes it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Opens the database in a directory.
async fn connect(directory: &Path) -> anyhow::Result<SqlitePool> {
    let options = SqliteConnectOptions::new()
        .filename(directory.join(DATABASE))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // A power cut loses nothing that was finished; a second's samples are one small write.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", JOURNAL_PAGES)
        .pragma("journal_size_limit", JOURNAL_BYTES)
        .busy_timeout(BUSY_FOR);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .after_release(|connection, _| Box::pin(is_outside_transaction(connection)));
    let name = directory.display();
    let pool =
        pool.connect_with(options).await.with_context(|| format!("cannot open the runs in `{name}`"))?;
    prepare(&pool).await?;
    Ok(pool)
}

/// Brings the tables up to date, and ends what the last server did not.
async fn prepare(pool: &SqlitePool) -> anyhow::Result<()> {
    sqlx::migrate!("src/store/migrations").run(pool).await.context("cannot bring the runs up to date")?;
    lose_interrupted(pool).await
}

async fn lose_interrupted(pool: &SqlitePool) -> anyhow::Result<()> {
    let outcome = serde_json::to_string(&Outcome::Lost { reason: INTERRUPTED.to_owned() })?;
    let mut transaction = pool.begin().await?;
    let lost = sqlx::query(
        "UPDATE run SET outcome = ? \
         WHERE outcome IS NULL AND (began_at_ms IS NOT NULL OR deleted_at_ms IS NOT NULL)",
    );
    let lost = lost.bind(outcome).execute(&mut *transaction).await?.rows_affected();
    // A run that is not stored as begun is run again from its first sample.
    sqlx::query("DELETE FROM chunk WHERE run IN (SELECT number FROM run WHERE outcome IS NULL)")
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    if lost > 0 {
        tracing::warn!(lost, "runs are lost: the last server ended before it had stored their end");
    }
    Ok(())
}

/// Whether a connection can be used again. SQLite ends a transaction by itself when the disk is full, which sqlx does
/// not notice: it would take the next one for a part of that, and not commit it.
async fn is_outside_transaction(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // Refused by sqlx within a transaction.
    match connection.begin_with("BEGIN").await {
        Ok(transaction) => transaction.rollback().await.map(|()| true),
        Err(_) => Ok(false),
    }
}

/// Takes a directory for this process.
fn lock(directory: &Path) -> anyhow::Result<File> {
    let name = directory.display();
    let file = File::create(directory.join(LOCK)).with_context(|| format!("cannot write to `{name}`"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(InUse(directory.to_owned()).into()),
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
