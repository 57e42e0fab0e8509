//! The server: the queue of runs, the runner behind it, and the web in front.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use axum::serve::ListenerExt;
use heapgym_shared::{catalog::Catalog, spec::InstanceLimits};
use nix::sys::socket::{setsockopt, sockopt};
use tokio::net::TcpListener;

use crate::{
    dispatch::Dispatcher,
    runner::{Runner, environment},
    store::Store,
    target::workload,
    web::{self, AppState, Authority, Gates, Guard},
};

/// What the kernel may hold for a viewer that does not read. Left to itself it grows to megabytes, and
/// such a viewer would be shown minutes of the past instead of merged samples of now.
const SEND_BUFFER_BYTES: usize = 64 * 1024;

/// How a server is set up.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Names of this server beside those of loopback; pages of these origins may use it.
    pub hosts: Vec<Authority>,
    /// Where runs are kept; none keeps them in memory.
    pub data: Option<PathBuf>,
}

/// A server that does not listen yet.
#[derive(Debug)]
pub struct Server {
    runner: Runner,
    state: Arc<AppState>,
}

impl Server {
    /// Sets a server up; nothing is started.
    ///
    /// # Errors
    /// When the system does not tell which program this is, or runs cannot be kept.
    pub async fn new(options: ServerOptions) -> anyhow::Result<Self> {
        let mut limits = InstanceLimits::default();
        if let Some(memory_bytes) = environment::memory_bytes() {
            // A target that takes all there is would take the server with it.
            limits.memory_bytes = limits.memory_bytes.min(memory_bytes / 4 * 3);
        }
        let store = match &options.data {
            Some(directory) => Store::open(directory).await.with_context(|| {
                format!("cannot keep runs in `{}`; choose another folder with --data", directory.display())
            })?,
            None => Store::in_memory().await?,
        };
        let source = |workload: &str, variant: &str| {
            workload::source(workload, variant).unwrap_or_default().to_owned()
        };
        let state = AppState {
            dispatcher: Arc::new(Dispatcher::new(limits.queue as usize, Arc::new(store))),
            catalog: Catalog::new(env!("CARGO_PKG_VERSION"), limits, source),
            limits,
            guard: Guard::new(options.hosts),
            gates: Gates::default(),
        };
        Ok(Self { runner: Runner::new()?, state: Arc::new(state) })
    }

    /// Answers on `listener` and executes runs, until the future is dropped.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn listen(self, listener: TcpListener) -> anyhow::Result<()> {
        let dispatcher = Arc::clone(&self.state.dispatcher);
        let listener = listener.tap_io(|stream| {
            // Best effort both: a socket without them works, it only lags.
            let _ = stream.set_nodelay(true);
            let _ = setsockopt(stream, sockopt::SndBuf, &SEND_BUFFER_BYTES);
        });
        tokio::select! {
            result = axum::serve(listener, web::app(self.state)) => Ok(result?),
            () = dispatcher.execute(&self.runner) => Ok(()),
        }
    }
}
