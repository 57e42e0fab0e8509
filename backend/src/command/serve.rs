//! `heapgym serve`: the page, the API and the runs behind them.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, thread::available_parallelism};

use anyhow::Context;
use tokio::{net::TcpListener, runtime::Builder, sync::oneshot};

use super::{exit::ExitStatus, print, quantity, signals::Signals};
use crate::{
    server::{Server, ServerOptions},
    store::default_directory,
    threads,
    web::{Authority, BasePath},
};

mod opening;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 lets the kernel choose.
    #[arg(long, env = "HEAPGYM_LISTEN", default_value = "127.0.0.1:8080",
        value_parser = quantity::socket_address)]
    listen: SocketAddr,
    /// A name or address that browsers may use for this server, beside localhost, such as `gym.example:8080`. May be
    /// repeated. Whoever can reach the server by this name can start and delete runs: see docs/SECURITY.md.
    #[arg(long = "host", value_name = "NAME[:PORT]")]
    hosts: Vec<Authority>,
    /// What stands before all paths, such as /gym: for a proxy that serves heapgym below a path of its own.
    #[arg(long, value_name = "PATH", default_value = "/")]
    base_path: BasePath,
    /// The folder that runs are kept in; made if it is not there [default: heapgym in the user's data folder].
    #[arg(long, env = "HEAPGYM_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(super) fn execute(args: Args) -> anyhow::Result<ExitCode> {
    let runtime =
        threads::runtime(available_parallelism().map_or(1, usize::from), &mut Builder::new_multi_thread())?;
    let served = runtime.block_on(serve(args));
    // Threads that read a heap profile or draw a picture are not waited for.
    runtime.shutdown_background();
    served.map(|()| ExitCode::SUCCESS)
}

async fn serve(args: Args) -> anyhow::Result<()> {
    let mut signals = Signals::new();
    let listener = TcpListener::bind(args.listen)
        .await
        .with_context(|| format!("cannot listen on {}; choose another with --listen", args.listen))?;
    let opening = opening::describe(args.listen, listener.local_addr()?, &args.hosts, &args.base_path)?;
    let data = args.data.or_else(default_directory);
    let server =
        Server::new(ServerOptions { hosts: args.hosts, base: args.base_path, data: data.clone() }).await?;
    match &data {
        Some(directory) => tracing::info!("runs are kept in {}", directory.display()),
        None => tracing::warn!("runs are kept in memory: there is no home directory, and no --data"),
    }
    // Tests and scripts read the port from the first line.
    print::result(&opening);
    let (asks, asked) = oneshot::channel();
    tokio::spawn(async move {
        let name = signals.next().await;
        tracing::info!("{name}");
        let _ = asks.send(());
        let name = signals.next().await;
        tracing::warn!("{name} again: ending at once; the active run is lost");
        // Children end with this process.
        std::process::exit(ExitStatus::Stopped.code().into());
    });
    server.listen(listener, async { asked.await.unwrap_or(()) }).await
}
