//! HTTP and websocket: the page, the API, and nothing that knows how a run is made.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, State},
    http::{HeaderName, HeaderValue, header},
};
use heapgym_shared::{catalog::Catalog, protocol::MAX_CLIENT_MESSAGE_BYTES, spec::InstanceLimits};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
};

use crate::dispatch::Dispatcher;

mod api;
mod authority;
mod base_path;
mod baselines;
mod body;
mod compare;
mod error;
mod export;
mod gates;
mod guard;
mod history;
mod image;
mod page;
mod profile;
mod routes;
mod socket;
mod sockets;
mod stream;
mod viewer;

pub use authority::{Authority, BadAuthority};
pub use base_path::{BadBasePath, BasePath};
pub use gates::Gates;
pub use guard::Guard;
use routes::Routes;
pub use routes::{Kind, Route};
pub use sockets::Sockets;

/// What every handler can reach.
#[derive(Debug)]
pub struct AppState {
    /// The queue of runs, and the store behind it.
    pub dispatcher: Arc<Dispatcher>,
    /// What this instance offers.
    pub catalog: Catalog,
    /// What a run may use here.
    pub limits: InstanceLimits,
    /// Who may use this server.
    pub guard: Guard,
    /// What stands before all paths.
    pub base: BasePath,
    /// What all clients together can ask for at once.
    pub gates: Gates,
    /// The open websockets.
    pub sockets: Sockets,
}

/// The state, as handlers extract it.
type App = State<Arc<AppState>>;

/// Everything the server answers.
pub fn app(state: Arc<AppState>) -> Router {
    let header = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    let resource_policy = HeaderName::from_static("cross-origin-resource-policy");
    let [page, embeds] = all_routes().map(|routes| routes.guarded(&state));
    let base = state.base.clone();
    let app = page
        .merge(embeds)
        .layer(DefaultBodyLimit::max(MAX_CLIENT_MESSAGE_BYTES))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(CompressionLayer::new())
        .layer(header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(header(header::REFERRER_POLICY, "no-referrer"))
        .layer(header(header::CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"))
        // A browser may have a reply in its cache, which no guard stands in front of.
        .layer(header(resource_policy, "same-origin"))
        .with_state(state);
    if base.is_empty() {
        return app;
    }
    // A proxy may pass the base on, or take it off.
    Router::new().nest(base.as_str(), app.clone()).fallback_service(app)
}

/// Every route of [`app`].
pub fn routes() -> Vec<Route> {
    all_routes().into_iter().flat_map(Routes::into_list).collect()
}

fn all_routes() -> [Routes; 2] {
    let page = api::add_routes(Routes::new(Kind::App))
        .get("/healthz", async || "ok")
        .get("/", page::serve)
        .get("/{*path}", page::serve);
    let embeds = Routes::new(Kind::Embed).get("/i/r/{file}", image::run).get("/i/c/{file}", image::pair);
    [page, embeds]
}
