//! Starts the service that a workload's handlers call, where there is one.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context, bail};
use heapgym_shared::workload::Workload;
use tokio::time::timeout;

use super::process::{ChildProcess, Ended};
use crate::child::{DOWNSTREAM_CHILD, DownstreamFrame, DownstreamOrder, Setup, program::Program};

/// How long it may take to be ready.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// How long it may take to end.
const END_WITHIN: Duration = Duration::from_secs(1);

/// A running service. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Downstream {
    process: ChildProcess<DownstreamFrame>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
}

impl Downstream {
    /// Starts `program` as the service of this workload; `None` for one that calls nothing.
    ///
    /// # Errors
    /// When it does not start, or is not ready in time.
    pub(crate) async fn start(
        program: &Program,
        workload: &Workload,
        seed: u64,
        cpus: &[usize],
    ) -> anyhow::Result<Option<Self>> {
        let Some(inventory) = workload.downstream() else { return Ok(None) };
        let setup = Setup { parent: std::process::id() as i32, cpus: cpus.to_vec(), ..Setup::default() };
        let order = DownstreamOrder { setup, inventory, seed };
        let mut process = ChildProcess::spawn(program, DOWNSTREAM_CHILD, "", &order)
            .await
            .context("the downstream service could not be started")?;
        match timeout(READY_WITHIN, process.next()).await {
            Ok(Some(DownstreamFrame::Ready { address })) => Ok(Some(Self { process, address })),
            Ok(None) => bail!("the downstream service ended before it was ready"),
            Err(_) => bail!("the downstream service was not ready after 10 s"),
        }
    }

    /// Waits for its end, which is not wanted. Can be cancelled.
    pub(super) async fn gone(&mut self) {
        while self.process.next().await.is_some() {}
    }

    /// Ends it, and waits for that.
    pub(super) async fn end(self) -> Ended {
        self.process.end(END_WITHIN).await
    }
}

/// Waits for the end of the service that the target calls: for ever where there is none.
pub(super) async fn gone(downstream: &mut Option<Downstream>) {
    match downstream {
        Some(downstream) => downstream.gone().await,
        None => std::future::pending().await,
    }
}
