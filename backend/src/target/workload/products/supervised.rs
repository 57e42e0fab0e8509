//! `products`, `supervised`: pooled, and beside it a task for each request that is neither forgotten nor endless.

use std::{io, sync::Arc, thread, time::Duration};

use axum::response::Response;
use heapgym_shared::workload::Products;
use tokio::{sync::mpsc, task::JoinSet, time::timeout};

use super::{ID, pooled};

/// A side task may take this long.
const AUDIT_WITHIN: Duration = Duration::from_secs(5);

/// Views that wait for the audit log. When they are this many, further ones wait for room.
const WAITING_VIEWS: usize = 64;

/// That a product was looked at.
pub(super) struct View {
    product: u64,
}

/// The way to the audit log.
#[derive(Clone)]
pub(super) struct Audit(mpsc::Sender<View>);

impl Audit {
    /// Starts the thread that keeps the log: how often each product was looked at.
    pub(super) fn start() -> io::Result<Self> {
        let (sender, mut views) = mpsc::channel::<View>(WAITING_VIEWS);
        thread::Builder::new().name("audit".to_owned()).spawn(move || {
            let mut looked_at = [0_u64; 16];
            while let Some(view) = views.blocking_recv() {
                looked_at[view.product as usize % looked_at.len()] += 1;
            }
        })?;
        Ok(Self(sender))
    }
}

pub(super) async fn handle(buffers: Arc<pooled::Buffers>, audit: Audit, parameters: Products) -> Response {
    // The set owns its tasks. A client that goes away drops this future, with it the set, and the set ends them.
    let mut side_tasks = JoinSet::new();
    side_tasks.spawn(async move { timeout(AUDIT_WITHIN, audit.0.send(View { product: ID })).await });

    let reply = pooled::handle(buffers, parameters).await;
    // A view that could not be told in time is left out; the reply goes all the same.
    while side_tasks.join_next().await.is_some() {}
    reply
}
