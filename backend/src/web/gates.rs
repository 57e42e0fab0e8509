//! The gates of the server: how much costly work all clients together can ask for at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    gate::{Busy, Gate},
    limits,
};

/// The gates of one server.
#[derive(Debug)]
pub struct Gates {
    /// What takes a CPU and all samples of a run: charts and flame graphs.
    pub drawings: Gate,
    /// Images, from before they are drawn until they are sent. Apart from the files of runs, so that a page of
    /// documentation does not wait for somebody's slow download.
    pub images: Gate,
    /// Files of runs that go out, in parts.
    pub exports: Gate,
    /// Files of runs that come in.
    pub imports: Gate,
    websockets: Arc<Semaphore>,
}

impl Default for Gates {
    fn default() -> Self {
        use limits::{
            DRAWINGS_WAITING, DRAWN_AT_ONCE, EXPORTED_AT_ONCE, EXPORTS_WAITING, IMAGES_AT_ONCE,
            IMAGES_WAITING, IMPORTED_AT_ONCE, IMPORTS_WAITING, MAX_WEBSOCKETS, TURN_WITHIN,
        };
        Self {
            drawings: Gate::new("drawings", DRAWN_AT_ONCE, DRAWINGS_WAITING, TURN_WITHIN),
            images: Gate::new("images", IMAGES_AT_ONCE, IMAGES_WAITING, TURN_WITHIN),
            exports: Gate::new("exports", EXPORTED_AT_ONCE, EXPORTS_WAITING, TURN_WITHIN),
            imports: Gate::new("imports", IMPORTED_AT_ONCE, IMPORTS_WAITING, TURN_WITHIN),
            websockets: Arc::new(Semaphore::new(MAX_WEBSOCKETS)),
        }
    }
}

impl Gates {
    /// A place for one more websocket, as long as it is open.
    ///
    /// # Errors
    /// When too many are open.
    pub(super) fn websocket(&self) -> Result<OwnedSemaphorePermit, Busy> {
        let busy = Busy { work: "websockets", at_once: limits::MAX_WEBSOCKETS };
        Arc::clone(&self.websockets).try_acquire_owned().map_err(|_| busy)
    }
}
