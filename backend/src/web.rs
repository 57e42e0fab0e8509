//! HTTP and websocket: the page, the API, and nothing that knows how a run is made.

use std::sync::Arc;

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    routing::get,
};
use heapgym_shared::{catalog::Catalog, spec::InstanceLimits};
use tower_http::{compression::CompressionLayer, set_header::SetResponseHeaderLayer};

use crate::dispatch::Dispatcher;

mod api;
mod baselines;
mod body;
mod compare;
mod error;
mod history;
mod image;
mod origin;
mod page;
mod profile;
mod socket;
mod viewer;

/// What every handler can reach.
#[derive(Debug)]
pub struct AppState {
    /// The queue of runs, and the store behind it.
    pub dispatcher: Arc<Dispatcher>,
    /// What this instance offers.
    pub catalog: Catalog,
    /// What a run may use here.
    pub limits: InstanceLimits,
    /// Names, with port, under which this server may be addressed beside the loopback's.
    pub hosts: Vec<String>,
}

/// Everything the server answers.
pub fn app(state: Arc<AppState>) -> Router {
    let header = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    Router::new()
        .nest("/api", api::router())
        .route("/i/r/{file}", get(image::run))
        .route("/i/c/{file}", get(image::pair))
        .route("/healthz", get(async || "ok"))
        .fallback(page::serve)
        .layer(CompressionLayer::new())
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"))
        .with_state(state)
}
