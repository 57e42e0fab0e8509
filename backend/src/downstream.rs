//! The service that a target calls: a process of its own, which answers after seeded latencies, or never.
//!
//! It is no part of what is measured. It runs beside the load generator, on the load's CPUs.

use std::{future, net::Ipv4Addr, sync::Arc};

use anyhow::Context;
use axum::{Router, http::StatusCode, routing::get};
use heapgym_shared::workload::Inventory;
use tokio::net::TcpListener;

use self::latency::{Answer, Answers};
use crate::{
    child::{self, DownstreamFrame, DownstreamOrder, FrameWriter},
    target,
};

mod latency;

/// The body of the hidden subcommand [`child::DOWNSTREAM_CHILD`].
///
/// # Errors
/// When the order cannot be read or followed.
pub fn run_child() -> anyhow::Result<()> {
    // The end of stdin ends the process; there is nothing else to be told.
    let (order, _commands) = child::receive::<DownstreamOrder>()?;
    child::apply(&order.setup)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("failed to listen")?;
        let mut frames = FrameWriter::new(child::unbuffered_stdout()?);
        frames.write(&DownstreamFrame::Ready { address: listener.local_addr()? })?;
        match target::serve(listener, router(order.inventory, order.seed)).await {}
    })
}

/// Routes `/inventory/{item}`.
pub(crate) fn router(inventory: Inventory, seed: u64) -> Router {
    let answers = Arc::new(Answers::new(inventory, seed));
    Router::new().route(
        "/inventory/{item}",
        get(async move || match answers.next() {
            Answer::After(latency) => {
                tokio::time::sleep(latency).await;
                StatusCode::OK
            }
            // The connection is dropped by who asked, or with this process.
            Answer::Never => future::pending().await,
        }),
    )
}
