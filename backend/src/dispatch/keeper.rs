//! Keeps a run's samples as they come: a server that is killed loses those of the last second at most.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::interval};

use super::LiveRun;
use crate::store::Store;

/// From one writing to the next.
const EVERY: Duration = Duration::from_secs(1);

/// Keeps a run's samples each second until `ended` is closed, and then the rest.
///
/// # Errors
/// When the last ones could not be kept. What fails before is tried again a second later.
pub(super) async fn keep(
    store: Arc<Store>,
    run: Arc<LiveRun>,
    mut ended: oneshot::Receiver<()>,
) -> anyhow::Result<()> {
    let mut seconds = interval(EVERY);
    let mut kept = 0;
    loop {
        tokio::select! {
            _ = &mut ended => return keep_from(&store, &run, &mut kept).await,
            _ = seconds.tick() => {
                if let Err(error) = keep_from(&store, &run, &mut kept).await {
                    tracing::warn!(%error, run = %run.id(), "samples could not be kept yet");
                }
            }
        }
    }
}

async fn keep_from(store: &Store, run: &LiveRun, kept: &mut u64) -> anyhow::Result<()> {
    let samples = run.samples_in_memory(*kept, u64::MAX).unwrap_or_default();
    store.append(run.id(), &samples).await?;
    *kept += samples.len() as u64;
    Ok(())
}
