//! `heapgym target`: one handler alone, for use with any other load tool.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Context;
use heapgym_shared::{Rejection, field::Reader, workload::Workload};
use tokio::net::TcpListener;

use super::{print, workload::WorkloadArgs};
use crate::target::{self, RequestCounter, workload};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    workload: WorkloadArgs,
    /// Where to listen; port 0 lets the kernel choose.
    #[arg(long, default_value = "127.0.0.1:8081")]
    listen: SocketAddr,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let workload = Workload::parse(Reader::new("workload", &args.workload.to_value()?)?)?;
    let variants = workload.info().variant_ids();
    let variant = args.workload.variant();
    if !variants.contains(&variant) {
        return Err(Rejection::new("variant", format!("is `{variant}`"), variants.join(", ")).into());
    }
    let router = workload::router(&workload, variant, &RequestCounter::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        print::result(&format!("http://{address}{}", workload::path(&workload)));
        target::serve(listener, router).await?;
        Ok(ExitCode::SUCCESS)
    })
}
