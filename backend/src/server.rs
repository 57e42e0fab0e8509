//! The server: the queue of runs, the runner behind it, and the web in front.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use axum::serve::ListenerExt;
use heapgym_shared::{catalog::Catalog, spec::InstanceLimits};
use nix::sys::socket::{setsockopt, sockopt};
use tokio::{net::TcpListener, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    dispatch::Dispatcher,
    runner::{Execute, Runner, environment},
    store::{InUse, Store},
    target::workload,
    web::{self, AppState, Authority, BasePath, Gates, Guard, Sockets},
};

/// What the kernel may hold for a viewer that does not read. Left to itself it grows to megabytes, and
/// such a viewer would be shown minutes of the past instead of merged samples of now.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// How long the active run may take to end when the server shuts down.
const RUN_ENDS_WITHIN: Duration = Duration::from_secs(8);
/// How long connections may take to close after that.
const CONNECTIONS_END_WITHIN: Duration = Duration::from_secs(1);
/// How long the store may take to close at last. All three together stay below the 10 s that a shutdown may take.
const STORE_CLOSES_WITHIN: Duration = Duration::from_millis(500);

/// How a server is set up.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct ServerOptions {
    /// Names of this server beside those of loopback; pages of these origins may use it.
    pub hosts: Vec<Authority>,
    /// What stands before all paths, for a proxy that serves heapgym below a path of its own.
    pub base: BasePath,
    /// Where runs are kept; `None` keeps them in memory.
    pub data: Option<PathBuf>,
}

/// A server that does not listen yet.
#[derive(Debug)]
pub struct Server<R = Runner> {
    runner: Arc<R>,
    state: Arc<AppState>,
}

impl Server {
    /// Sets a server up; nothing is started.
    ///
    /// # Errors
    /// When the system does not tell which program this is, or runs cannot be kept.
    pub async fn new(options: ServerOptions) -> anyhow::Result<Self> {
        Self::with_runner(options, Runner::new()?).await
    }
}

impl<R: Execute> Server<R> {
    /// The same with this runner.
    ///
    /// # Errors
    /// When runs cannot be kept.
    pub async fn with_runner(options: ServerOptions, runner: R) -> anyhow::Result<Self> {
        let mut limits = InstanceLimits::default();
        if let Some(memory_bytes) = environment::memory_bytes() {
            // A target that takes all there is would take the server with it.
            limits.memory_bytes = limits.memory_bytes.min(memory_bytes / 4 * 3);
        }
        let store = match &options.data {
            Some(directory) => Store::open(directory).await.map_err(|error| match error.is::<InUse>() {
                true => error, // says all of it
                false => {
                    let name = directory.display();
                    error.context(format!("cannot keep runs in `{name}`; choose another folder with --data"))
                }
            })?,
            None => Store::in_memory().await?,
        };
        let source = |workload: &str, variant: &str| {
            workload::source(workload, variant).unwrap_or_default().to_owned()
        };
        let dispatcher = Arc::new(Dispatcher::new(limits.queue as usize, Arc::new(store)));
        dispatcher.resume(&limits).await?;
        let state = AppState {
            dispatcher,
            catalog: Catalog::new(env!("CARGO_PKG_VERSION"), limits, source),
            limits,
            guard: Guard::new(options.hosts),
            base: options.base,
            gates: Gates::default(),
            sockets: Sockets::default(),
        };
        Ok(Self { runner: Arc::new(runner), state: Arc::new(state) })
    }

    /// Answers on `listener` and executes runs until `asked_to_end` resolves. Then it takes no new runs, stops the
    /// active one, closes all connections, and returns within 10 s. Runs that wait stay in the store, for the next
    /// server.
    ///
    /// # Errors
    /// When the listener or the queue fails.
    pub async fn listen(
        self,
        listener: TcpListener,
        asked_to_end: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let Self { runner, state } = self;
        let listener = listener.tap_io(|stream| {
            // Best effort both: a socket without them works, it only lags.
            let _ = stream.set_nodelay(true);
            let _ = setsockopt(stream, sockopt::SndBuf, &SEND_BUFFER_BYTES);
        });
        let silence = CancellationToken::new();
        let answering = axum::serve(listener, web::app(Arc::clone(&state)))
            .with_graceful_shutdown(silence.clone().cancelled_owned());
        let mut answering = tokio::spawn(answering.into_future());
        let dispatcher = Arc::clone(&state.dispatcher);
        let mut executing = tokio::spawn(async move { dispatcher.execute(runner).await });
        tokio::select! {
            ended = &mut answering => return Ok(ended??),
            ended = &mut executing => return ended.context("the queue of runs failed"),
            () = asked_to_end => {}
        }

        tracing::info!(
            "shutting down: no new runs; the active run is stopped, and those that wait run after a restart"
        );
        state.dispatcher.close();
        match timeout(RUN_ENDS_WITHIN, executing).await {
            Ok(ended) => ended.context("the queue of runs failed")?,
            Err(_) => tracing::error!("the active run did not end in time; it is lost"),
        }
        silence.cancel();
        let closed = async { tokio::join!(state.sockets.close(), &mut answering) };
        if timeout(CONNECTIONS_END_WITHIN, closed).await.is_err() {
            tracing::warn!("connections that did not close in time are cut off");
        }
        // Without this nothing is lost either; the next server reads the journal.
        let _ = timeout(STORE_CLOSES_WITHIN, state.dispatcher.store().close()).await;
        Ok(())
    }
}
