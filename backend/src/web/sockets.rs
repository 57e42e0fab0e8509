//! All open websockets, so that they can be closed together when the server ends.

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The open websockets.
#[derive(Debug, Default)]
pub struct Sockets {
    closing: CancellationToken,
    open: TaskTracker,
}

impl Sockets {
    /// Runs one socket to its end.
    pub(super) async fn serve(&self, socket: impl Future<Output = ()>) {
        self.open.track_future(socket).await;
    }

    /// Waits until all sockets are asked to close. Can be cancelled.
    pub(super) async fn asked_to_close(&self) {
        self.closing.cancelled().await;
    }

    /// Asks all sockets to close, and waits until they have.
    pub(crate) async fn close(&self) {
        self.closing.cancel();
        self.open.close();
        self.open.wait().await;
    }
}
