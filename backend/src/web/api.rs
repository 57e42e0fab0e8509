//! `/api`: catalogue, runs and their samples.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::IntoResponse,
};
use heapgym_shared::{Rejection, RunSpec, catalog::Catalog, protocol::RunId};
use serde::Serialize;

use super::{
    App, baselines, body, compare, error::ApiError, export, history, profile, routes::Routes, socket,
};
use crate::store::RunHead;

/// Adds everything below `/api`.
pub(super) fn add_routes(routes: Routes) -> Routes {
    routes
        .get("/api/catalog", catalog)
        .get("/api/runs", history::list)
        .post("/api/runs", start)
        .get("/api/runs/{id}", show)
        .patch("/api/runs/{id}", history::relabel)
        .delete("/api/runs/{id}", history::delete)
        .post("/api/runs/{id}/restore", history::restore)
        .post("/api/runs/import", history::import)
        .post("/api/compare", compare::start)
        .get("/api/compare/{pair}", compare::show)
        .delete("/api/compare/{pair}", compare::stop)
        .get("/api/baselines", baselines::list)
        .put("/api/baselines/{name}", baselines::set)
        .delete("/api/baselines/{name}", baselines::remove)
        .get("/api/runs/{id}/samples.json", export::samples_json)
        .get("/api/runs/{id}/samples.csv", export::samples_csv)
        .get("/api/runs/{id}/export.json", export::export_json)
        .get("/api/runs/{id}/export.html", export::export_html)
        .get("/api/runs/{id}/profile.json", profile::json)
        .get("/api/runs/{id}/profile.pb.gz", profile::pprof)
        .get("/api/runs/{id}/profile.svg", profile::svg)
        .get("/api/ws", socket::upgrade)
        .any("/api/{*path}", async || (StatusCode::NOT_FOUND, "no such API"))
}

/// `GET /api/catalog`
async fn catalog(State(app): App) -> Json<Catalog> {
    Json(app.catalog.clone())
}

/// The answer to a run that was accepted.
#[derive(Debug, Serialize)]
struct Accepted {
    id: RunId,
    position: u32,
}

/// `POST /api/runs`
async fn start(
    State(app): App,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<impl IntoResponse, ApiError> {
    let body =
        body.map_err(|error| Rejection::new("body", format!("was refused: {error}"), "at most 64 KiB"))?;
    let spec = RunSpec::parse(&body::json(&body, "a run specification")?, &app.limits)?;
    let (run, position) = app.dispatcher.accept(spec).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { id: run.id().clone(), position })))
}

/// `GET /api/runs/{id}`
async fn show(State(app): App, Path(id): Path<RunId>) -> Result<Json<RunHead>, ApiError> {
    app.dispatcher.head(&id).await?.map(Json).ok_or(ApiError::NoSuchRun)
}
